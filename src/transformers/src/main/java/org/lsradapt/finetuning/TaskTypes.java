package org.lsradapt.finetuning;

import java.util.List;

/** The types of tasks on the user's own data. A new task is registered here. */
public final class TaskTypes {
    private static final List<TaskType> ALL = List.of(
            new ClassificationTask.Type(),
            new ClassificationTask.RegressionType(),
            new LabelsTask.Type(),
            new TokensTask.Type(),
            new SpansTask.Type(),
            new TextTask.Type(),
            new MaskedTask.Type(),
            new TextTask.InstructionsType(),
            new PreferencesTask.Type(),
            new PairsTask.Type(),
            new SimilarityTask.Type(),
            new RerankTask.Type(),
            new ImagesTasks());

    private TaskTypes() {}

    /** Returns all types, in the order of messages. */
    public static List<TaskType> all() {
        return ALL;
    }
}
