package org.lsradapt.transformer;

import java.util.Optional;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the first hidden states of a model from tokens or images, normalized if the model does so. For one thread at
 * a time.
 */
public final class InputEmbeddings implements AutoCloseable {
    private final EmbeddedInput input;
    private final Optional<NormRun> norm;
    private final Buffer embedded;
    private final MemoryPlan plan;

    /** Creates embeddings of a model, kept, with their own memory. */
    public InputEmbeddings(TransformerWeights weights, Backend backend) {
        this(tools(weights, Arithmetic.of(backend, weights.dataType())));
    }

    private static LaneTools tools(TransformerWeights weights, Arithmetic arithmetic) {
        MemoryPlan plan = new MemoryPlan(arithmetic.memory(), weights.dataType(), false);
        return new LaneTools(weights, name -> LayerUpdate.NONE, arithmetic.backend(), arithmetic.kernels(), plan);
    }

    /** Creates embeddings in a plan's memory; the plan's owner may close the plan instead of this object. */
    InputEmbeddings(LaneTools tools) {
        plan = tools.plan();
        input = EmbeddedInput.of(tools);
        TransformerWeights weights = tools.weights();
        embedded = plan.keep(weights.model().width());
        norm = weights.norm(weights.model().embeddings().norm())
                .map(weighted -> new NormRun("embedding", weighted, tools.kernels(), plan, false));
    }

    /** Computes the hidden states [tokens, width] of a batch; memory of this object, valid until its next call. */
    public INDArray forward(TokenBatch batch) {
        INDArray x = embedded.rows(batch.tokens());
        input.forward(batch, x);
        norm.ifPresent(run -> run.forward(x, null, null, null, x));
        return x;
    }

    @Override
    public void close() {
        plan.close();
    }
}
