package org.lsradapt.tasks.reranking;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.SavedHead;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.retrieval.Candidates;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.tasks.classification.TextScorer;
import org.lsradapt.tasks.description.RerankingDescription;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Scores how well passages answer a query: a cross-encoder, which reads query and passage together. It is slower and
 * better than the embeddings of a {@link TextEmbedder}, so it reorders the passages that they find.
 *
 * <pre>{@code
 * RankingData data = RankingData.of(Path.of("train.csv")).query("question").passage("passage").label("label").read();
 * try (Reranker reranker = Reranker.on("minilm").adapters(LsrConfig.defaults()).train(data)) {
 *     reranker.save(folder);
 *     List<RankedPassage> best = reranker.rank("When is the office open?", passages, 5);
 * }
 * }</pre>
 *
 * <p>Scores are the model's raw outputs, without bounds; if the loss was
 * {@link org.lsradapt.objectives.heads.RankingLoss#binary}, the logistic function turns them into probabilities. Scoring is
 * safe for use by many threads.
 */
public final class Reranker extends SequenceModel {
    private static final String NAME = "rerank";

    Reranker(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the reranker. */
    public static RerankerTraining on(String model) {
        return new RerankerTraining(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the reranker. */
    public static RerankerTraining on(BaseModel model) {
        return new RerankerTraining(() -> BaseHandle.of(model));
    }

    /**
     * Wraps the base model as it is, with its own head.
     *
     * @param model a trained cross-encoder, which the caller closes after the reranker
     * @throws IllegalArgumentException if the model has no trained head of one output
     * @throws IOException if a file with the maximal length of texts is malformed
     */
    public static Reranker of(BaseModel model) throws IOException {
        return of(BaseHandle.of(model));
    }

    /** Takes ownership of the handle. */
    static Reranker of(BaseHandle<BaseModel> base) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            BaseModel model = opened.add(base).model();
            int length = Math.min(model.embeddingSettings().maxLength(), model.maxLength());
            ModelParts parts = ModelParts.of(base, new RerankingDescription(NAME), length)
                    .with(opened.add(trainedHead(model)))
                    .ofPairs(true);
            return opened.release(new Reranker(parts, Optional.empty()));
        }
    }

    static boolean hasTrainedHead(BaseModel model) {
        return model.head().filter(SavedHead::givesNumber).isPresent();
    }

    /** A copy of a base model's trained head. */
    static SequenceHead trainedHead(BaseModel model) {
        Require.argument(
                hasTrainedHead(model),
                "model %s has no trained head of one output, expected a cross-encoder; train one with finetune --task rerank",
                model.name());
        SequenceHead head = new SequenceHead(model.weights(), 1, 0);
        model.head().orElseThrow().copyTo(head);
        return head;
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder of a cross-encoder: a sequence classifier with a
     *     trained head of one output
     * @throws IllegalArgumentException also if the model is not a reranker
     */
    public static Reranker load(Path folder) throws IOException {
        return SavedModel.isAdapter(folder)
                ? SavedModel.require(FineTunedModel.load(folder), Reranker.class, folder)
                : of(BaseHandle.load(folder.toString(), BasePrecision.STORED).open());
    }

    /** Loads a saved model like {@link #load(Path)}, with the base model's weights in the given precision. */
    public static Reranker load(Path folder, BasePrecision precision) throws IOException {
        return SavedModel.isAdapter(folder)
                ? SavedModel.require(FineTunedModel.load(folder, precision), Reranker.class, folder)
                : of(BaseHandle.load(folder.toString(), precision).open());
    }

    /** Scores how well a passage answers a query, neither of which is blank. */
    public double score(String query, String passage) {
        return score(query, List.of(passage))[0];
    }

    /**
     * Scores how well each passage answers a query, computed in batches of similar length.
     *
     * @param passages any number
     * @return a score per passage, in their order, new
     * @throws IllegalArgumentException if a text is blank
     */
    public double[] score(String query, List<String> passages) {
        return scores(outputs(pairs(query, passages)));
    }

    static List<Example> pairs(String query, List<String> passages) {
        Objects.requireNonNull(query, "rerank: the query is null, expected a text");
        return TextScorer.requireTexts(passages.stream()
                .map(passage -> new Example(
                        query, Objects.requireNonNull(passage, "rerank: a passage is null, expected a text")))
                .toList());
    }

    static double[] scores(double[][] outputs) {
        double[] scores = new double[outputs.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = outputs[i][0];
        }
        return scores;
    }

    /**
     * Finds the passages that answer a query best.
     *
     * @param passages any number, such as those that an embedder found
     * @param k the number of passages to return, at least 1
     * @return the k best passages, or all if there are fewer, best first; passages with equal scores are in the given
     *     order
     * @throws IllegalArgumentException if a text is blank, or k is below 1
     */
    public List<RankedPassage> rank(String query, List<String> passages, int k) {
        return rank(passages, score(query, passages), k);
    }

    static List<RankedPassage> rank(List<String> passages, double[] scores, int k) {
        Require.argument(k >= 1, "rerank: k is %d, expected 1 or more", k);
        return IntStream.range(0, scores.length)
                .mapToObj(i -> new RankedPassage(i, passages.get(i), scores[i]))
                .sorted(Comparator.comparingDouble(passage -> -passage.score()))
                .limit(k)
                .toList();
    }

    /** Measures how well the model orders the candidates of a first stage, by {@link org.lsradapt.retrieval.RankingMetrics#NAMES}. */
    public Map<String, Double> evaluate(Candidates candidates) {
        return measure(candidates).metrics();
    }

    /** Measures like {@link #evaluate}, with values by query. */
    Measurement measure(Candidates candidates) {
        return whileOpen(() -> CandidateEvaluation.of(candidates, base().tokenizer(), maxLength())
                .measure(this::score));
    }
}
