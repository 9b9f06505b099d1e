package org.lsradapt.tasks.classification;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.inputs.ModelInput;

/** A model with a head that gives each text, pair of texts or image its outputs. */
public abstract class SequenceModel extends HeadedModel implements ScoringModel {
    private final Optional<Boolean> pairs;
    private final Optional<double[][]> evaluated;
    private volatile boolean undoes;
    private volatile boolean answersAll;

    /**
     * Takes ownership of the parts, which have a head.
     *
     * @param evaluated the outputs of the training's best evaluation; empty if the model was loaded
     */
    public SequenceModel(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts);
        pairs = parts.pairs();
        this.evaluated = evaluated;
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
