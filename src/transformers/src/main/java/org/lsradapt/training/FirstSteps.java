package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.Schedule;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * The steps before the first step of the run, if the configuration has any. A contrast of classes trains adapters without a head, as
 * SetFit does (Tunstall et al., arXiv 2209.11055). The head's steps train the head alone (as in LP-FT, Kumar et al., arXiv 2202.10054),
 * so that adapters do not begin by following the gradient of an untrained head.
 */
final class FirstSteps {

    private FirstSteps() {}

    /** The number of steps of the head alone; 0 without a head. */
    static int headSteps(AdaptedModel model, TrainingConfig config) {
        return model.objective().trainable().isEmpty() ? 0 : config.headSteps();
    }

    /** The number of steps of the contrast; 0 without adapters. */
    static int contrastSteps(AdaptedModel model, TrainingConfig config) {
        return model.adapters().isEmpty() ? 0 : config.contrastSteps();
    }

    /** Trains the adapters by a contrast of classes on the first batches. */
    static void contrast(Trainer trainer, List<TrainingExample> train) {
        TrainingConfig config = trainer.config();
        int steps = contrastSteps(trainer.model(), config);
        if (steps == 0) {
            return;
        }
        try (AdaptedModel model = trainer.model().with(requireContrast(trainer.model()))) {
            trainer.prepare(model);
            Schedule schedule = Schedule.of(steps, config.warmUp(), config.schedule());
            Updates updates = new Updates(model, config);
            int step = 0;
            for (List<TrainingExample> batch : batches(train, config, steps)) {
                double loss = trainer.passes().gradients(model, new TrainingStep(step + 1, 1, List.of(batch)));
                DivergedException.requireFinite(loss, "the loss of the contrast");
                updates.step(schedule.factor(step), ++step);
                trainer.listener().contrasted(step, steps, loss);
            }
        }
    }

    private static Objective requireContrast(AdaptedModel model) {
        return model.objective()
                .contrast()
                .orElseThrow(() -> new IllegalArgumentException("contrast: the objective ("
                        + model.objective().settings().get("loss")
                        + ") has no classes to contrast, expected a classification of whole texts or images, without a"
                        + " teacher"));
    }

    /** Trains the head on the first batches, also without adapters; returns the mean loss, empty without steps. */
    static OptionalDouble train(Trainer trainer, List<TrainingExample> train) {
        if (headSteps(trainer.model(), trainer.config()) == 0) {
            return OptionalDouble.empty();
        }
        List<List<TrainingExample>> batches =
                batches(train, trainer.config(), trainer.config().headSteps());
        if (trainer.model().adapters().isEmpty()) {
            // The model keeps the features that it computes for the following steps.
            return OptionalDouble.of(run(trainer, trainer.model(), batches));
        }
        if (trainer.goesOn() || contrastSteps(trainer.model(), trainer.config()) > 0) {
            return OptionalDouble.of(onAdapters(trainer, batches));
        }
        try (AdaptedModel head = trainer.model().with(Optional.empty())) {
            return OptionalDouble.of(run(trainer, head, batches));
        }
    }

    /** Trains the head on top of trained adapters, which do not change. */
    private static double onAdapters(Trainer trainer, List<List<TrainingExample>> batches) {
        trainer.model().headAlone(true);
        try {
            return run(trainer, trainer.model(), batches);
        } finally {
            trainer.model().headAlone(false);
            // Dropout masks count from the first step that trains adapters.
            trainer.model().dropout(trainer.config().dropout(), trainer.config().seed());
        }
    }

    private static double run(Trainer trainer, AdaptedModel head, List<List<TrainingExample>> batches) {
        TrainingConfig config = trainer.config();
        int steps = batches.size();
        Schedule schedule = Schedule.of(steps, 0, Schedule.Decay.LINEAR);
        AdamW optimizer = AdamW.builder().weightDecay(config.weightDecay()).build();
        optimizer.addAll(head.objective().trainable(), config.headLearningRate());
        int step = 0;
        double sum = 0;
        for (List<TrainingExample> batch : batches) {
            double loss = trainer.passes().gradients(head, new TrainingStep(step + 1, 1, List.of(batch)));
            DivergedException.requireFinite(loss, "the loss before the first step");
            optimizer.step(schedule.factor(step++), config.maxGradientNorm());
            trainer.listener().headStepped(step, steps, loss);
            sum += loss;
        }
        return sum / steps;
    }

    /** The first batches, from as many epochs as needed. */
    private static List<List<TrainingExample>> batches(List<TrainingExample> train, TrainingConfig config, int steps) {
        Batches all = new Batches(train, config);
        List<List<TrainingExample>> batches = new ArrayList<>();
        while (batches.size() < steps) {
            all.nextEpoch().stream()
                    .flatMap(List::stream)
                    .limit(steps - batches.size())
                    .map(List::copyOf)
                    .forEach(batches::add);
        }
        return batches;
    }
}
