package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lsradapt.tasks.Example;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.Tokenizer;

/**
 * An example with what a model reads of it.
 *
 * @param example text, or an image's location, and label
 * @param tokens the text or image as the model reads it
 */
public record EncodedExample(Example example, ModelInput tokens) {

    /**
     * Tokenizes examples.
     *
     * @param examples texts
     * @param tokenizer the model's tokenizer
     * @param maxLength longest sequence in tokens; longer texts are cut
     * @return in the same order
     */
    public static List<EncodedExample> encode(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        return encode(examples, example -> tokenizer.encode(example.first(), example.second(), maxLength));
    }

    /**
     * Encodes examples.
     *
     * @param examples texts or images
     * @param encoder makes of each what the model reads
     * @return in the same order
     */
    public static List<EncodedExample> encode(List<Example> examples, Function<Example, ? extends ModelInput> encoder) {
        List<EncodedExample> encoded = new ArrayList<>(examples.size());
        for (Example example : examples) {
            encoded.add(new EncodedExample(example, encoder.apply(example)));
        }
        return encoded;
    }
}
