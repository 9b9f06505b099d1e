package org.lsradapt.objectives.language;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.NormWeights;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The frozen weights with which a masked language model predicts tokens: its head and its token embeddings. Never
 * written; safe for use by many threads while the model is open.
 */
public final class MaskedTokenHead {
    private final TransformerWeights model;
    private final MaskedHead part;
    private final FrozenWeight dense;
    private final INDArray denseBias;
    private final NormWeights norm;
    private final @Nullable INDArray bias;

    /**
     * Creates the head of a model.
     *
     * @param model the model, which reads texts; kept
     * @param weights the head's {@linkplain MaskedHead#tensors() tensors} by name, weights of linear layers as [in,
     *     out]; tensors of the model's type are kept, others are copied
     * @throws IllegalArgumentException if a tensor is missing or has a wrong shape; the message names it
     */
    public MaskedTokenHead(TransformerWeights model, MaskedHead part, Map<String, INDArray> weights) {
        this.model = model;
        this.part = part;
        for (Tensor tensor : part.tensors()) {
            INDArray array = weights.get(tensor.name());
            Require.argument(array != null, "masked language model: there is no weight '%s'", tensor.name());
            Require.shape("masked language model", tensor.name(), array, "the model's config", tensor.sizes());
        }
        dense = new DenseWeight(typed(weights, part.dense().weight()));
        denseBias = typed(weights, part.dense().biasName());
        Norm normalized = part.norm();
        norm = new NormWeights(
                normalized.kind(),
                normalized.epsilon(),
                typed(weights, normalized.weight()),
                typed(weights, normalized.biasName()));
        bias = part.bias().map(name -> typed(weights, name)).orElse(null);
    }

    /** Returns null if there is no tensor of that name. */
    private @Nullable INDArray typed(Map<String, INDArray> weights, String name) {
        INDArray array = weights.get(name);
        return array == null || array.dataType() == model.dataType() ? array : array.castTo(model.dataType());
    }

    /** The head's model. */
    public TransformerWeights model() {
        return model;
    }

    /** The parts of the head. */
    public MaskedHead part() {
        return part;
    }

    FrozenWeight dense() {
        return dense;
    }

    /** Null for none. */
    @Nullable
    INDArray denseBias() {
        return denseBias;
    }

    NormWeights norm() {
        return norm;
    }

    /** The bias of the tokens' logits; null for none. */
    @Nullable
    INDArray bias() {
        return bias;
    }
}
