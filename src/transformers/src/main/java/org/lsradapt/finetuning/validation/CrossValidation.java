package org.lsradapt.finetuning.validation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.lsradapt.data.Dataset;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.TrainingTask.Measured;

/**
 * The measurements of k trainings, each without one of k folds of the rows, on which its model is then measured.
 *
 * <pre>{@code
 * CrossValidation folds = CrossValidation.of(new ClassificationTask(data), 5, false, OptionalDouble.empty(),
 *         (fold, number) -> TextClassifier.on(base).config(config).train(fold.data()));
 * System.out.println(folds.pooled().metrics());
 * }</pre>
 *
 * <p>A training that chooses its best evaluation chooses it on the part that measures it, which flatters. A configuration with
 * {@code evaluateEvery(Integer.MAX_VALUE)} takes the last one.
 *
 * @param folds the metrics of each model on its own fold
 * @param pooled the measurements of all rows together, each by the model that has not seen it
 */
public record CrossValidation(List<Fold> folds, Measured pooled) {

    /** Copies the list. */
    public CrossValidation {
        folds = List.copyOf(folds);
    }

    /**
     * A fold.
     *
     * @param rows the number of its rows
     */
    public record Fold(int rows, Map<String, Double> metrics) {}

    /** Trains without a fold. */
    @FunctionalInterface
    public interface Training<D extends Dataset<?, ?, D>, M extends FineTunedModel> {
        /**
         * Trains.
         *
         * @param fold the rows to train on, and as evaluation data those of a fold
         * @param number the number of the fold, from 1
         * @return the model, which the caller closes
         */
        M train(TrainingTask<D, M> fold, int number) throws IOException;
    }

    /**
     * Trains once for each fold of the rows that were given for training. Given evaluation data is not used.
     *
     * @param task a task whose rows are measured one by one
     * @param count the number of folds, at least 2
     * @param calibrated whether temperatures are fitted on all rows together, so that the pooled probabilities are calibrated
     * @param precision the precision for which a threshold of probability is chosen on all rows together; empty for none
     * @param training trains without calibration or threshold
     * @throws IllegalArgumentException if rows of the task are not measured one by one, or there are too few
     */
    public static <D extends Dataset<?, ?, D>, M extends FineTunedModel> CrossValidation of(
            TrainingTask<D, M> task, int count, boolean calibrated, OptionalDouble precision, Training<D, M> training)
            throws IOException {
        TrainingTask.Pool<D, M> pool = task.pool(calibrated, precision);
        List<Fold> folds = new ArrayList<>();
        for (TrainingTask<D, M> fold : task.folds(count)) {
            try (M model = training.train(fold, folds.size() + 1)) {
                folds.add(new Fold(
                        pool.add(fold.data(), model),
                        model.training().orElseThrow().best().metrics()));
            }
        }
        return new CrossValidation(folds, pool.measured());
    }
}
