package org.lsradapt.springai;

import io.micrometer.observation.ObservationRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.embeddings.MultiAdapterEmbedder;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.lsradapt.tasks.queries.QueryAdapter;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.DefaultEmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationDocumentation;

/**
 * A Spring AI embedding model that runs an adapted model in this process.
 *
 * <pre>{@code
 * AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(TextEmbedder.load(folder));
 * VectorStore store = SimpleVectorStore.builder(model).build();
 * }</pre>
 *
 * <p>Some models have prefixes that tell queries from passages. A {@link Document} is a passage; a plain text is a query,
 * also in a request. Spring AI's vector stores call the model this way when they add documents and when they search.
 * {@link #queries} and {@link #passages} treat everything as the one or the other. A text longer than the settings allow is
 * cut, not divided. Only a document's text is embedded, without metadata.
 *
 * <p>Immutable, and safe for use by many threads, also while adapters are replaced. Owns nothing: the creator of the
 * embedder closes it.
 */
public final class AdaptedEmbeddingModel implements EmbeddingModel {

    private enum Use {
        BY_TYPE,
        QUERIES,
        PASSAGES
    }

    /** The provider's name in observations. */
    static final String PROVIDER = "lsradapt";

    private static final EmbeddingModelObservationConvention CONVENTION =
            new DefaultEmbeddingModelObservationConvention();

    private final Served served;
    private final Use use;
    private final OptionalInt dimensions;
    private final Optional<QueryAdapter> queryAdapter;
    private final Observing observing;

    private AdaptedEmbeddingModel(
            Served served, Use use, OptionalInt dimensions, Optional<QueryAdapter> queryAdapter, Observing observing) {
        this.served = served;
        this.use = use;
        this.dimensions = dimensions;
        this.queryAdapter = queryAdapter;
        this.observing = observing;
    }

    private AdaptedEmbeddingModel(Served served) {
        this(
                served,
                Use.BY_TYPE,
                OptionalInt.empty(),
                Optional.empty(),
                new Observing(ObservationRegistry.NOOP, CONVENTION));
    }

    /** Embeds texts with one adapter or none. */
    private record Served(
            BaseModel base,
            EmbeddingSettings settings,
            TextEncoder encoder,
            Optional<MultiAdapterEmbedder> embedder,
            String modelName) {

        static Served of(MultiAdapterEmbedder embedder, String adapter) {
            String base = embedder.base().name();
            return new Served(
                    embedder.base(),
                    embedder.settings(),
                    embedder.encoder(adapter),
                    Optional.of(embedder),
                    adapter.equals(MultiAdapterModel.BASE) ? base : base + "/" + adapter);
        }
    }

    private record Observing(ObservationRegistry registry, EmbeddingModelObservationConvention convention) {}

    /** Uses a trained or loaded embedder, kept; its settings define the prefixes and whether vectors are normalized. */
    public static AdaptedEmbeddingModel of(TextEmbedder embedder) {
        String name = embedder.base().name() + (embedder.adapters().isPresent() ? "/adapted" : "");
        return new AdaptedEmbeddingModel(
                new Served(embedder.base(), embedder.settings(), embedder, Optional.empty(), name));
    }

    /** Uses the base model of many adapters, kept, without any adapter; see {@link #withAdapter}. */
    public static AdaptedEmbeddingModel of(MultiAdapterEmbedder embedder) {
        return new AdaptedEmbeddingModel(Served.of(embedder, MultiAdapterModel.BASE));
    }

    /**
     * Returns a copy with another adapter; cheap enough for one per call.
     *
     * @param name an adapter of the {@link MultiAdapterEmbedder}, or {@link MultiAdapterModel#BASE} for none; each call
     *     looks it up and throws {@link IllegalArgumentException} if there is no such adapter then
     * @throws IllegalStateException if this uses a {@link TextEmbedder}, which has only one adapter
     */
    public AdaptedEmbeddingModel withAdapter(String name) {
        MultiAdapterEmbedder many = served.embedder.orElseThrow(() -> new IllegalStateException("with adapter '" + name
                + "': the model is made of a TextEmbedder, which has one adapter; expected a MultiAdapterEmbedder"));
        return new AdaptedEmbeddingModel(Served.of(many, name), use, dimensions, queryAdapter, observing);
    }

    /** Returns a copy that takes every text as a query, including documents. */
    public AdaptedEmbeddingModel queries() {
        return with(Use.QUERIES);
    }

    /** Returns a copy that takes every text as a passage, including plain texts. */
    public AdaptedEmbeddingModel passages() {
        return with(Use.PASSAGES);
    }

    /**
     * Returns a copy with vectors cut to their first {@code length} numbers and divided by their Euclidean norms; see
     * {@link TextEncoder#truncated}.
     *
     * @param length the number of dimensions
     * @throws IllegalArgumentException if it is not positive, or more than the model's embeddings have
     */
    public AdaptedEmbeddingModel truncated(int length) {
        int width = served.base.model().width();
        if (length < 1 || length > width) {
            throw new IllegalArgumentException("dimensions: found " + length + ", expected 1 to " + width);
        }
        return new AdaptedEmbeddingModel(served, use, OptionalInt.of(length), queryAdapter, observing);
    }

    /**
     * Returns a copy whose vectors of queries an adapter changes; those of passages stay as they are.
     *
     * @param adapter an adapter that was trained on this model's vectors, at their present length
     * @throws IllegalArgumentException if it is for vectors of another length
     */
    public AdaptedEmbeddingModel withQueryAdapter(QueryAdapter adapter) {
        if (adapter.dimensions() != dimensions()) {
            throw new IllegalArgumentException("query adapter: is for vectors of " + adapter.dimensions()
                    + " numbers, the model makes " + dimensions());
        }
        return new AdaptedEmbeddingModel(served, use, dimensions, Optional.of(adapter), observing);
    }

    /** Returns a copy that reports its embeddings to a registry, with Spring AI's names and values. */
    public AdaptedEmbeddingModel observed(ObservationRegistry registry) {
        return observed(registry, CONVENTION);
    }

    /** Returns a copy that reports its embeddings to a registry, with a convention's names and values. */
    public AdaptedEmbeddingModel observed(
            ObservationRegistry registry, EmbeddingModelObservationConvention convention) {
        return new AdaptedEmbeddingModel(served, use, dimensions, queryAdapter, new Observing(registry, convention));
    }

    private TextEncoder used() {
        TextEncoder cut = dimensions.isPresent() ? served.encoder.truncated(dimensions.getAsInt()) : served.encoder;
        return queryAdapter.map(adapter -> adapter.wrap(cut)).orElse(cut);
    }

    private AdaptedEmbeddingModel with(Use other) {
        return new AdaptedEmbeddingModel(served, other, dimensions, queryAdapter, observing);
    }

    /**
     * Embeds texts; the response has the model's name and the texts' number of tokens, including prefixes.
     *
     * @throws IllegalArgumentException if the options ask for another model or number of dimensions
     */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        requireOptions(request.getOptions());
        return observed(request.getInstructions(), asQueries());
    }

    private EmbeddingResponse observed(List<String> texts, boolean queries) {
        EmbeddingOptions options = EmbeddingOptions.builder()
                .model(modelName())
                .dimensions(dimensions())
                .build();
        EmbeddingModelObservationContext context = EmbeddingModelObservationContext.builder()
                .embeddingRequest(new EmbeddingRequest(texts, options))
                .provider(PROVIDER)
                .build();
        return EmbeddingModelObservationDocumentation.EMBEDDING_MODEL_OPERATION
                .observation(observing.convention, CONVENTION, () -> context, observing.registry)
                .observe(() -> {
                    EmbeddingResponse response = response(texts, queries);
                    context.setResponse(response);
                    return response;
                });
    }

    private EmbeddingResponse response(List<String> texts, boolean queries) {
        float[][] vectors = computed(texts, queries);
        List<Embedding> embeddings = IntStream.range(0, vectors.length)
                .mapToObj(i -> new Embedding(vectors[i], i))
                .toList();
        return new EmbeddingResponse(
                embeddings, new EmbeddingResponseMetadata(modelName(), new DefaultUsage(tokens(texts, queries), 0)));
    }

    @Override
    public float[] embed(String text) {
        return vectors(List.of(text), asQueries()).get(0);
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return vectors(texts, asQueries());
    }

    @Override
    public float[] embed(Document document) {
        return documentVectors(List.of(document)).get(0);
    }

    /**
     * Embeds documents.
     *
     * @param batching ignored: {@link TextEncoder} makes batches of texts of similar length
     * @throws IllegalArgumentException if the options ask for another model or number of dimensions, or a document has
     *     no text
     */
    @Override
    public List<float[]> embed(List<Document> documents, EmbeddingOptions options, BatchingStrategy batching) {
        requireOptions(options);
        return documentVectors(documents);
    }

    @Override
    public String getEmbeddingContent(Document document) {
        return DocumentTexts.required(document);
    }

    @Override
    public int dimensions() {
        return dimensions.orElseGet(() -> served.base.model().width());
    }

    /** Returns the base model's name; with an adapter, followed by a slash and the adapter's name or "adapted". */
    public String modelName() {
        return served.modelName;
    }

    private boolean asQueries() {
        return use != Use.PASSAGES;
    }

    /** Without observations, tokens are not counted. */
    private List<float[]> vectors(List<String> texts, boolean queries) {
        if (observing.registry.isNoop()) {
            return Arrays.asList(computed(texts, queries));
        }
        return observed(texts, queries).getResults().stream()
                .map(Embedding::getOutput)
                .toList();
    }

    private List<float[]> documentVectors(List<Document> documents) {
        return vectors(documents.stream().map(this::getEmbeddingContent).toList(), use == Use.QUERIES);
    }

    private float[][] computed(List<String> texts, boolean queries) {
        return queries ? used().embedQueries(texts) : used().embed(texts);
    }

    private int tokens(List<String> texts, boolean queries) {
        String prefix = queries ? served.settings.queryPrefix() : served.settings.passagePrefix();
        return texts.stream()
                .mapToInt(text -> served.base
                        .tokenizer()
                        .encode(prefix + text, null, served.settings.maxLength())
                        .length())
                .sum();
    }

    /** Rejects other models and dimensions; stores and advisors pass options without values. */
    private void requireOptions(EmbeddingOptions options) {
        if (options == null) {
            return;
        }
        if (options.getDimensions() != null && options.getDimensions() != dimensions()) {
            throw new IllegalArgumentException("options: dimensions is " + options.getDimensions() + ", model "
                    + modelName() + " has " + dimensions());
        }
        if (options.getModel() != null && !options.getModel().equals(modelName())) {
            throw new IllegalArgumentException("options: model is '" + options.getModel() + "', expected '"
                    + modelName() + "' or none; withAdapter gives a model with another adapter");
        }
    }
}
