package org.lsradapt.data;

import java.util.List;
import org.lsradapt.data.metrics.Metric;

/** A task on a user's own data, held in memory. */
final class OwnTask extends ScoredTask {

    private final List<Example> train;
    private final List<Example> evaluation;

    /**
     * @param labels the names of the classes, at least two; empty for a regression
     */
    OwnTask(String name, List<String> labels, List<Metric> metrics, List<Example> train, List<Example> evaluation) {
        super(name, name, labels, metrics);
        this.train = train;
        this.evaluation = evaluation;
    }

    /**
     * Returns the metrics of a classification or, for no classes, of a regression. Macro F1 comes first: by accuracy, a
     * model that never finds a rare class could be the best one.
     */
    static List<Metric> metrics(int classes) {
        return switch (classes) {
            case 0 -> List.of(Metric.PEARSON, Metric.SPEARMAN, Metric.MEAN_ABSOLUTE_ERROR);
            case 2 -> List.of(Metric.MACRO_F1, Metric.ACCURACY, Metric.MATTHEWS);
            default -> List.of(Metric.MACRO_F1, Metric.ACCURACY);
        };
    }

    @Override
    public LabelledData load() {
        return LabelledData.of(this, train, evaluation);
    }
}
