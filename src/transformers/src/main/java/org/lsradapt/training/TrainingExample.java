package org.lsradapt.training;

import java.util.List;
import org.lsradapt.transformer.ModelInput;

/**
 * What a model learns from.
 *
 * @param tokens the text as the model reads it
 * @param label a class index or a value; not read in next-token training, where a sequence is its own label
 */
public record TrainingExample(ModelInput tokens, double label) implements TrainingItem {

    @Override
    public List<? extends ModelInput> sequences() {
        return List.of(tokens);
    }

    @Override
    public double[] labels() {
        return new double[] {label};
    }

    /** A sequence for next-token training; its label is NaN, which other objectives refuse. */
    public static TrainingExample of(ModelInput tokens) {
        return new TrainingExample(tokens, Double.NaN);
    }

    /** A labelled example of a task. */
    public static TrainingExample of(EncodedExample example) {
        return new TrainingExample(example.tokens(), example.example().label());
    }
}
