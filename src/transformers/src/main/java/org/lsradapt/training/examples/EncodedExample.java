package org.lsradapt.training.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lsradapt.data.Example;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * An example with its encoded input.
 *
 * @param example a text, or an image's location, with a label
 * @param tokens the text or image as the model reads it
 */
public record EncodedExample(Example example, ModelInput tokens) {

    /**
     * Tokenizes examples.
     *
     * @param maxLength the longest sequence in tokens; longer texts are cut
     * @return the encoded examples, in the same order
     */
    public static List<EncodedExample> encode(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        return encode(examples, example -> tokenizer.encode(example.first(), example.second(), maxLength));
    }

    /** Encodes the texts or images of examples, in their order. */
    public static List<EncodedExample> encode(List<Example> examples, Function<Example, ? extends ModelInput> encoder) {
        List<EncodedExample> encoded = new ArrayList<>(examples.size());
        for (Example example : examples) {
            encoded.add(new EncodedExample(example, encoder.apply(example)));
        }
        return encoded;
    }
}
