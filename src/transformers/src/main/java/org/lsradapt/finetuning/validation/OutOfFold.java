package org.lsradapt.finetuning.validation;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Folds;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Teacher;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Probabilities of models that were not trained on the rows that they are for. The held-out fold chooses nothing: each model is that of
 * its last step.
 *
 * @param adapters the adapters to train; empty for a head alone
 */
record OutOfFold(
        int folds,
        long seed,
        int maxLength,
        Optional<AdapterConfig> adapters,
        PassExecutor passes,
        Consumer<String> listener) {

    /** Steps that no training reaches, so that the only evaluation is at its end. */
    private static final int NEVER = Integer.MAX_VALUE;

    /** Returns the probabilities of each cell of all rows of a task, in their order. */
    <D extends Dataset<?, ?, D>, M extends FineTunedModel> double[][] of(TrainingTask<D, M> task, FrozenModel base)
            throws IOException {
        Folds parts = task.folds(folds, seed);
        double[][][] byRow = new double[task.rowLabels().orElseThrow().rows().size()][][];
        for (int fold = 0; fold < folds; fold++) {
            listener.accept(String.format(Locale.ROOT, "fold %d of %d", fold + 1, folds));
            TrainingTask<D, M> part = task.fold(parts, fold);
            try (M model = part.train(base, new Setup(config(part)))) {
                double[][][] found = part.probabilities(model);
                int[] rows = parts.heldOut(fold);
                IntStream.range(0, rows.length).forEach(i -> byRow[rows[i]] = found[i]);
            }
        }
        return IntStream.range(0, byRow.length)
                .boxed()
                .flatMap(row -> IntStream.range(0, byRow[row].length).mapToObj(cell -> byRow[row][cell]))
                .toArray(double[][]::new);
    }

    private TrainingConfig config(TrainingTask<?, ?> task) {
        TrainingConfig usual = task.defaults().config(adapters);
        int examples = task.labelled().orElseThrow();
        return usual.toBuilder()
                .epochs(TrainingDefaults.epochs(examples, usual.batchSize()))
                .evaluateEvery(NEVER)
                .seed(seed)
                .build();
    }

    /** The settings of a training on all folds but one. */
    private final class Setup implements TrainingTask.Setup {
        private final TrainingConfig config;

        Setup(TrainingConfig config) {
            this.config = config;
        }

        @Override
        public <T extends FineTuning<T, ?>> T apply(T training) {
            T chosen = adapters.isPresent() ? training.adapters(adapters.get().withSeed(seed)) : training.headOnly();
            return chosen.lengthOfData(maxLength).config(config).passes(passes).listener(new TrainingListener() {});
        }

        @Override
        public TrainingConfig config() {
            return config;
        }

        @Override
        public boolean balancedClasses() {
            return false;
        }

        @Override
        public boolean calibrated() {
            return false;
        }

        @Override
        public OptionalDouble abstain() {
            return OptionalDouble.empty();
        }

        @Override
        public Optional<TrainingTask.Measured> outOfFold() {
            return Optional.empty();
        }

        @Override
        public Optional<Teacher> teacher() {
            return Optional.empty();
        }
    }
}
