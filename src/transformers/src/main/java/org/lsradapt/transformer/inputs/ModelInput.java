package org.lsradapt.transformer.inputs;

/** An input of a model: the tokens of a text, or an image. A batch holds inputs of one kind. */
public sealed interface ModelInput permits TokenSequence, MaskedText, ImageInput {

    /** The number of tokens in the model. */
    int length();

    /** The number of tokens that are given, not predicted, in next-token training; not read otherwise. */
    default int given() {
        return length();
    }

    /** The number of tokens before the patches of an image; 0 for a text. */
    default int special() {
        return 0;
    }

    /** A key that is equal for inputs that a model cannot tell apart. */
    Object identity();

    /** Returns the input in an epoch from 1: this, or the epoch's variant of an augmented image or of a text with hidden words. */
    default ModelInput inEpoch(int epoch) {
        return this;
    }

    /** Announces that the input will be read soon, so that slow work can run in the background. */
    default void prepare() {}
}
