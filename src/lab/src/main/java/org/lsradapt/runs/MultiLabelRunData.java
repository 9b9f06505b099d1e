package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.MultiLabelData;
import org.lsradapt.tasks.MultiLabelScores;
import org.lsradapt.tasks.MultiLabelText;

/** Texts with any number of labels each, as the data of a run. */
public record MultiLabelRunData(String name, MultiLabelData texts) implements RunData {
    private static final long LIMIT_SEED = 0;

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "predict 'a text'", "MultiLabelClassifier", "predict(\"a text\")");
    }

    @Override
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new MultiLabelExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public MultiLabelRunData holdOut(double fraction, long seed) {
        return new MultiLabelRunData(name, texts.holdOut(fraction, seed));
    }

    @Override
    public RunData limit(int count) {
        return new MultiLabelRunData(name, texts.limit(count, LIMIT_SEED));
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation examples, %d labels, %.2f on average",
                name,
                texts.train().size(),
                texts.evaluation().size(),
                texts.labels().size(),
                texts.train().stream()
                        .map(MultiLabelText::labels)
                        .mapToInt(List::size)
                        .average()
                        .orElseThrow());
    }

    @Override
    public List<String> notes() {
        return texts.notes();
    }

    @Override
    public Optional<Integer> labelledExamples() {
        return Optional.of(texts.train().size());
    }

    @Override
    public boolean hasHead() {
        return true;
    }

    @Override
    public boolean hasClasses() {
        return true;
    }

    @Override
    public String primaryMetric() {
        return MultiLabelScores.METRICS.get(0);
    }
}
