package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * The head of a family's sequence classifier or token classifier. It reads the state of one token, a mean
 * of several, or the state of each token. An optional dense layer with an activation precedes the linear layer, which
 * has one output per class.
 *
 * @param row the hidden state that it reads
 * @param last the rule for the last token; not used unless that is read
 * @param dense the layer before the outputs; empty for none
 * @param output full name of the layer that computes the outputs; always trained
 */
public record Head(Row row, LastToken last, Optional<Dense> dense, String output, boolean outputBias) {

    /** Creates a head that does not read the last token. */
    public Head(Row row, Optional<Dense> dense, String output, boolean outputBias) {
        this(row, new LastToken.OfAll(), dense, output, outputBias);
    }

    /** Checks that a dense layer reads a single hidden state. */
    public Head {
        Sizes.require(
                dense.isEmpty() || row != Row.FIRST_AND_MEAN,
                "a dense layer that reads two hidden states is not supported");
    }

    /** Returns how many numbers the first layer of the head reads, by the width of a hidden state. */
    public int features(int width) {
        return row == Row.FIRST_AND_MEAN ? 2 * width : width;
    }

    /** The token whose hidden state a head reads. */
    public enum Row {
        /** The first token, with which encoders begin sequences. */
        FIRST,
        /** The {@link LastToken last} token, the only one that has seen all others in a causal model. */
        LAST,
        /** The mean of all tokens; in an image, of all tokens after the special ones. */
        MEAN,
        /** The first token, followed by the mean of all patches of an image: twice the width in all. */
        FIRST_AND_MEAN,
        /** Each token by itself, as in token classifiers. */
        EACH
    }

    /** The owner of the dense layer. */
    public enum Source {
        /** The base model's layer; omitted if the model does not have it (BERT's pooler). */
        BASE,
        /** The base model's layer, or a trained one if the model does not have it (DeBERTa's pooler). */
        BASE_OR_TRAINED,
        /** A layer that is always trained (RoBERTa's classifier). */
        TRAINED
    }

    /**
     * The layer before the outputs.
     *
     * @param activation the activation after the layer
     * @param norm normalization of the result, trained with the layer; empty for none
     * @param source the origin of its weights
     */
    public record Dense(Linear linear, Activation activation, Optional<Norm> norm, Source source) {

        /** Checks that a norm is trained. */
        public Dense {
            Sizes.require(
                    norm.isEmpty() || source == Source.TRAINED,
                    "the norm after " + linear.name() + " is not trained with the layer");
        }

        /** Creates a layer without a normalization after it. */
        public Dense(Linear linear, Activation activation, Source source) {
            this(linear, activation, Optional.empty(), source);
        }
    }
}
