package org.lsradapt.training;

import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.examples.TrainingExample;

/**
 * The input of one optimizer step.
 *
 * @param number the step, from 1, on which dropout depends
 * @param epoch the epoch, from 1, on which the augmentation of images and the hidden words of texts depend
 * @param batches one batch, or several whose gradients are added up, each with at least one item
 */
public record TrainingStep(int number, int epoch, List<List<TrainingExample>> batches) {

    /** The sum of the weights over which the step's loss is a mean; see {@link org.lsradapt.objectives.Objective#weight}. */
    public double weight(AdaptedModel model) {
        return batches.stream()
                .mapToDouble(batch -> TrainingRun.weight(model, batch, epoch))
                .sum();
    }

    /** All items, in the order of the batches. */
    public Stream<TrainingExample> items() {
        return batches.stream().flatMap(List::stream);
    }
}
