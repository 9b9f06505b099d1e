package org.lsradapt.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsradapt.models.BaseModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.embeddings.TextEncoder;

/**
 * A LangChain4j embedding model that runs an adapted model in this process.
 *
 * <pre>{@code
 * AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(TextEmbedder.load(folder));
 * EmbeddingStoreIngestor.builder().embeddingModel(model.passages())...
 * EmbeddingStoreContentRetriever.builder().embeddingModel(model.queries())...
 * }</pre>
 *
 * <p>Some models have prefixes that tell queries from passages. LangChain4j calls the same methods for both, so there are
 * two views, {@link #queries} and {@link #passages}; an {@link EmbeddingInputType} in a request overrides them. {@code of}
 * returns the view for passages. A text longer than the settings allow is cut, not divided.
 *
 * <p>Immutable, and safe for use by many threads, also while adapters are replaced. Owns nothing: the creator of the
 * embedder closes it.
 */
public final class AdaptedEmbeddingModel implements EmbeddingModel {
    private final BaseModel base;
    private final TextEncoder encoder;
    private final Optional<MultiAdapterEmbedder> embedder;
    private final String modelName;
    private final boolean queries;
    private final OptionalInt dimensions;

    private AdaptedEmbeddingModel(
            BaseModel base,
            TextEncoder encoder,
            Optional<MultiAdapterEmbedder> embedder,
            String modelName,
            boolean queries,
            OptionalInt dimensions) {
        this.base = base;
        this.encoder = encoder;
        this.embedder = embedder;
        this.modelName = modelName;
        this.queries = queries;
        this.dimensions = dimensions;
    }

    /** Uses a trained or loaded embedder, kept; its settings define the prefixes and whether vectors are normalized. */
    public static AdaptedEmbeddingModel of(TextEmbedder embedder) {
        String name = embedder.base().name() + (embedder.adapters().isPresent() ? "/adapted" : "");
        return new AdaptedEmbeddingModel(embedder.base(), embedder, Optional.empty(), name, false, OptionalInt.empty());
    }

    /** Uses the base model of many adapters, kept, without any adapter; see {@link #withAdapter}. */
    public static AdaptedEmbeddingModel of(MultiAdapterEmbedder embedder) {
        return of(embedder, MultiAdapterModel.BASE, false, OptionalInt.empty());
    }

    private static AdaptedEmbeddingModel of(
            MultiAdapterEmbedder embedder, String adapter, boolean queries, OptionalInt dimensions) {
        String base = embedder.base().name();
        return new AdaptedEmbeddingModel(
                embedder.base(),
                embedder.encoder(adapter),
                Optional.of(embedder),
                adapter.equals(MultiAdapterModel.BASE) ? base : base + "/" + adapter,
                queries,
                dimensions);
    }

    /**
     * The same model with another adapter; cheap enough for one per call.
     *
     * @param name an adapter of the {@link MultiAdapterEmbedder}, or {@link MultiAdapterModel#BASE} for none; each call
     *     looks it up and throws {@link IllegalArgumentException} if there is no such adapter then
     * @throws IllegalStateException if this uses a {@link TextEmbedder}, which has only one adapter
     */
    public AdaptedEmbeddingModel withAdapter(String name) {
        MultiAdapterEmbedder many = embedder.orElseThrow(() -> new IllegalStateException("with adapter '" + name
                + "': the model is made of a TextEmbedder, which has one adapter; expected a MultiAdapterEmbedder"));
        return of(many, name, queries, dimensions);
    }

    /** The same model for queries: for a content retriever. */
    public AdaptedEmbeddingModel queries() {
        return new AdaptedEmbeddingModel(base, encoder, embedder, modelName, true, dimensions);
    }

    /** The same model for passages: for an ingestor. */
    public AdaptedEmbeddingModel passages() {
        return new AdaptedEmbeddingModel(base, encoder, embedder, modelName, false, dimensions);
    }

    /**
     * The same model with vectors cut to their first {@code length} numbers and divided by their Euclidean norms; see
     * {@link TextEncoder#truncated}.
     *
     * @param length the number of dimensions
     * @throws IllegalArgumentException if it is not positive, or more than the model's embeddings have
     */
    public AdaptedEmbeddingModel truncated(int length) {
        int width = base.model().width();
        if (length < 1 || length > width) {
            throw new IllegalArgumentException("dimensions: found " + length + ", expected 1 to " + width);
        }
        return new AdaptedEmbeddingModel(base, encoder, embedder, modelName, queries, OptionalInt.of(length));
    }

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        return Response.from(embeddings(segments.stream().map(TextSegment::text).toList(), queries));
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        boolean asQueries = request.inputType() == null ? queries : request.inputType() == EmbeddingInputType.QUERY;
        List<String> texts = request.inputs().stream().map(EmbeddingInput::text).toList();
        return EmbeddingResponse.builder()
                .embeddings(embeddings(texts, asQueries))
                .modelName(modelName())
                .build();
    }

    private List<Embedding> embeddings(List<String> texts, boolean asQueries) {
        TextEncoder used = dimensions.isPresent() ? encoder.truncated(dimensions.getAsInt()) : encoder;
        float[][] vectors = asQueries ? used.embedQueries(texts) : used.embed(texts);
        return Arrays.stream(vectors).map(Embedding::from).toList();
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.INPUT_TYPE);
    }

    @Override
    public int dimension() {
        return dimensions.orElseGet(() -> base.model().width());
    }

    /** The base model's name; with an adapter, followed by a slash and the adapter's name or "adapted". */
    @Override
    public String modelName() {
        return modelName;
    }
}
