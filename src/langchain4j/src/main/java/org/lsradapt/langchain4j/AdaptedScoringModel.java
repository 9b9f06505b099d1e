package org.lsradapt.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.reranking.MultiAdapterReranker;
import org.lsradapt.tasks.reranking.Reranker;

/**
 * A LangChain4j scoring model that runs an adapted reranker in this process.
 *
 * <pre>{@code
 * ScoringModel model = AdaptedScoringModel.of(Reranker.load(folder));
 * ContentAggregator aggregator = ReRankingContentAggregator.builder().scoringModel(model).maxResults(5).build();
 * }</pre>
 *
 * <p>Scores are the model's unbounded outputs, and {@code minScore} is on the same scale. A pair that is longer than in
 * training is cut.
 *
 * <p>Immutable, and safe for use by many threads, also while adapters are replaced. Owns nothing: the creator of the
 * reranker closes it.
 */
public final class AdaptedScoringModel implements ScoringModel {
    private final BiFunction<String, List<String>, double[]> scorer;
    private final Optional<MultiAdapterReranker> many;

    private AdaptedScoringModel(
            BiFunction<String, List<String>, double[]> scorer, Optional<MultiAdapterReranker> many) {
        this.scorer = scorer;
        this.many = many;
    }

    /** Uses a trained or loaded reranker, kept. */
    public static AdaptedScoringModel of(Reranker reranker) {
        return new AdaptedScoringModel(reranker::score, Optional.empty());
    }

    /** Uses the base model of many adapters with its own head, kept; see {@link #withAdapter}. */
    public static AdaptedScoringModel of(MultiAdapterReranker rerankers) {
        return of(rerankers, MultiAdapterModel.BASE);
    }

    private static AdaptedScoringModel of(MultiAdapterReranker rerankers, String adapter) {
        return new AdaptedScoringModel(
                (query, passages) -> rerankers.score(adapter, query, passages), Optional.of(rerankers));
    }

    /**
     * The same model with another adapter; cheap enough for one per call.
     *
     * @param name an adapter of the {@link MultiAdapterReranker}, or {@link MultiAdapterModel#BASE} for the base model's own
     *     head; each call looks it up and throws {@link IllegalArgumentException} if there is no such adapter then
     * @throws IllegalStateException if this uses a {@link Reranker}, which has only one adapter
     */
    public AdaptedScoringModel withAdapter(String name) {
        MultiAdapterReranker rerankers = many.orElseThrow(() -> new IllegalStateException("with adapter '" + name
                + "': the model is made of a Reranker, which has one adapter; expected a MultiAdapterReranker"));
        return of(rerankers, name);
    }

    @Override
    public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
        double[] scores =
                scorer.apply(query, segments.stream().map(TextSegment::text).toList());
        return Response.from(Arrays.stream(scores).boxed().toList());
    }
}
