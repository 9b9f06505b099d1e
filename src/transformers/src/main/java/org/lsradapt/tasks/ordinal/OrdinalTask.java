package org.lsradapt.tasks.ordinal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.classification.HeadTask;
import org.lsradapt.tasks.classification.SequenceTraining;
import org.lsradapt.tasks.description.OrdinalDescription;

/** Texts with one of several ordered classes each. */
public final class OrdinalTask extends HeadTask {
    private static final TaskOption ORDER = TaskOption.list(
            "--order", "LABEL", "The labels from the lowest to the highest. Default: by value, if all are numbers.");

    /** {@code --task ordinal}. */
    public static final TaskType TYPE = ofTexts(OrdinalData.NAME, ORDER)
            .check(OrdinalTask::checkOrder)
            .evaluation(OrdinalDescription.class, OrdinalTask::evaluation)
            .loads(OrdinalDescription.class, parts -> new OrdinalClassifier(parts.ofTexts(), Optional.empty()))
            .reads(OrdinalTask::ofOptions);

    /** Creates a task of texts with ordered classes. */
    public OrdinalTask(LabelledData data) {
        super(data, data.train(), Feature.HEAD, Feature.FOLDS, Feature.CLASS_WEIGHTS);
    }

    @Override
    protected OrdinalTask with(LabelledData other) {
        return new OrdinalTask(other);
    }

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "predict 'a text'", "OrdinalClassifier", "predict(\"a text\")");
    }

    @Override
    public int usualLength(FrozenModel base) {
        BaseModel model = (BaseModel) base;
        HeadedModel.requireTexts(model);
        return SequenceTraining.usualLength(model, task(), data().train());
    }

    @Override
    public OrdinalClassifier train(FrozenModel base, Setup setup) throws IOException {
        OrdinalClassifier.Training training = setup.apply(OrdinalClassifier.on((BaseModel) base));
        return (setup.balancedClasses() ? training.balancedClasses() : training).train(data());
    }

    static LabelledData.FromFiles file(Table file, TaskOptions given) {
        return described(OrdinalData.of(file), given);
    }

    static EvaluationData evaluation(OrdinalDescription task, Path file, TaskOptions given) throws IOException {
        return ClassificationTask.evaluation(
                task, file, file(given.formatted(given.table(file.toString())), given), given);
    }

    private static void checkOrder(TaskOptions given) {
        check(given);
        List<String> order = given.values(ORDER);
        given.refuse(
                given.has(ORDER) && order.stream().distinct().count() < Math.max(2, order.size()),
                "--order " + String.join(",", order),
                "at least two labels, all different");
    }

    private static OrdinalTask ofOptions(TaskOptions given) throws IOException {
        LabelledData.FromFiles data = OrdinalData.of(given.train());
        return new OrdinalTask(read(given.has(ORDER) ? data.classes(given.values(ORDER)) : data, given));
    }
}
