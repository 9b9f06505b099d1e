package org.lsradapt.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.Set;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.lsradapt.tasks.queries.QueryTraining;

/**
 * Any LangChain4j embedding model with a {@link QueryAdapter} behind it, for a content retriever. The ingestor keeps the
 * model itself, and what it has stored stays as it is.
 *
 * <pre>{@code
 * QueryAdapter adapter = AdaptedQueryModel.training(model).train(pairs);
 * EmbeddingStoreContentRetriever.builder().embeddingModel(AdaptedQueryModel.of(model, adapter))...
 * }</pre>
 *
 * <p>All texts are embedded as the model does it and adapted as queries, except in a request of type
 * {@link EmbeddingInputType#DOCUMENT}, whose vectors stay as they are. Immutable, and safe for use by many threads if the
 * model is.
 */
public final class AdaptedQueryModel implements EmbeddingModel {
    private final EmbeddingModel model;
    private final QueryAdapter adapter;

    private AdaptedQueryModel(EmbeddingModel model, QueryAdapter adapter) {
        this.model = model;
        this.adapter = adapter;
    }

    /** Adapts the vectors of queries of a model, which is kept; refuses vectors of another length than the adapter's. */
    public static AdaptedQueryModel of(EmbeddingModel model, QueryAdapter adapter) {
        return new AdaptedQueryModel(model, adapter);
    }

    /** Begins a training on the vectors of a model that embeds queries and passages alike. */
    public static QueryTraining training(EmbeddingModel model) {
        return training(model, model);
    }

    /** Begins a training on the vectors of a model as it embeds queries, and as it embedded the passages. */
    public static QueryTraining training(EmbeddingModel queries, EmbeddingModel passages) {
        return QueryAdapter.on(new Models(queries, passages)).embedder(name(passages));
    }

    private static String name(EmbeddingModel model) {
        try {
            return model.modelName();
        } catch (RuntimeException | NoSuchMethodError e) {
            return ""; // an older LangChain4j, whose models have no names
        }
    }

    private record Models(EmbeddingModel queries, EmbeddingModel passages) implements TextEncoder {
        @Override
        public float[][] embed(List<String> texts) {
            return vectors(passages, texts);
        }

        @Override
        public float[][] embedQueries(List<String> texts) {
            return vectors(queries, texts);
        }

        private static float[][] vectors(EmbeddingModel model, List<String> texts) {
            List<TextSegment> segments = texts.stream().map(TextSegment::from).toList();
            return model.embedAll(segments).content().stream()
                    .map(Embedding::vector)
                    .toArray(float[][]::new);
        }
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        Response<List<Embedding>> response = model.embedAll(segments);
        return Response.from(
                adapted(response.content()), response.tokenUsage(), response.finishReason(), response.metadata());
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        EmbeddingResponse response = model.embed(request);
        return request.inputType() == EmbeddingInputType.DOCUMENT
                ? response
                : EmbeddingResponse.builder()
                        .embeddings(adapted(response.embeddings()))
                        .metadata(response.metadata())
                        .build();
    }

    private List<Embedding> adapted(List<Embedding> embeddings) {
        return embeddings.stream()
                .map(embedding -> Embedding.from(adapter.apply(embedding.vector())))
                .toList();
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return model.supportedParameters();
    }

    @Override
    public int dimension() {
        return adapter.dimensions();
    }

    /** The wrapped model's name, followed by {@code /adapted-queries}. */
    @Override
    public String modelName() {
        return model.modelName() + "/adapted-queries";
    }
}
