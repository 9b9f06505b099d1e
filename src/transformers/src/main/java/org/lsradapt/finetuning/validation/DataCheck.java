package org.lsradapt.finetuning.validation;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Form;
import org.lsradapt.data.checks.DataFacts;
import org.lsradapt.data.checks.LabelIssues;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.SharedFeatures;
import org.lsradapt.training.PassExecutor;

/**
 * Looks at data before a training: repeated and contradicting rows, texts that are too long, and labels that are probably wrong. For
 * the labels, a head on the frozen model is trained on all rows but those of one fold, and gives probabilities for these; see {@link
 * LabelIssues}. For one thread.
 *
 * <pre>{@code
 * LabelledData data = LabelledData.classification(Path.of("train.csv")).read();
 * try (BaseModel base = BaseModel.load("minilm")) {
 *     DataReport report = DataCheck.of(new ClassificationTask(data)).on(base);
 *     report.issues().orElseThrow().write(Path.of("label-issues.csv"));
 * }
 * }</pre>
 */
public final class DataCheck {
    /** The default number of folds. */
    public static final int FOLDS = 5;

    private final TrainingTask<?, ?> task;
    private final RowLabels<?> labels;
    private int folds = FOLDS;
    private long seed = 1;
    private OptionalInt maxLength = OptionalInt.empty();
    private Optional<AdapterConfig> adapters = Optional.empty();
    private LabelIssues.Ranking ranking = LabelIssues.Ranking.SELF_CONFIDENCE;
    private PassExecutor passes = PassExecutor.LOCAL;
    private Consumer<String> listener = line -> {};

    private DataCheck(TrainingTask<?, ?> task, RowLabels<?> labels) {
        this.task = task;
        this.labels = labels;
    }

    /** Prepares a check of a task's labelled training rows, with the part that is held out of them. */
    public static DataCheck of(TrainingTask<?, ?> task) {
        return new DataCheck(
                task,
                task.rowLabels()
                        .orElseThrow(() -> new IllegalArgumentException("check of data: task " + task.name()
                                + " has no labels of texts or words, expected one class, several labels, a number or"
                                + " tags for each row (classify, ordinal, labels, regress or tokens)")));
    }

    /** Sets the number of folds, at least 2; {@value #FOLDS} by default. */
    public DataCheck folds(int count) {
        Require.argument(count >= 2, "folds: %d, expected at least 2", count);
        folds = count;
        return this;
    }

    /** Sets the seed of the folds and the trainings; 1 by default. */
    public DataCheck seed(long value) {
        seed = value;
        return this;
    }

    /** Sets the longest input in tokens; by default that of a training on this data. */
    public DataCheck maxLength(int tokens) {
        maxLength = OptionalInt.of(tokens);
        return this;
    }

    /** Trains adapters as well, instead of a head alone: slower, and the probabilities are better. */
    public DataCheck adapters(AdapterConfig config) {
        adapters = Optional.of(config);
        return this;
    }

    /** Sets the order of the labels that are probably wrong; by default, by the probability of the given label. */
    public DataCheck rankedBy(LabelIssues.Ranking score) {
        ranking = score;
        return this;
    }

    /** Sets where the passes through the model are computed, instead of in this process. */
    public DataCheck passes(PassExecutor where) {
        passes = where;
        return this;
    }

    /** Sets the receiver of a line about each step. */
    public DataCheck listener(Consumer<String> said) {
        listener = said;
        return this;
    }

    /**
     * Checks the data.
     *
     * @param base a model that can learn the task; not closed
     * @throws IllegalArgumentException if a setting does not fit the data or the model
     * @throws IOException if a file of the model is malformed
     */
    public DataReport on(FrozenModel base) throws IOException {
        int length = length(base);
        DataFacts facts = DataFacts.of(labels, task.evaluationLabels());
        Optional<TextLengths> lengths = base instanceof BaseModel model && !model.readsImages()
                ? Optional.of(TextLengths.of(labels, model.tokenizer(), length))
                : Optional.empty();
        Optional<LabelIssues> issues = labels.form() == Form.NUMBERS
                ? Optional.empty()
                : Optional.of(LabelIssues.find(labels, probabilities(base, length), ranking));
        return new DataReport(labels, facts, lengths, issues, folds, adapters.isEmpty());
    }

    private double[][] probabilities(FrozenModel base, int length) throws IOException {
        OutOfFold outOfFold = new OutOfFold(folds, seed, length, adapters, passes, listener);
        if (!(base instanceof BaseModel model) || model.readsImages() || model.isSharing()) {
            return outOfFold.of(task, base);
        }
        try (SharedFeatures features = new SharedFeatures()) {
            model.share(Optional.of(features));
            return outOfFold.of(task, base);
        } finally {
            model.share(Optional.empty());
        }
    }

    private int length(FrozenModel base) throws IOException {
        int length = maxLength.orElse(Math.min(task.usualLength(base), base.maxLength()));
        Require.argument(
                length >= 1 && length <= base.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                length,
                base.name(),
                base.maxLength());
        return length;
    }
}
