package org.lsradapt.transformer;

/** One input of a model: the tokens of a text, or an image. A batch holds inputs of one kind. */
public sealed interface ModelInput permits TokenSequence, MaskedText, ImageInput {

    /** How many tokens it is, or becomes. */
    int length();

    /** How many tokens are given and not to be predicted, in next-token training; no other use reads it. */
    default int given() {
        return length();
    }

    /** How many tokens stand before the patches of an image; 0 for a text. */
    default int special() {
        return 0;
    }

    /** Equal for inputs that are the same to a model. */
    Object identity();

    /**
     * The input in an epoch of a training.
     *
     * @param epoch from 1
     * @return this, or a variant of an image that is augmented or of a text with hidden words, always the same for an epoch
     */
    default ModelInput inEpoch(int epoch) {
        return this;
    }

    /** Says that it will be read soon, so that what takes time can be done beside other work. */
    default void prepare() {}
}
