package org.lsradapt.springai;

import java.util.List;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.lsradapt.tasks.queries.QueryTraining;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/**
 * Any Spring AI embedding model with a {@link QueryAdapter} behind it, for a vector store whose vectors stay as they are.
 *
 * <pre>{@code
 * QueryAdapter adapter = AdaptedQueryModel.training(model).train(pairs);
 * VectorStore store = SimpleVectorStore.builder(AdaptedQueryModel.of(model, adapter)).build();
 * }</pre>
 *
 * <p>The vector of a {@link Document} stays as the model makes it; that of a plain text, also in a request, is adapted.
 * Spring AI's vector stores call the model this way when they add documents and when they search. {@link
 * AdaptedEmbeddingModel#withQueryAdapter} does the same for models of this library. Immutable, and safe for use by many
 * threads if the model is.
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
        return QueryAdapter.on(
                texts -> texts.isEmpty() ? new float[0][] : model.embed(texts).toArray(float[][]::new));
    }

    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        EmbeddingResponse response = model.call(request);
        List<Embedding> adapted = response.getResults().stream()
                .map(one -> new Embedding(adapter.apply(one.getOutput()), one.getIndex(), one.getMetadata()))
                .toList();
        return new EmbeddingResponse(adapted, response.getMetadata());
    }

    @Override
    public float[] embed(String text) {
        return adapter.apply(model.embed(text));
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return model.embed(texts).stream().map(adapter::apply).toList();
    }

    @Override
    public float[] embed(Document document) {
        return model.embed(document);
    }

    @Override
    public List<float[]> embed(List<Document> documents, EmbeddingOptions options, BatchingStrategy batching) {
        return model.embed(documents, options, batching);
    }

    @Override
    public String getEmbeddingContent(Document document) {
        return model.getEmbeddingContent(document);
    }

    @Override
    public int dimensions() {
        return adapter.dimensions();
    }
}
