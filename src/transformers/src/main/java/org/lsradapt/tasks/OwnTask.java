package org.lsradapt.tasks;

import java.nio.file.Path;
import java.util.List;

/** A task on a user's own data, held in memory. */
final class OwnTask extends ScoredTask {

    private final TaskData data;

    /**
     * @param labels the names of the classes, at least two; empty for a regression
     */
    OwnTask(String name, List<String> labels, TaskData data) {
        super(name, name, labels, metrics(labels.size()));
        this.data = data;
    }

    /** Macro F1 comes first: by accuracy, a model that never finds a rare class could be the best one. */
    private static List<Metric> metrics(int classes) {
        return switch (classes) {
            case 0 -> List.of(Metric.PEARSON, Metric.SPEARMAN, Metric.MEAN_ABSOLUTE_ERROR);
            case 2 -> List.of(Metric.MACRO_F1, Metric.ACCURACY, Metric.MATTHEWS);
            default -> List.of(Metric.MACRO_F1, Metric.ACCURACY);
        };
    }

    @Override
    public boolean needsFolder() {
        return false;
    }

    @Override
    public TaskData load(Path dataFolder) {
        return load();
    }

    @Override
    public TaskData load() {
        return data;
    }
}
