package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.ClassifierTraining;
import org.lsradapt.finetuning.ImageClassifier;
import org.lsradapt.finetuning.RememberedOutputs;
import org.lsradapt.finetuning.SequenceModel;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.finetuning.TextClassifier;
import org.lsradapt.finetuning.TextRegressor;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.report.Baseline;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.TrainingConfig;

/** Trains a head of classes or of one number on texts or images. */
final class HeadExperiment extends LabelExperiment<SequenceModel> {
    private final BaseModel base;
    /** The teacher's outputs for all training examples; empty until they are needed. */
    private Optional<RememberedOutputs> answers = Optional.empty();

    HeadExperiment(RunSettings settings, LabelledRunData data, BaseModel base) {
        super(settings, data, base, usualLength(settings, data, base));
        this.base = base;
    }

    private static int usualLength(RunSettings settings, LabelledRunData data, BaseModel base) {
        return base.readsImages() || settings.maxLength().isPresent()
                ? base.maxLength()
                : SequenceTraining.usualLength(base, data.task(), data.data().train());
    }

    @Override
    TrainingConfig forLength(TrainingConfig config) {
        return base.readsImages() || settings().maxLength().isPresent()
                ? config
                : SequenceTraining.bounded(config, maxLength());
    }

    @Override
    boolean takesTeacher() {
        return data().hasClasses();
    }

    @Override
    void check() throws IOException {
        List<Example> first = data().data().train().subList(0, 1);
        if (settings().teacher().isPresent()) {
            List<String> known =
                    settings().teacher().get().answers(first).task().labels();
            Require.argument(
                    known.size() == data().task().labels().size()
                            && known.containsAll(data().task().labels()),
                    "teacher: found the classes %s, expected %s",
                    known,
                    data().task().labels());
        }
        if (data().augmentation().isEmpty()) {
            EncodedExample.encode(first, base.tokenizer(), maxLength());
            return;
        }
        base.imageProcessor();
        ImageSource.at(first.get(0).first()).read();
    }

    @Override
    List<Baseline> baselines(RunListener listener) {
        return data().majorityMetrics().map(Baseline::majorityClass).stream().toList();
    }

    @Override
    SequenceModel train(One one) throws IOException {
        LabelledRunData used = used(one);
        if (used.task().kind() == TaskKind.REGRESSION) {
            return train(TextRegressor.on(base), used, one);
        }
        return used.augmentation().isPresent()
                ? classifier(
                        ImageClassifier.on(base)
                                .augmentation(used.augmentation().get().withSeed(one.seed())),
                        used,
                        one)
                : classifier(TextClassifier.on(base), used, one);
    }

    private <T extends ClassifierTraining<T, ?>> SequenceModel classifier(T training, LabelledRunData used, One one)
            throws IOException {
        if (settings().teacher().isPresent()) {
            Teacher teacher = settings().teacher().get();
            if (answers.isEmpty()) {
                answers = Optional.of(teacher.answers(data().data().train()));
            }
            training.teacher(answers.get()).teacherShare(teacher.share()).temperature(teacher.temperature());
        }
        return train(settings().balancedClasses() ? training.balancedClasses() : training, used, one);
    }

    private <T extends SequenceTraining<T, ?>> SequenceModel train(T training, LabelledRunData used, One one)
            throws IOException {
        T ready = set(training, one);
        return (one.method().adapters().isPresent() ? ready : ready.headOnly()).train(used.task(), used.data());
    }

    @Override
    Optional<double[][]> outputs(SequenceModel model) {
        return choosesElsewhere() ? Optional.of(model.outputs(data().data().evaluation())) : model.evaluated();
    }
}
