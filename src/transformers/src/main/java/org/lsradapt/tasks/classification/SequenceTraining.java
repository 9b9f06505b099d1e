package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.Lesson;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TaskEvaluation;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Configures and runs the training of a model with a head. */
public abstract class SequenceTraining<T extends SequenceTraining<T, M>, M extends SequenceModel>
        extends FineTuning<T, BaseModel> {
    private static final Logger LOG = LoggerFactory.getLogger(SequenceTraining.class);

    /** The maximal default length, so that a few long documents do not take all of a large model's positions. */
    private static final int MOST_TOKENS = 512;

    private static final int LENGTH_STEP = 32;
    private static final double LONG_ENOUGH = 0.95;
    /** The maximal number of texts that are read to choose a length. */
    private static final int LOOKED_AT = 10_000;

    private boolean calibrated;
    /** Temperatures that other rows than the evaluation data have determined; empty to fit them. */
    private List<Double> temperatures = List.of();

    /** Creates a training on a base model. */
    public SequenceTraining(BaseHandle.Source<BaseModel> source) {
        super(source);
    }

    /**
     * Returns the default longest input in tokens: the 95th percentile of the training examples' lengths, rounded up to
     * a multiple of 32, from {@link #SEQUENCE_LENGTH} to 512 and no more than the model has positions for. Published
     * tasks have {@link #SEQUENCE_LENGTH}, so that results can be compared.
     *
     * @param train at least one example
     */
    public static int usualLength(BaseModel model, Task task, List<Example> train) {
        if (LabelledData.isPublished(task.name())) {
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
     * @param length the longest input in tokens
     */
    public static TrainingConfig bounded(TrainingConfig config, int length) {
        return config.chunkSize() > 0 || length <= SEQUENCE_LENGTH
                ? config
                : config.toBuilder()
                        .chunkSize(Math.max(1, config.batchSize() * SEQUENCE_LENGTH / length))
                        .build();
    }

    /** Trains on labelled data. */
    public M train(LabelledData data) throws IOException {
        return train(new Examples(data));
    }

    /** Fits temperatures at the end of the training; see {@link Calibration}. */
    protected final T calibrate() {
        calibrated = true;
        return self();
    }

    /** Takes temperatures instead of fitting them; none for no calibration. */
    protected final void calibrate(List<Double> known) {
        calibrated = !known.isEmpty();
        temperatures = known;
    }

    /** Fits temperatures on the outputs of the best evaluation, unless they are known, and divides the head's outputs by them. */
    private List<Double> calibrated(LabelledData data, SequenceHead head, double[][] outputs) {
        if (!calibrated) {
            return List.of();
        }
        List<Double> used = temperatures.isEmpty()
                ? Calibration.temperatures(data.task(), data.evaluation(), outputs)
                : temperatures;
        head.divideOutputs(IntStream.range(0, head.outputs())
                .mapToDouble(output -> Calibration.ofOutput(used, output))
                .toArray());
        return used;
    }

    /** Adapts the default configuration to the settings of this training. */
    protected TrainingConfig usual(TrainingConfig config) {
        return config;
    }

    /** Returns the number of the head's outputs. */
    protected int outputs(Task task) {
        return task.outputWidth();
    }

    /**
     * Describes the trained task.
     *
     * @param outputs the outputs of the best evaluation, before they are divided by the temperatures
     * @param temperatures the temperatures; empty without calibration
     * @param trained the objective with the parameters of the best evaluation
     */
    protected TaskDescription describe(
            LabelledData data, boolean pairs, double[][] outputs, List<Double> temperatures, Objective trained) {
        Task task = data.task();
        return task.labelType() == Label.Value.class
                ? new RegressionDescription(nameOr(task.name()), pairs)
                : new ClassificationDescription(nameOr(task.name()), task.labels(), pairs, temperatures);
    }

    /** Returns the target of each example, as the objective takes them. */
    protected abstract List<Target> targets(Task task, List<Example> examples);

    /** Returns the objective of the training. */
    protected abstract Objective objective(SequenceHead head, LabelledData data, TrainingConfig config);

    /** Makes the trained model. */
    protected abstract M make(ModelParts parts, Optional<double[][]> evaluated);

    /** Converts an example to the model's input of at most {@code length} tokens, for training or for evaluation. */
    protected Function<Example, ModelInput> encoder(BaseModel model, int length, boolean trains) {
        Tokenizer tokenizer = model.tokenizer();
        return example -> tokenizer.encode(example.first(), example.second(), length);
    }

    private final class Examples implements Lesson<BaseModel, M> {
        private final Task task;
        private final LabelledData data;

        Examples(LabelledData data) {
            task = data.task();
            this.data = data;
        }

        @Override
        public Map<String, List<String>> columns() {
            return data.columns();
        }

        @Override
        public OptionalInt labelled() {
            return OptionalInt.of(data.train().size());
        }

        @Override
        public String describe(int items, BaseModel base) {
            return items + " examples"
                    + (task.labels().isEmpty()
                            ? ""
                            : " of " + task.labels().size()
                                    + (task.labelType() == Label.Several.class ? " labels" : " classes"))
                    + ", evaluated on " + data.evaluation().size();
        }

        @Override
        public int usualLength(BaseModel base) {
            return base.readsImages() ? base.maxLength() : SequenceTraining.usualLength(base, task, data.train());
        }

        @Override
        public TrainingConfig forModel(TrainingConfig usual, BaseModel base) {
            return SequenceTraining.this.usual(usual);
        }

        @Override
        public TrainingConfig bounded(TrainingConfig config, BaseModel base, int length) {
            return base.readsImages() ? config : SequenceTraining.bounded(config, length);
        }

        @Override
        public Parts<BaseModel, M> on(BaseModel base, Setting setting) {
            int length = setting.maxLength();
            SequenceHead head = setting.opened()
                    .add(new SequenceHead(
                            base.weights(), outputs(task), setting.config().seed()));
            Objective objective = objective(head, data, setting.config());
            List<Target> targets = targets(task, data.train());
            TaskEvaluation measured = new TaskEvaluation(
                    task, EncodedExample.encode(data.evaluation(), encoder(base, length, false)), setting.passes());
            return new Parts<>(
                    objective,
                    () -> {
                        List<EncodedExample> examples =
                                EncodedExample.encode(data.train(), encoder(base, length, true));
                        return IntStream.range(0, examples.size())
                                .mapToObj(
                                        i -> new TrainingExample(examples.get(i).tokens(), targets.get(i)))
                                .toList();
                    },
                    measured,
                    trained -> {
                        double[][] outputs = trained.best(measured);
                        Predictions.of(task, data.evaluation(), outputs)
                                .flatMap(Predictions::warning)
                                .ifPresent(LOG::warn);
                        boolean pairs = data.train().get(0).second() != null;
                        List<Double> temperatures = calibrated(data, head, outputs);
                        TaskDescription described =
                                SequenceTraining.this.describe(data, pairs, outputs, temperatures, trained.objective());
                        return make(
                                trained.parts(described, length).with(head).ofPairs(pairs),
                                Optional.of(
                                        temperatures.isEmpty() ? outputs : Calibration.divided(outputs, temperatures)));
                    });
        }
    }
}
