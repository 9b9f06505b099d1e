package org.lsradapt.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

    /**
     * Runs a call on the GPU, unless the GPU is not in use or has too little memory.
     *
     * @return the call's result; empty if this process has to compute it
     */
    private <T> Optional<T> there(Supplier<T> call) {
        if (passes.gpu().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(call.get());
        } catch (TooLittleMemory e) {
            passes.stop(e);
            return Optional.empty();
        }
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

    /** A value that the first call of {@link #get} opens. */
    private static final class Lazy<T> {
        private final Supplier<T> opened;
        private @Nullable T value;

        Lazy(Supplier<T> opened) {
            this.opened = opened;
        }

        T get() {
            if (value == null) {
                value = opened.get();
            }
            return value;
        }

        Optional<T> found() {
            return Optional.ofNullable(value);
        }
    }

    private final class Prediction implements InferencePass {
        private final InferencePass there;
        private final Lazy<InferencePass> here;

        Prediction(InferencePass there, Supplier<InferencePass> here) {
            this.there = there;
            this.here = new Lazy<>(here);
        }

        @Override
        public INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
            return there(() -> there.forward(batch, updates))
                    .orElseGet(() -> here.get().forward(batch, updates));
        }

        @Override
        public void close() {
            there.close();
            here.found().ifPresent(InferencePass::close);
        }
    }

    private final class Generation implements NextTokenPass {
        private final NextTokenPass there;
        private final Lazy<NextTokenPass> here;

        Generation(NextTokenPass there, Supplier<NextTokenPass> here) {
            this.there = there;
            this.here = new Lazy<>(here);
        }

        @Override
        public Sequence begin(int capacity, Optional<DenseUpdates> updates) {
            Supplier<Sequence> begunHere = () -> here.get().begin(capacity, updates);
            return there(() -> there.begin(capacity, updates))
                    .<Sequence>map(begun -> new Tokens(begun, begunHere))
                    .orElseGet(begunHere);
        }

        @Override
        public void close() {
            there.close();
            here.found().ifPresent(NextTokenPass::close);
        }
    }

    /** A sequence that moves to this process once the GPU is not in use. */
    private final class Tokens implements NextTokenPass.Sequence {
        private final NextTokenPass.Sequence there;
        private final Lazy<NextTokenPass.Sequence> here;
        /** The tokens that the sequence on the GPU has so far. */
        private int[] added = {};

        Tokens(NextTokenPass.Sequence there, Supplier<NextTokenPass.Sequence> here) {
            this.there = there;
            this.here = new Lazy<>(here);
        }

        @Override
        public int tokens() {
            return here.found().map(NextTokenPass.Sequence::tokens).orElse(added.length);
        }

        @Override
        public void clear() {
            there.clear();
            here.found().ifPresent(NextTokenPass.Sequence::clear);
            added = new int[0];
        }

        @Override
        public double[] logits(int[] ids) {
            if (here.found().isPresent()) {
                return here.get().logits(ids);
            }
            int[] all = Arrays.copyOf(added, added.length + ids.length);
            System.arraycopy(ids, 0, all, added.length, ids.length);
            double[] z =
                    there(() -> there.logits(ids)).orElseGet(() -> here.get().logits(all));
            added = all;
            return z;
        }

        @Override
        public void close() {
            there.close();
            here.found().ifPresent(NextTokenPass.Sequence::close);
        }
    }
}
