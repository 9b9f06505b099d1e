package org.lsradapt.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Passes for predictions on the GPU of {@link AutomaticPasses}, or in this process once the GPU is no longer in use. */
final class AutomaticInference implements PassFactory {
    private final AutomaticPasses passes;

    AutomaticInference(AutomaticPasses passes) {
        this.passes = passes;
    }

    @Override
    public ModelPass open(TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training) {
        return PassFactory.here(Backends.standard()).open(weights, adapters, training);
    }

    @Override
    public int atOnce() {
        return passes.gpu().isPresent() ? 1 : PassFactory.super.atOnce();
    }

    @Override
    public InferencePass inference(TransformerWeights weights, Backend backend) {
        PassFactory here = PassFactory.here(backend);
        return passes.on(gpu -> gpu.inference().inference(weights, backend))
                .<InferencePass>map(pass -> new Prediction(pass, () -> here.inference(weights, backend)))
                .orElseGet(() -> here.inference(weights, backend));
    }

    @Override
    public NextTokenPass nextTokens(TransformerWeights weights, Backend backend) {
        PassFactory here = PassFactory.here(backend);
        return passes.on(gpu -> gpu.inference().nextTokens(weights, backend))
                .<NextTokenPass>map(pass -> new Generation(pass, () -> here.nextTokens(weights, backend)))
                .orElseGet(() -> here.nextTokens(weights, backend));
    }

    /** Something on the GPU, and its equal in this process, which is opened when it is first needed. */
    private class Pair<T> {
        private final T there;
        private final Supplier<T> opened;

        @Nullable
        T here;

        Pair(T there, Supplier<T> opened) {
            this.there = there;
            this.opened = opened;
        }

        T here() {
            if (here == null) {
                here = opened.get();
            }
            return here;
        }

        void each(Consumer<T> call) {
            call.accept(there);
            if (here != null) {
                call.accept(here);
            }
        }

        /** The result of a call on the GPU; empty if the GPU is not in use or has too little memory. */
        <R> Optional<R> there(Function<T, R> call) {
            if (here != null || passes.gpu().isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(call.apply(there));
            } catch (TooLittleMemory e) {
                passes.stop(e);
                return Optional.empty();
            }
        }
    }

    private final class Prediction extends Pair<InferencePass> implements InferencePass {

        Prediction(InferencePass there, Supplier<InferencePass> opened) {
            super(there, opened);
        }

        @Override
        public INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
            return there(pass -> pass.forward(batch, updates)).orElseGet(() -> here().forward(batch, updates));
        }

        @Override
        public void close() {
            each(InferencePass::close);
        }
    }

    private final class Generation extends Pair<NextTokenPass> implements NextTokenPass {

        Generation(NextTokenPass there, Supplier<NextTokenPass> opened) {
            super(there, opened);
        }

        @Override
        public Sequence begin(int capacity, Optional<DenseUpdates> updates) {
            Supplier<Sequence> begun = () -> here().begin(capacity, updates);
            return there(pass -> pass.begin(capacity, updates))
                    .<Sequence>map(sequence -> new Tokens(sequence, begun))
                    .orElseGet(begun);
        }

        @Override
        public void close() {
            each(NextTokenPass::close);
        }
    }

    /** A sequence that moves to this process, with all its tokens, once the GPU is not in use. */
    private final class Tokens extends Pair<NextTokenPass.Sequence> implements NextTokenPass.Sequence {
        /** The tokens that the sequence on the GPU has so far. */
        private int[] added = {};

        Tokens(NextTokenPass.Sequence there, Supplier<NextTokenPass.Sequence> opened) {
            super(there, opened);
        }

        @Override
        public int tokens() {
            return here == null ? added.length : here.tokens();
        }

        @Override
        public void clear() {
            each(NextTokenPass.Sequence::clear);
            added = new int[0];
        }

        @Override
        public double[] logits(int[] ids) {
            if (here != null) {
                return here.logits(ids);
            }
            int[] all = Arrays.copyOf(added, added.length + ids.length);
            System.arraycopy(ids, 0, all, added.length, ids.length);
            double[] z = there(sequence -> sequence.logits(ids)).orElseGet(() -> here().logits(all));
            added = all;
            return z;
        }

        @Override
        public void close() {
            each(NextTokenPass.Sequence::close);
        }
    }
}
