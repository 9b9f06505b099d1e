package org.lsradapt.transformer.parts;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The head with which a family's masked language model predicts a token from its hidden state h: the logits are
 * norm(f(h·W + b))·Eᵀ + d, where E is the table of token embeddings.
 *
 * @param dense W and b, from hidden states to the width of E
 * @param activation f
 * @param norm normalization of the result of f
 * @param bias the name of d [vocabulary]; empty for none
 * @param decoder the name of E in files that store it a second time
 * @param vocabulary number of token ids
 */
public record MaskedHead(
        Linear dense, Activation activation, Norm norm, Optional<String> bias, String decoder, int vocabulary) {

    /** Checks that the widths fit each other. */
    public MaskedHead {
        Sizes.requirePositive("vocabulary of " + decoder, vocabulary);
        Sizes.require(
                norm.width() == dense.out(),
                norm.name() + " is for a width of " + norm.width() + ", " + dense.name() + " gives " + dense.out());
    }

    /**
     * Creates a head with all biases.
     *
     * @param model the model of the head, which reads texts
     * @param dense the name of the dense layer
     * @param activation the activation after the dense layer
     * @param norm the name of the normalization
     * @param epsilon its ε
     * @param bias the name of the tokens' bias
     * @param decoder the name of the table in files that store it a second time
     */
    public static MaskedHead of(
            Transformer model,
            String dense,
            Activation activation,
            String norm,
            double epsilon,
            String bias,
            String decoder) {
        int width = model.words().orElseThrow().width();
        return new MaskedHead(
                new Linear(dense, model.width(), width, true),
                activation,
                new Norm(norm, Norm.Kind.LAYER, width, epsilon),
                Optional.of(bias),
                decoder,
                model.vocabulary());
    }

    /** The tensors of the head, without the table. */
    public List<Tensor> tensors() {
        List<Tensor> tensors = new ArrayList<>(Tensor.of(dense, dense.name()));
        tensors.add(vector(norm.weight(), norm.width()));
        if (norm.bias()) {
            tensors.add(vector(norm.biasName(), norm.width()));
        }
        bias.ifPresent(name -> tensors.add(vector(name, vocabulary)));
        return tensors;
    }

    private static Tensor vector(String name, int length) {
        return new Tensor(name, List.of((long) length), false, Optional.empty());
    }
}
