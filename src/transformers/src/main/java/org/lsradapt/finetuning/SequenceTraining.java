package org.lsradapt.finetuning;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.Target;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TaskEvaluation;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingExample;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.Tokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures and runs the training of a model with a head.
 *
 * @param <T> the type of the training
 * @param <M> the type of the trained model
 */
public abstract sealed class SequenceTraining<T extends SequenceTraining<T, M>, M extends SequenceModel>
        extends FineTuning<T> permits ClassifierTraining, MultiLabelClassifier.Training, TextRegressor.Training {
    private static final Logger LOG = LoggerFactory.getLogger(SequenceTraining.class);

    /** With this number of training examples or more, the number of epochs is the usual one. */
    private static final int MANY = 3_000;

    /** The maximal default length, so that a few long documents do not take all of a large model's positions. */
    private static final int MOST_TOKENS = 512;

    private static final int LENGTH_STEP = 32;
    private static final double LONG_ENOUGH = 0.95;
    /** The maximal number of texts that are read to choose a length. */
    private static final int LOOKED_AT = 10_000;

    private static final int STEPS_FOR_FEW = 1_000;
    private static final int MOST_EPOCHS = 30;

    private final BaseHandle.Source<BaseModel> source;

    /** Empty until there is data. */
    private Optional<Learned> learned = Optional.empty();
    /** The maximal length of the running training, if the data has chosen it. */
    private OptionalInt chosenLength = OptionalInt.empty();

    SequenceTraining(BaseHandle.Source<BaseModel> source) {
        this.source = source;
    }

    /**
     * Returns the default number of epochs: that of {@link TrainingConfig#defaults}, and with fewer than 3,000 examples
     * as many as make 1,000 steps, but no more than 30.
     *
     * @param examples the number of training examples, at least 1
     * @param batchSize the number of examples in a step, at least 1
     */
    public static int epochs(int examples, int batchSize) {
        int usual = TrainingConfig.defaults().epochs();
        if (examples >= MANY) {
            return usual;
        }
        int steps = (examples + batchSize - 1) / batchSize;
        return Math.max(usual, Math.min(MOST_EPOCHS, (STEPS_FOR_FEW + steps - 1) / steps));
    }

    /**
     * Returns the default longest input in tokens: the 95th percentile of the training examples' lengths, rounded up to
     * a multiple of 32, from {@link #SEQUENCE_LENGTH} to 512 and no more than the model has positions for. Published
     * tasks have {@link #SEQUENCE_LENGTH}, so that results can be compared.
     *
     * @param model a model of texts
     * @param task the task of the examples
     * @param train at least one example
     */
    public static int usualLength(BaseModel model, Task task, List<Example> train) {
        if (OwnData.isPublished(task.name())) {
            return Math.min(SEQUENCE_LENGTH, model.maxLength());
        }
        int step = (train.size() + LOOKED_AT - 1) / LOOKED_AT;
        List<Example> some = IntStream.range(0, (train.size() + step - 1) / step)
                .mapToObj(i -> train.get(i * step))
                .toList();
        Tokenizer tokenizer = model.tokenizer();
        return usualLength(Parallel.map(some, example -> length(tokenizer, example)), model.maxLength());
    }

    /** Returns the default longest input for inputs of known lengths. */
    static int usualLength(List<Integer> lengths, int positions) {
        int most = lengths.stream().sorted().toList().get((int) Math.ceil(LONG_ENOUGH * lengths.size()) - 1);
        int rounded = (most + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP;
        return Math.min(positions, Math.max(SEQUENCE_LENGTH, Math.min(rounded, MOST_TOKENS)));
    }

    static int length(Tokenizer tokenizer, Example example) {
        String second = example.second();
        return tokenizer.ids(example.first()).length
                + (second == null ? 0 : tokenizer.ids(second).length)
                + tokenizer.specialTokens(second != null);
    }

    /**
     * Adapts a configuration to a length from {@link #usualLength}: unless the configuration has a chunk size, a chunk
     * gets at most the tokens of a whole batch of {@link #SEQUENCE_LENGTH}. So the memory does not grow with the texts,
     * and results are the same up to rounding.
     *
     * @param config the configuration
     * @param length the longest input in tokens
     */
    public static TrainingConfig bounded(TrainingConfig config, int length) {
        return config.chunkSize() > 0 || length <= SEQUENCE_LENGTH
                ? config
                : config.toBuilder()
                        .chunkSize(Math.max(1, config.batchSize() * SEQUENCE_LENGTH / length))
                        .build();
    }

    @Override
    TrainingConfig forLength(TrainingConfig config) {
        return chosenLength.isPresent() ? bounded(config, chosenLength.getAsInt()) : config;
    }

    /** The reason for the number of {@link #epochs}. */
    static String defaultEpochs(int examples) {
        return examples >= MANY
                ? "the default"
                : String.format(
                        Locale.ROOT,
                        "the default for fewer than %,d examples: as many as make %,d steps, %d at most",
                        MANY,
                        STEPS_FOR_FEW,
                        MOST_EPOCHS);
    }

    @Override
    TrainingDefaults defaults() {
        return TrainingDefaults.HEAD;
    }

    @Override
    TrainingConfig forData(TrainingConfig usual) {
        return learned.map(data -> usual.toBuilder()
                        .epochs(epochs(data.examples().train().size(), usual.batchSize()))
                        .build())
                .orElse(usual);
    }

    @Override
    String defaultEpochs() {
        return defaultEpochs(learned.orElseThrow().examples().train().size());
    }

    @Override
    String describe(int items) {
        return items + " examples" + learned.map(Learned::describe).orElseThrow();
    }

    /** Trains the head alone, by default with {@link #headConfig}. */
    public T headOnly() {
        withoutAdapters();
        return self();
    }

    /**
     * Trains on custom data; see {@link #train(Task, TaskData)}.
     *
     * @param data the data, of the kind that the model is for
     */
    public M train(OwnData data) throws IOException {
        return train(data.task(), data.data());
    }

    /**
     * Trains on a task.
     *
     * @param task the task to learn
     * @param data its examples
     * @return the model of the best evaluation, which the caller closes
     * @throws IllegalArgumentException if a setting does not fit the model or the data
     * @throws org.lsradapt.training.DivergedException if the loss stops being finite
     * @throws IOException if a file of the base model, or an image, is missing or malformed
     */
    public M train(Task task, TaskData data) throws IOException {
        learned = Optional.of(new Learned(task, data));
        return onBase(source, (base, opened) -> {
            BaseModel model = base.model();
            chosenLength = hasLength() || model.readsImages()
                    ? OptionalInt.empty()
                    : OptionalInt.of(usualLength(model, task, data.train()));
            int length = maxLength(model, chosenLength.orElse(model.maxLength()));
            SequenceHead head = opened.add(new SequenceHead(model.weights(), task.outputWidth(), config().seed()));
            Objective objective = objective(head, task, data);
            List<Target> targets = targets(task, data.train());
            Optional<AdapterSet> adapters = makeAdapters(model, objective, opened);
            List<EncodedExample> examples = EncodedExample.encode(data.train(), encoder(model, length, true));
            List<EncodedExample> evaluation = EncodedExample.encode(data.evaluation(), encoder(model, length, false));
            TaskEvaluation measured = new TaskEvaluation(task, evaluation, passes());
            TrainingResult result = train(
                    model,
                    adapters,
                    objective,
                    IntStream.range(0, examples.size())
                            .mapToObj(i -> new TrainingExample(examples.get(i).tokens(), targets.get(i)))
                            .toList(),
                    measured);
            double[][] outputs = measured.best().orElseGet(() -> outputs(model, adapters, objective, measured));
            Predictions.of(task, data.evaluation(), outputs)
                    .flatMap(Predictions::warning)
                    .ifPresent(LOG::warn);
            boolean pairs = data.train().get(0).second() != null;
            return make(new SequenceModel.Parts(
                    base,
                    adapters,
                    head,
                    describe(task, pairs, outputs),
                    Optional.of(pairs),
                    length,
                    Optional.of(result),
                    Optional.of(outputs)));
        });
    }

    /**
     * The saved description of a task.
     *
     * @param outputs the outputs of the best evaluation for the evaluation examples
     */
    TaskDescription describe(Task task, boolean pairs, double[][] outputs) {
        return task.kind() == TaskKind.REGRESSION
                ? TaskDescription.regression(task.name(), pairs)
                : TaskDescription.classification(task.name(), task.labels(), pairs);
    }

    /** Computes the outputs of the best evaluation, for a training that was interrupted after it. */
    private static double[][] outputs(
            BaseModel base, Optional<AdapterSet> adapters, Objective objective, TaskEvaluation measured) {
        try (AdaptedModel best = new AdaptedModel(base.weights(), adapters, objective, Backends.standard())) {
            return measured.outputs(best);
        }
    }

    /** The target of each example, as the objective takes them. */
    abstract List<Target> targets(Task task, List<Example> examples);

    abstract Objective objective(SequenceHead head, Task task, TaskData data);

    abstract M make(SequenceModel.Parts parts);

    /**
     * Converts an example to the model's input.
     *
     * @param model the base model
     * @param length longest input in tokens
     * @param trains true for training examples, false for evaluation examples
     */
    Function<Example, ModelInput> encoder(BaseModel model, int length, boolean trains) {
        Tokenizer tokenizer = model.tokenizer();
        return example -> tokenizer.encode(example.first(), example.second(), length);
    }

    private record Learned(Task task, TaskData examples) {
        String describe() {
            return (task.labels().isEmpty()
                            ? ""
                            : " of " + task.labels().size()
                                    + (task.kind() == TaskKind.MULTI_LABEL ? " labels" : " classes"))
                    + ", evaluated on " + examples.evaluation().size();
        }
    }
}
