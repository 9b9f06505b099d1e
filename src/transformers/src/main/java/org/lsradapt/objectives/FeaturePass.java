package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Computes the features that an objective reads from inputs, forward and backward. For one thread. */
interface FeaturePass extends AutoCloseable {

    /**
     * Computes features.
     *
     * @param inputs one batch, at least one
     * @return [rows, width], memory of the pass
     */
    INDArray forward(List<? extends ModelInput> inputs);

    /**
     * Collects the adapters' gradients of the last {@link #forward}.
     *
     * @param gradient ∂L/∂features; overwritten
     */
    void backward(INDArray gradient);

    @Override
    void close();

    /**
     * Opens a pass like {@link #of(ModelPass, Transformer, Rows)}, which also averages rows if the head reads their
     * mean.
     */
    static FeaturePass of(ModelPass pass, TransformerWeights weights, Rows rows, Backend backend) {
        FeaturePass hidden = of(pass, weights.model(), rows);
        return rows.isAveraged() ? mean(hidden, new HiddenMean(weights, rows, backend)) : hidden;
    }

    private static FeaturePass mean(FeaturePass hidden, HiddenMean mean) {
        return new FeaturePass() {
            private List<? extends ModelInput> last = List.of();

            @Override
            public INDArray forward(List<? extends ModelInput> inputs) {
                last = inputs;
                return mean.forward(inputs, hidden.forward(inputs));
            }

            @Override
            public void backward(INDArray gradient) {
                hidden.backward(mean.backward(last, gradient));
            }

            @Override
            public void close() {
                hidden.close();
                mean.close();
            }
        };
    }

    /** Opens a pass that returns rows of the last hidden states of one model. It closes the given pass. */
    static FeaturePass of(ModelPass pass, Transformer model, Rows rows) {
        return new FeaturePass() {
            private TokenBatch last;

            @Override
            public INDArray forward(List<? extends ModelInput> inputs) {
                last = TokenBatch.of(inputs, model, rows);
                return pass.forward(last);
            }

            @Override
            public void backward(INDArray gradient) {
                pass.backward(last, gradient);
            }

            @Override
            public void close() {
                pass.close();
            }
        };
    }
}
