package org.lsradapt.finetuning;

import java.util.Optional;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.training.ClassWeights;

/**
 * How a classifier is trained: by the cross-entropy of its classes. For one thread at a time.
 *
 * @param <T> the type of what is being set up
 * @param <M> what is trained
 */
public abstract sealed class ClassifierTraining<
                T extends ClassifierTraining<T, M>, M extends SequenceModel & Classifier>
        extends SequenceTraining<T, M> permits TextClassifier.Training, ImageClassifier.Training {
    private boolean balanced;
    private Optional<double[]> weights = Optional.empty();

    ClassifierTraining(BaseHandle.Source<BaseModel> source) {
        super(source);
    }

    /** Gives rare classes as much weight in the loss as frequent ones; see {@link ClassWeights#balanced}. */
    public T balancedClasses() {
        balanced = true;
        weights = Optional.empty();
        return self();
    }

    /** The weight of each class in the loss, finite and positive, in the order of the labels; copied. */
    public T classWeights(double... perClass) {
        balanced = false;
        weights = Optional.of(perClass.clone());
        return self();
    }

    @Override
    Objective objective(SequenceHead head, Task task, TaskData data) {
        Require.argument(
                task.kind() == TaskKind.CLASSIFICATION,
                "classifier: task %s is a regression, expected a classification",
                task.name());
        Optional<double[]> perClass = balanced
                ? Optional.of(ClassWeights.balanced(
                        data.train().stream()
                                .mapToInt(example -> (int) example.label())
                                .toArray(),
                        task.labels().size()))
                : weights;
        return perClass.<Objective>map(all -> SequenceObjective.weighted(head, all, Backends.standard()))
                .orElseGet(() -> SequenceObjective.of(head, Loss.CROSS_ENTROPY, Backends.standard()));
    }
}
