package org.lsradapt.runs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.data.Dataset;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Teacher;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.TrainingTask.Measured;
import org.lsradapt.finetuning.validation.CrossValidation;
import org.lsradapt.finetuning.validation.Tuning;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.TunedMethod;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TensorBoard;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.training.settings.TrainingPlan;

/** Trains a method: once; or once for each fold and once on all rows; or several times to search its rate and epochs. */
final class MethodTraining<D extends Dataset<?, ?, D>, M extends FineTunedModel> {
    /** The part of the training rows that a search is scored on, unless the settings hold out another one. */
    private static final double PART_OF_SEARCH = 0.2;

    private final TrainingTask<D, M> task;
    private final Place place;
    private final RunSettings settings;

    MethodTraining(TrainingTask<D, M> task, Place place) {
        this.task = task;
        this.place = place;
        settings = place.settings();
    }

    /**
     * The surroundings of a training.
     *
     * @param cutTexts says once what is cut
     */
    record Place(
            RunSettings settings,
            FrozenModel base,
            LayerSelector targets,
            int maxLength,
            PassExecutor passes,
            Optional<Path> tensorBoard,
            RunListener listener,
            TrainingListener cutTexts,
            Path folder) {}

    MethodResult train(Method method, long seed) throws IOException {
        return settings.validation().hasFolds() ? trainOnAll(method, seed) : trainOnPart(method, seed);
    }

    private MethodResult trainOnPart(Method method, long seed) throws IOException {
        boolean choosesElsewhere = settings.holdOut() != 0;
        TrainingTask<D, M> used = choosesElsewhere ? task.holdOut(settings.holdOut(), seed) : task;
        try (RunListener.Watch watch = place.listener().training(method, seed)) {
            Setup setup = new Setup(method, seed, "", watch, true, Optional.empty());
            try (M model = used.train(place.base(), setup)) {
                save(model, method, seed);
                Measured measured = choosesElsewhere ? task.measure(model, setup) : task.measured(model);
                return result(
                        method,
                        seed,
                        model,
                        model.training().orElseThrow(),
                        choosesElsewhere ? Optional.of(measured) : Optional.empty(),
                        measured,
                        List.of());
            }
        }
    }

    private MethodResult trainOnAll(Method method, long seed) throws IOException {
        int count = settings.validation().folds();
        CrossValidation folds = CrossValidation.of(
                task, count, settings.calibrated(), settings.validation().abstain(), (fold, number) -> {
                    say("fold %d of %d", number, count);
                    try (RunListener.Watch watch = place.listener().training(method, seed)) {
                        return fold.train(
                                place.base(),
                                new Setup(method, seed, "-fold-" + number, watch, false, Optional.empty()));
                    }
                });
        say("all rows, for the model that is saved");
        try (RunListener.Watch watch = place.listener().training(method, seed)) {
            Setup setup = new Setup(method, seed, "", watch, false, Optional.of(folds.pooled()));
            try (M model = task.undivided().train(place.base(), setup)) {
                save(model, method, seed);
                TrainingResult training = ofFolds(model.training().orElseThrow(), folds.pooled());
                return result(method, seed, model, training, Optional.empty(), folds.pooled(), folds.folds());
            }
        }
    }

    /** Replaces scores on the rows that were trained on by those of the folds. */
    private static TrainingResult ofFolds(TrainingResult all, Measured pooled) {
        EvaluationResult last = all.best();
        EvaluationResult measured =
                new EvaluationResult(last.epoch(), last.step(), last.loss(), last.seconds(), pooled.metrics());
        return new TrainingResult(List.of(measured), 0, all.readings(), all.skippedSteps(), all.stoppedEarly());
    }

    private void save(M model, Method method, long seed) throws IOException {
        model.saveReplacing(Run.adapterFolder(place.folder(), method.label(), seed));
    }

    private static MethodResult result(
            Method method,
            long seed,
            FineTunedModel model,
            TrainingResult training,
            Optional<Measured> elsewhere,
            Measured measured,
            List<CrossValidation.Fold> folds) {
        return new MethodResult(
                method.label(),
                seed,
                model.adapters().stream()
                        .flatMap(set -> set.adapters().stream())
                        .map(LayerReport::of)
                        .toList(),
                model.adapters().map(AdapterSet::parameterCount).orElse(0L),
                model.headParameterCount(),
                training,
                elsewhere.map(Measured::metrics),
                measured.predictions(),
                measured.labels(),
                measured.resamples(),
                measured.calibration(),
                measured.abstention(),
                folds);
    }

    /** Searches the rate and the epochs of a method on held-out training rows. */
    TunedMethod tune(Method method, long seed, Tuning.Budget budget) throws IOException {
        TrainingTask<D, M> rows = settings.validation().hasFolds() ? task.undivided() : task;
        TrainingTask<D, M> used = rows.holdOut(settings.holdOut() == 0 ? PART_OF_SEARCH : settings.holdOut(), seed);
        Tuning search = Tuning.around(
                        method.learningRate(), settings.training(method, seed).epochs())
                .budget(budget)
                .file(place.folder().resolve("tuning-" + Run.folderName(method.label()) + ".jsonl"));
        say(
                "search for the rate and the epochs of %s, at most %d trainings",
                method.label(), Math.min(search.most(), budget.trainings()));
        Tuning.Choice best = search.listener(trial -> say(method, trial))
                .best((rate, epochs) -> score(used, method.with(rate, epochs), seed));
        say("chosen: rate %s, %d epochs", best.rate(), best.epochs());
        return new TunedMethod(method.label(), search.trials(), best);
    }

    private void say(Method method, Tuning.Trial trial) {
        String score = trial.score().isPresent()
                ? String.format(
                        Locale.ROOT,
                        "%s %.4f",
                        task.primaryMetric(),
                        trial.score().getAsDouble())
                : "diverged";
        say(
                "%s, rate %s, %d epochs: %s in %.1f s",
                method.label(), trial.rate(), trial.epochs(), score, trial.seconds());
    }

    private double score(TrainingTask<D, M> used, Method method, long seed) throws IOException {
        String trial =
                "-rate-" + method.learningRate() + "-epochs-" + method.epochs().orElseThrow();
        Setup setup = new Setup(method, seed, trial, TrainingListener.SILENT, false, Optional.empty());
        try (M model = used.train(place.base(), setup)) {
            return model.training().orElseThrow().best().metrics().get(task.primaryMetric());
        }
    }

    private void say(String format, Object... values) {
        place.listener().said(String.format(Locale.ROOT, format, values));
    }

    /** Hides scores on rows that are trained on. */
    private record WithoutScores(TrainingListener watch) implements TrainingListener {
        @Override
        public void started(TrainingPlan plan) {
            watch.started(plan);
        }

        @Override
        public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
            watch.resumed(step, steps, List.of(), ended);
        }

        @Override
        public void headStepped(int step, int steps, double loss) {
            watch.headStepped(step, steps, loss);
        }

        @Override
        public void learningRates(int step, Map<String, Double> rates) {
            watch.learningRates(step, rates);
        }

        @Override
        public void stepped(int step, int steps, double loss) {
            watch.stepped(step, steps, loss);
        }
    }

    private final class Setup implements TrainingTask.Setup {
        private final Method method;
        private final TrainingConfig config;
        private final TrainingListener watch;
        private final Checkpoints checkpoints;
        private final boolean decides;
        private final Optional<Measured> outOfFold;

        /**
         * Sets up a training.
         *
         * @param part what distinguishes its checkpoints from those of other trainings with the method and the seed
         * @param decides whether calibration and threshold are fitted on the evaluation data
         */
        Setup(
                Method method,
                long seed,
                String part,
                TrainingListener watch,
                boolean decides,
                Optional<Measured> outOfFold) {
            this.method = method;
            this.decides = decides;
            this.outOfFold = outOfFold;
            config = settings.training(method, seed);
            String name = method.label() + part;
            TrainingListener both = place.tensorBoard()
                    .map(folder -> watch.and(TensorBoard.in(Run.adapterFolder(folder, name, seed))))
                    .orElse(watch);
            this.watch = place.cutTexts().and(outOfFold.isPresent() ? new WithoutScores(both) : both);
            checkpoints = Checkpoints.in(Run.adapterFolder(place.folder().resolve(Run.CHECKPOINTS), name, seed))
                    .every(settings.saveEvery())
                    .with("task", task.name());
        }

        @Override
        public <T extends FineTuning<T, ?>> T apply(T training) throws IOException {
            if (method.from().isPresent()) {
                training.from(method.from().get());
            } else if (method.adapters().isPresent()) {
                training.adapters(method.adapters().get().withSeed(config.seed()))
                        .targets(place.targets());
            } else {
                training.headOnly();
            }
            T sized = settings.maxLength().isPresent()
                    ? training.maxLength(place.maxLength())
                    : training.lengthOfData(place.maxLength());
            return sized.config(config)
                    .checkpoints(checkpoints)
                    .passes(place.passes())
                    .listener(watch);
        }

        @Override
        public TrainingConfig config() {
            return config;
        }

        @Override
        public boolean balancedClasses() {
            return settings.balancedClasses();
        }

        @Override
        public boolean calibrated() {
            return decides && settings.calibrated();
        }

        @Override
        public OptionalDouble abstain() {
            return decides ? settings.validation().abstain() : OptionalDouble.empty();
        }

        @Override
        public Optional<Measured> outOfFold() {
            return outOfFold;
        }

        @Override
        public Optional<Teacher> teacher() {
            return settings.teacher();
        }
    }
}
