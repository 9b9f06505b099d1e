package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.Schedule;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * The head's steps before the first step of the run, if the configuration has any (as in LP-FT, Kumar et al., arXiv 2202.10054). Without
 * them, adapters would begin by following the gradient of an untrained head.
 */
final class HeadWarmup {

    private HeadWarmup() {}

    /** The number of steps of the head alone; 0 without a head. */
    static int headSteps(AdaptedModel model, TrainingConfig config) {
        return model.objective().trainable().isEmpty() ? 0 : config.headSteps();
    }

    /** Trains the head on the first batches, also without adapters; returns the mean loss, empty without steps. */
    static OptionalDouble train(Trainer trainer, List<TrainingExample> train) {
        if (headSteps(trainer.model(), trainer.config()) == 0) {
            return OptionalDouble.empty();
        }
        List<List<TrainingExample>> batches = batches(train, trainer.config());
        if (trainer.model().adapters().isEmpty()) {
            // The model keeps the features that it computes for the following steps.
            return OptionalDouble.of(run(trainer, trainer.model(), batches));
        }
        if (trainer.goesOn()) {
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
    private static List<List<TrainingExample>> batches(List<TrainingExample> train, TrainingConfig config) {
        Batches all = new Batches(train, config);
        List<List<TrainingExample>> batches = new ArrayList<>();
        while (batches.size() < config.headSteps()) {
            all.nextEpoch().stream()
                    .flatMap(List::stream)
                    .limit(config.headSteps() - batches.size())
                    .map(List::copyOf)
                    .forEach(batches::add);
        }
        return batches;
    }
}
