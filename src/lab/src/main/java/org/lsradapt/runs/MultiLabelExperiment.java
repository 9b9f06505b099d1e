package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.finetuning.MultiLabelClassifier;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.MultiLabelScores;
import org.lsradapt.tasks.MultiLabelTask;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.TrainingConfig;

/** Trains classifiers that assign any number of labels to a text. */
final class MultiLabelExperiment extends Experiment<MultiLabelClassifier> {
    private final MultiLabelRunData data;
    private final MultiLabelTask task;
    private final BaseModel base;

    MultiLabelExperiment(RunSettings settings, MultiLabelRunData data, BaseModel base) {
        this(settings, data, base, data.texts().task(data.name()));
    }

    private MultiLabelExperiment(RunSettings settings, MultiLabelRunData data, BaseModel base, MultiLabelTask task) {
        super(
                settings,
                base,
                settings.maxLength().isPresent() || base.readsImages()
                        ? base.maxLength()
                        : SequenceTraining.usualLength(base, task, task.load().train()));
        this.data = data;
        this.base = base;
        this.task = task;
    }

    @Override
    void check() {
        MultiLabelClassifier.requireTexts(base);
        EncodedExample.encode(task.load().train().subList(0, 1), base.tokenizer(), maxLength());
    }

    /** Returns the scores of giving each text every label. */
    @Override
    List<Baseline> baselines(RunListener listener) {
        List<Example> examples = task.load().evaluation();
        double[][] always = new double[examples.size()][task.labels().size()];
        return List.of(Baseline.everyLabel(task.evaluate(examples, always)));
    }

    @Override
    TrainingConfig forLength(TrainingConfig config) {
        return settings().maxLength().isPresent() ? config : SequenceTraining.bounded(config, maxLength());
    }

    @Override
    MultiLabelClassifier train(One one) throws IOException {
        MultiLabelRunData used = choosesElsewhere() ? data.holdOut(settings().holdOut(), one.seed()) : data;
        MultiLabelClassifier.Training training =
                set(MultiLabelClassifier.on(base).name(data.name()), one);
        MultiLabelClassifier.Training weighted = settings().balancedClasses() ? training.balancedLabels() : training;
        return (one.method().adapters().isPresent() ? weighted : weighted.headOnly()).train(used.texts());
    }

    @Override
    Map<String, Double> metrics(MultiLabelClassifier model) {
        return scores(model).metrics();
    }

    /** Returns the scores at the model's thresholds. */
    private MultiLabelScores scores(MultiLabelClassifier model) {
        List<Example> examples = task.load().evaluation();
        double[][] outputs =
                choosesElsewhere() ? model.outputs(examples) : model.evaluated().orElseThrow();
        return task.scores(examples, outputs, model.thresholds());
    }

    @Override
    Outcome outcome(MultiLabelClassifier model) {
        MultiLabelScores scores = scores(model);
        return new Outcome(
                choosesElsewhere() ? Optional.of(scores.metrics()) : Optional.empty(),
                Optional.empty(),
                Optional.of(scores));
    }
}
