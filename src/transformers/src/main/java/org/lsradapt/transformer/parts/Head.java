package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * How a family's sequence classifier or token classifier reads hidden states: those of one token, a mean of several, or those of each token,
 * through a dense layer with an activation or directly, into a linear layer with one output per class.
 *
 * @param row which token's hidden state it reads
 * @param last which one is the last; not asked for where it reads another
 * @param dense the layer before the outputs; empty for none
 * @param output full name of the layer that gives the outputs; always trained
 * @param outputBias whether that has a bias
 */
public record Head(Row row, LastToken last, Optional<Dense> dense, String output, boolean outputBias) {

    /** A head that does not read the last token. */
    public Head(Row row, Optional<Dense> dense, String output, boolean outputBias) {
        this(row, new LastToken.OfAll(), dense, output, outputBias);
    }

    /** Checks that a dense layer reads as many numbers as a hidden state has. */
    public Head {
        Sizes.require(
                dense.isEmpty() || row != Row.FIRST_AND_MEAN,
                "a dense layer that reads two hidden states is not supported");
    }

    /**
     * How many numbers the first layer of the head reads.
     *
     * @param width of a hidden state
     */
    public int features(int width) {
        return row == Row.FIRST_AND_MEAN ? 2 * width : width;
    }

    /** Which token of a sequence. */
    public enum Row {
        /** The first one, which encoders begin sequences with. */
        FIRST,
        /** The {@link LastToken last} one, which alone has seen all others in a causal model. */
        LAST,
        /** All, whose mean it reads; of an image all behind the special ones. */
        MEAN,
        /** The first one, and behind its numbers those of the mean of all patches of an image, twice as many in all. */
        FIRST_AND_MEAN,
        /** Each one by itself, as token classifiers do, which answer for every token. */
        EACH
    }

    /** Whether the dense layer belongs to the base model. */
    public enum Source {
        /** The base model's; left out where that has none (BERT's pooler). */
        BASE,
        /** The base model's, and trained where that has none (DeBERTa's pooler). */
        BASE_OR_TRAINED,
        /** Always trained (RoBERTa's classifier). */
        TRAINED
    }

    /**
     * The layer before the outputs.
     *
     * @param linear the layer
     * @param activation what follows it
     * @param norm normalizes what comes out, and is trained with the layer; empty for none
     * @param source where its weights come from
     */
    public record Dense(Linear linear, Activation activation, Optional<Norm> norm, Source source) {

        /** Checks that a norm is trained. */
        public Dense {
            Sizes.require(
                    norm.isEmpty() || source == Source.TRAINED,
                    "the norm behind " + linear.name() + " is not trained with the layer");
        }

        /** Without a normalization behind it. */
        public Dense(Linear linear, Activation activation, Source source) {
            this(linear, activation, Optional.empty(), source);
        }
    }
}
