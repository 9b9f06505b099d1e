package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;

/** What the conformance kit asks of this package beyond its public classes. */
public final class KitTraining {

    private KitTraining() {}

    /** The labels of each epoch's batches, by steps. */
    public static List<List<List<List<Integer>>>> batches(List<TrainingExample> train, TrainingConfig config) {
        Batches batches = new Batches(train, config);
        List<List<List<List<Integer>>>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < config.epochs(); epoch++) {
            epochs.add(batches.nextEpoch().stream()
                    .map(step -> step.stream().map(KitTraining::labels).toList())
                    .toList());
        }
        return epochs;
    }

    private static List<Integer> labels(List<TrainingExample> batch) {
        return batch.stream()
                .map(item -> ((Target.Category) item.targets().get(0)).index())
                .toList();
    }

    /** What a run does before its first step. */
    public static void warmUpHead(AdaptedModel model, TrainingConfig config, List<TrainingExample> train) {
        FirstSteps.train(new Trainer(model, config, TrainingListener.SILENT), train);
    }
}
