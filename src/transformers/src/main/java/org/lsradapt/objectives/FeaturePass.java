package org.lsradapt.objectives;

import java.util.List;
import java.util.Optional;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the features that an objective reads from inputs, forward and backward. For one thread. */
interface FeaturePass extends AutoCloseable {

    /** Computes the features [rows, width] of a batch, memory of the pass. */
    INDArray forward(List<? extends ModelInput> inputs);

    /** Collects the adapters' gradients of the last {@link #forward}; overwrites {@code gradient}. */
    void backward(INDArray gradient);

    @Override
    void close();

    /** Opens a pass that returns rows of hidden states, or their means; it closes the given pass. */
    static FeaturePass of(ModelPass pass, Transformer model, Rows rows, Optional<MeanPooling> mean) {
        return new FeaturePass() {
            private List<? extends ModelInput> read = List.of();
            private TokenBatch last;

            @Override
            public INDArray forward(List<? extends ModelInput> inputs) {
                read = inputs;
                last = TokenBatch.of(inputs, model, rows);
                INDArray hidden = pass.forward(last);
                return mean.isPresent() ? mean.get().forward(inputs, hidden) : hidden;
            }

            @Override
            public void backward(INDArray gradient) {
                pass.backward(last, mean.isPresent() ? mean.get().backward(read, gradient) : gradient);
            }

            @Override
            public void close() {
                pass.close();
                mean.ifPresent(MeanPooling::close);
            }
        };
    }
}
