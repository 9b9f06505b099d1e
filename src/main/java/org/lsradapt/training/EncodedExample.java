package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.tasks.Example;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.Tokenizer;

/**
 * An example with its tokens.
 *
 * @param example text and label
 * @param tokens the text as the model reads it
 */
public record EncodedExample(Example example, TokenSequence tokens) {

    /**
     * Tokenizes examples.
     *
     * @param examples texts
     * @param tokenizer the model's tokenizer
     * @param maxLength longest sequence in tokens; longer texts are cut
     * @return in the same order
     */
    public static List<EncodedExample> encode(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        List<EncodedExample> encoded = new ArrayList<>(examples.size());
        for (Example example : examples) {
            encoded.add(new EncodedExample(example, tokenizer.encode(example.first(), example.second(), maxLength)));
        }
        return encoded;
    }
}
