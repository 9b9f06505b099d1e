package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.Example;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model with a head that gives each text, pair of texts or image its outputs. */
public abstract sealed class SequenceModel extends FineTunedModel implements ScoringModel
        permits TextScorer, ImageClassifier, Reranker {
    private static final int BATCH = 32;
    private static final String NAME = "trained";
    /** The head alone, for weights that have the update. */
    private static final String MERGED = "merged";

    private final BaseModel model;
    private final SequenceHead head;
    private final TaskDescription task;
    private final Optional<Boolean> pairs;
    private final int maxLength;
    private final Optional<double[][]> evaluated;
    private final ParameterSnapshot<MultiAdapterModel> scorers;

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
        super(parts.base(), parts.adapters(), parts.training());
        model = parts.base().model();
        head = parts.head();
        task = parts.task();
        pairs = parts.pairs();
        maxLength = parts.maxLength();
        evaluated = parts.evaluated();
        List<INDArray> parameters = new ArrayList<>(List.of(head.values()));
        adapters().ifPresent(set -> parameters.add(set.values()));
        scorers = new ParameterSnapshot<>(parameters, this::scorer, MultiAdapterModel::close);
    }

    @Override
    public TaskDescription task() {
        return task;
    }

    /** The head. */
    public SequenceHead head() {
        return head;
    }

    @Override
    public Optional<Boolean> pairs() {
        return pairs;
    }

    @Override
    public boolean readsImages() {
        return model.readsImages();
    }

    /** Longest input in tokens; longer ones are cut. */
    public int maxLength() {
        return maxLength;
    }

    /**
     * The outputs for the evaluation examples of the training, in their order, of which the metrics of its best evaluation
     * are; empty if this was loaded. Not a copy.
     */
    public Optional<double[][]> evaluated() {
        return evaluated;
    }

    @Override
    public BaseModel base() {
        return model;
    }

    @Override
    public long headParameterCount() {
        return head.values().length();
    }

    /**
     * The head's outputs. Texts are computed in batches of similar length; a long list may be divided among threads, each
     * calling this with its part.
     */
    @Override
    public double[][] outputs(List<Example> examples) {
        return score(examples.stream().map(this::input).toList());
    }

    /** The outputs for what the model reads. */
    double[][] score(List<? extends ModelInput> tokens) {
        return inBatches(
                tokens,
                batch -> whileOpen(() -> scorers.use(scorer -> scorer.predict(batch, isMerged() ? MERGED : NAME))));
    }

    /** The outputs of batches of similar length, in the order of what the model reads. */
    static double[][] inBatches(List<? extends ModelInput> tokens, Function<List<ModelInput>, double[][]> model) {
        List<Integer> order = IntStream.range(0, tokens.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> tokens.get(i).length()))
                .toList();
        double[][] outputs = new double[tokens.size()][];
        for (int from = 0; from < order.size(); from += BATCH) {
            List<Integer> batch = order.subList(from, Math.min(order.size(), from + BATCH));
            order.subList(from + batch.size(), Math.min(order.size(), from + batch.size() + BATCH))
                    .forEach(i -> tokens.get(i).prepare());
            List<ModelInput> inputs =
                    batch.stream().<ModelInput>map(tokens::get).toList();
            double[][] rows = model.apply(inputs);
            for (int i = 0; i < rows.length; i++) {
                outputs[batch.get(i)] = rows[i];
            }
        }
        return outputs;
    }

    /** What the model reads of an example. */
    ModelInput input(Example example) {
        boolean pair = example.second() != null;
        Require.argument(
                pair == pairs.orElse(pair),
                "predict: found %s, expected %s as in training",
                pair ? "a pair of texts" : "a single text",
                pair ? "a single text" : "a pair");
        return base().tokenizer().encode(example.first(), example.second(), maxLength);
    }

    private MultiAdapterModel scorer() {
        MultiAdapterModel made = new MultiAdapterModel(base().weights(), Backends.standard());
        adapters().ifPresentOrElse(set -> made.add(NAME, set, head), () -> made.add(NAME, head));
        made.add(MERGED, head);
        return made;
    }

    @Override
    public void save(Path folder, Precision storage) throws IOException {
        AdapterCard card = card(task, maxLength);
        if (adapters().isPresent()) {
            AdapterFolder.save(folder, card, adapters().get(), head, storage);
        } else {
            AdapterFolder.save(folder, card, head);
        }
    }

    @Override
    void free() {
        scorers.close();
        head.close();
    }
}
