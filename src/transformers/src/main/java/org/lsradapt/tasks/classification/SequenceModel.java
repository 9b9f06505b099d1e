package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.HeadSource;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.LoadedParts;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.inputs.ModelInput;

/** A model with a head that gives each text, pair of texts or image its outputs. */
public abstract class SequenceModel extends HeadedModel implements ScoringModel {
    private final Optional<Boolean> pairs;
    private final Optional<double[][]> evaluated;
    private volatile boolean undoes;
    private volatile boolean answersAll;

    /**
     * The parts of a model.
     *
     * @param adapters the adapters, if any were trained
     * @param task what its outputs mean
     * @param pairs whether inputs are pairs; empty if unknown, and the model takes either
     * @param maxLength longest input in tokens
     * @param training the result of the training; empty if the model was loaded
     * @param evaluated the outputs of its best evaluation; empty if the model was loaded
     */
    public record Parts(
            BaseHandle<BaseModel> base,
            Optional<AdapterSet> adapters,
            HeadSource head,
            TaskDescription task,
            Optional<Boolean> pairs,
            int maxLength,
            Optional<TrainingResult> training,
            Optional<double[][]> evaluated) {

        /** Returns loaded parts. */
        public static Parts of(LoadedParts loaded) {
            return new Parts(
                    loaded.base(BaseModel.class),
                    loaded.adapters(),
                    loaded.head().orElseThrow(),
                    loaded.task(),
                    loaded.pairs(),
                    loaded.maxLength(),
                    Optional.empty(),
                    Optional.empty());
        }

        /** Returns the parts of a model of texts; refuses a base model that reads images. */
        public static Parts ofTexts(LoadedParts loaded) {
            loaded.ofTexts();
            return of(loaded);
        }
    }

    /** Takes ownership of the arguments. */
    public SequenceModel(Parts parts) {
        super(parts.base(), parts.adapters(), parts.head(), parts.task(), parts.maxLength(), parts.training());
        pairs = parts.pairs();
        evaluated = parts.evaluated();
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        return OutputPredictor.ofScores(
                request,
                this,
                ClassificationTask.TYPE,
                file -> ClassificationTask.file(file, task().labels(), request.given()));
    }

    @Override
    public TaskDescription task() {
        return super.task();
    }

    @Override
    public Optional<Boolean> pairs() {
        return pairs;
    }

    @Override
    public boolean readsImages() {
        return base().readsImages();
    }

    @Override
    public final void uncalibrated() {
        if (task().temperatures().isEmpty()) {
            super.uncalibrated();
        }
        Require.argument(
                leastProbability().isEmpty(),
                "uncalibrated: the model abstains below a calibrated probability, expected a model that answers all inputs"
                        + " (answersAll, --no-abstain)");
        undoes = true;
    }

    @Override
    public final void answersAll() {
        if (task().leastProbability().isEmpty()) {
            super.answersAll();
        }
        answersAll = true;
    }

    /** Returns the least probability of a class that is answered; empty if all inputs are answered. */
    public final OptionalDouble leastProbability() {
        return answersAll ? OptionalDouble.empty() : task().leastProbability();
    }

    /** Undoes the calibration, if there is any, if another model does. */
    final void calibratedLike(SequenceModel other) {
        undoes = other.undoes && !task().temperatures().isEmpty();
    }

    /** Whether outputs are divided by the temperatures, if the task has any. */
    protected final boolean isCalibrated() {
        return !undoes;
    }

    /** Longest input in tokens; longer ones are cut. */
    @Override
    public int maxLength() {
        return super.maxLength();
    }

    /**
     * The outputs of the training's best evaluation for its evaluation examples, in their order; empty if this model
     * was loaded. Not a copy.
     */
    public Optional<double[][]> evaluated() {
        return evaluated;
    }

    /**
     * The head's outputs, computed in batches of similar length. A long list of texts may be divided among threads,
     * each of which passes its part.
     */
    @Override
    public double[][] outputs(List<Example> examples) {
        double[][] outputs = whileOpen(() -> score(Parallel.map(examples, this::input)));
        return undoes ? Calibration.undone(outputs, task().temperatures()) : outputs;
    }

    /** Returns an example as the model's input. */
    protected ModelInput input(Example example) {
        boolean pair = example.second() != null;
        Require.argument(
                pair == pairs.orElse(pair),
                "predict: found %s, expected %s as in training",
                pair ? "a pair of texts" : "a single text",
                pair ? "a single text" : "a pair");
        return base().tokenizer().encode(example.first(), example.second(), maxLength());
    }
}
