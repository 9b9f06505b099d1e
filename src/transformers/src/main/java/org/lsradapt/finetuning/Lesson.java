package org.lsradapt.finetuning;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.lsradapt.data.Dataset;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.OutputEvaluation;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;

/** The subject of one training: the data of a task with its objective and its evaluation. {@link FineTuning} does the rest. */
public interface Lesson<B extends FrozenModel, M extends FineTunedModel> {

    /** Returns the task's training defaults. */
    default TrainingDefaults defaults() {
        return TrainingDefaults.HEAD;
    }

    /** Returns the number of examples with labels, few of which get more epochs; empty if there are no labels. */
    default OptionalInt labelled() {
        return OptionalInt.empty();
    }

    /** Returns the named columns of the data's table, as {@link Dataset#columns} has them. */
    default Map<String, List<String>> columns() {
        return Map.of();
    }

    /** Whether a head is trained, which can be trained alone. */
    default boolean hasHead() {
        return labelled().isPresent();
    }

    /** Describes the training data for the log. */
    String describe(int items, B base);

    /** Checks that a base model can learn this; an exception names it. */
    default void requireFit(B base) {}

    /** Returns the default longest input in tokens, which may exceed the model's positions. */
    default int usualLength(B base) throws IOException {
        return FineTuning.SEQUENCE_LENGTH;
    }

    /** Adapts the default configuration to the base model. */
    default TrainingConfig forModel(TrainingConfig usual, B base) {
        return usual;
    }

    /** Adapts a configuration to a length that the data has chosen. */
    default TrainingConfig bounded(TrainingConfig config, B base, int length) {
        return config;
    }

    /**
     * Makes the parts of a training.
     *
     * @throws IllegalArgumentException if a setting does not fit the model or the data
     * @throws IOException if a file of the base model, or an image, is missing or malformed
     */
    Parts<B, M> on(B base, Setting setting) throws IOException;

    /** Returns the default number of epochs. */
    default int epochs(TrainingConfig usual) {
        return labelled().isPresent()
                ? TrainingDefaults.epochs(labelled().getAsInt(), usual.batchSize())
                : usual.epochs();
    }

    /** Returns the reason for the default number of epochs, for the log. */
    default String reasonForEpochs() {
        return labelled().isPresent()
                ? TrainingDefaults.reasonForEpochs(labelled().getAsInt())
                : "the default";
    }

    /**
     * The settings of a training.
     *
     * @param maxLength longest input in tokens
     * @param passes computes the passes through the model
     */
    record Setting(int maxLength, TrainingConfig config, PassExecutor passes, Resources opened) {}

    /** Closes what is added to it if the training fails. */
    interface Resources {
        /** Adds a resource, and returns it. */
        <C extends AutoCloseable> C add(C resource);
    }

    /**
     * The parts of a training that depend on its task.
     *
     * @param examples makes the training examples, after the adapters
     * @param evaluation chooses the best parameters
     */
    record Parts<B extends FrozenModel, M extends FineTunedModel>(
            Objective objective,
            Supplier<List<TrainingExample>> examples,
            Evaluation evaluation,
            Finish<B, M> finish) {}

    /** Makes the trained model. */
    @FunctionalInterface
    interface Finish<B extends FrozenModel, M extends FineTunedModel> {
        /** Makes the model, which takes ownership of the base model and the adapters. */
        M make(Trained<B> trained);
    }

    /**
     * The result of a training.
     *
     * @param adapters the adapters with the best evaluation's parameters; empty for a head alone
     * @param result losses, metrics and times
     * @param objective the objective, whose head has the best evaluation's parameters
     */
    record Trained<B extends FrozenModel>(
            BaseHandle<B> base, Optional<AdapterSet> adapters, TrainingResult result, Objective objective) {

        /** Returns the parts of the trained model. */
        public ModelParts parts(TaskDescription task, int maxLength) {
            return new ModelParts(
                    base,
                    adapters,
                    Optional.empty(),
                    task,
                    Optional.empty(),
                    maxLength,
                    Optional.empty(),
                    Optional.of(result));
        }

        /** Returns the result of the best evaluation, which is measured again after an interruption. */
        public <R> R best(OutputEvaluation<R> evaluation) {
            return evaluation.best().orElseGet(() -> {
                try (AdaptedModel best = base.model().adapted(adapters, objective, Backends.standard())) {
                    return evaluation.measure(best);
                }
            });
        }
    }
}
