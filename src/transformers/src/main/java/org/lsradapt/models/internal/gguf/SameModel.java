package org.lsradapt.models.internal.gguf;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Scores;
import org.lsradapt.transformer.parts.Transformer;

/** Compares two decoders in everything that their tensors do not show. */
public final class SameModel {

    /** Relative; for numbers that one of the models has in 32 bits. */
    private static final double TOLERANCE = 1e-6;

    private final Map<String, String> words = new LinkedHashMap<>();
    private final Map<String, double[]> numbers = new LinkedHashMap<>();

    private SameModel(Transformer model, boolean windows) {
        number("factor of the embeddings", model.embeddings() instanceof Embeddings.Tokens tokens ? tokens.scale() : 1);
        number("cap of logits", model.logitCap().orElse(0));
        for (Norm norm : model.norms()) {
            words.put("norm " + norm.name(), norm.kind() + (norm.bias() ? " with a bias" : ""));
            number("epsilon of norm " + norm.name(), norm.epsilon());
        }
        for (int i = 0; i < model.blocks().size(); i++) {
            add("layer " + i, model.blocks().get(i), windows);
        }
    }

    private void add(String layer, Block block, boolean windows) {
        Attention attention = block.attention();
        Scores scores = attention.scores();
        words.put("activation of " + layer, block.feedForward().activation().label());
        number("heads of " + layer, attention.heads());
        number("key and value heads of " + layer, attention.keyValueHeads());
        number("factor of scores of " + layer, attention.scale());
        number("cap of scores of " + layer, scores.cap().orElse(0));
        if (windows) {
            number("window of " + layer, scores.reach().orElse(-1) + 1);
        }
        if (attention.positions() instanceof Positions.Rotary rotary) {
            number("factor of rotary positions of " + layer, rotary.factor());
            numbers.put("rotary frequencies of " + layer, rotary.frequencies());
            rotary.longer().ifPresent(longer -> {
                number("original positions of " + layer, longer.beyond());
                numbers.put("rotary frequencies of long texts of " + layer, longer.frequencies());
            });
        } else {
            words.put("rotary positions of " + layer, "none");
        }
    }

    private void number(String name, double value) {
        numbers.put(name, new double[] {value});
    }

    /** Returns the first difference, as "cap of logits is 30.0, not 25.0"; empty if there is none. */
    public static Optional<String> difference(Transformer first, Transformer second, boolean windows) {
        SameModel one = new SameModel(first, windows);
        SameModel other = new SameModel(second, windows);
        for (Map.Entry<String, String> word : one.words.entrySet()) {
            String found = other.words.getOrDefault(word.getKey(), "others");
            if (!found.equals(word.getValue())) {
                return Optional.of(word.getKey() + " is " + word.getValue() + ", not " + found);
            }
        }
        for (Map.Entry<String, double[]> number : one.numbers.entrySet()) {
            double[] found = other.numbers.getOrDefault(number.getKey(), new double[0]);
            double[] expected = number.getValue();
            for (int i = 0; i < Math.max(expected.length, found.length); i++) {
                if (i >= Math.min(expected.length, found.length)) {
                    return Optional.of(number.getKey() + " are " + expected.length + ", not " + found.length);
                }
                if (!(Math.abs(expected[i] - found[i]) <= TOLERANCE * Math.abs(expected[i]))) {
                    return Optional.of(number.getKey() + " is " + expected[i] + ", not " + found[i]);
                }
            }
        }
        return Optional.empty();
    }
}
