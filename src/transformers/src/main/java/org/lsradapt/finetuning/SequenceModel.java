package org.lsradapt.finetuning;

import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.tasks.Example;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.ModelInput;

/** A model with a head that gives each text, pair of texts or image its outputs. */
public abstract sealed class SequenceModel extends HeadedModel implements ScoringModel
        permits TextScorer, ImageClassifier, Reranker {
    private final Optional<Boolean> pairs;
    private final Optional<double[][]> evaluated;

    /**
     * The parts of one.
     *
     * @param base the base model
     * @param adapters the adapters, if any were trained
     * @param head the head
     * @param task what its outputs mean
     * @param pairs whether inputs are pairs; empty if that is not known, and either is taken
     * @param maxLength longest input in tokens
     * @param training how the training went, if this is fresh from it
     * @param evaluated the outputs of its best evaluation, then
     */
    record Parts(
            BaseHandle<BaseModel> base,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            TaskDescription task,
            Optional<Boolean> pairs,
            int maxLength,
            Optional<TrainingResult> training,
            Optional<double[][]> evaluated) {}

    /** Takes everything over. */
    SequenceModel(Parts parts) {
        super(parts.base(), parts.adapters(), parts.head(), parts.task(), parts.maxLength(), parts.training());
        pairs = parts.pairs();
        evaluated = parts.evaluated();
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

    /** Longest input in tokens; longer ones are cut. */
    @Override
    public int maxLength() {
        return super.maxLength();
    }

    /**
     * The outputs for the evaluation examples of the training, in their order, of which the metrics of its best evaluation
     * are; empty if this was loaded. Not a copy.
     */
    public Optional<double[][]> evaluated() {
        return evaluated;
    }

    /**
     * The head's outputs. Texts are computed in batches of similar length; a long list may be divided among threads, each
     * calling this with its part.
     */
    @Override
    public double[][] outputs(List<Example> examples) {
        return whileOpen(() -> score(Parallel.map(examples, this::input)));
    }

    /** The model's input for an example. */
    ModelInput input(Example example) {
        boolean pair = example.second() != null;
        Require.argument(
                pair == pairs.orElse(pair),
                "predict: found %s, expected %s as in training",
                pair ? "a pair of texts" : "a single text",
                pair ? "a single text" : "a pair");
        return base().tokenizer().encode(example.first(), example.second(), maxLength());
    }
}
