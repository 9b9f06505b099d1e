package org.lsradapt.springai;

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
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;

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

    private final BaseModel base;
    private final EmbeddingSettings settings;
    private final TextEncoder encoder;
    private final Optional<MultiAdapterEmbedder> embedder;
    private final String modelName;
    private final Use use;
    private final OptionalInt dimensions;

    private AdaptedEmbeddingModel(
            BaseModel base,
            EmbeddingSettings settings,
            TextEncoder encoder,
            Optional<MultiAdapterEmbedder> embedder,
            String modelName,
            Use use,
            OptionalInt dimensions) {
        this.base = base;
        this.settings = settings;
        this.encoder = encoder;
        this.embedder = embedder;
        this.modelName = modelName;
        this.use = use;
        this.dimensions = dimensions;
    }

    /**
     * Uses a trained or loaded embedder.
     *
     * @param embedder kept; its settings define the prefixes and whether vectors are normalized
     */
    public static AdaptedEmbeddingModel of(TextEmbedder embedder) {
        String name = embedder.base().name() + (embedder.adapters().isPresent() ? "/adapted" : "");
        return new AdaptedEmbeddingModel(
                embedder.base(),
                embedder.settings(),
                embedder,
                Optional.empty(),
                name,
                Use.BY_TYPE,
                OptionalInt.empty());
    }

    /**
     * Uses the base model of many adapters, without any adapter; see {@link #withAdapter}.
     *
     * @param embedder kept
     */
    public static AdaptedEmbeddingModel of(MultiAdapterEmbedder embedder) {
        return of(embedder, MultiAdapterModel.BASE, Use.BY_TYPE, OptionalInt.empty());
    }

    private static AdaptedEmbeddingModel of(
            MultiAdapterEmbedder embedder, String adapter, Use use, OptionalInt dimensions) {
        String base = embedder.base().name();
        return new AdaptedEmbeddingModel(
                embedder.base(),
                embedder.settings(),
                embedder.encoder(adapter),
                Optional.of(embedder),
                adapter.equals(MultiAdapterModel.BASE) ? base : base + "/" + adapter,
                use,
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
        return of(many, name, use, dimensions);
    }

    /** The same model with every text as a query, including documents. */
    public AdaptedEmbeddingModel queries() {
        return with(Use.QUERIES);
    }

    /** The same model with every text as a passage, including plain texts. */
    public AdaptedEmbeddingModel passages() {
        return with(Use.PASSAGES);
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
        return new AdaptedEmbeddingModel(base, settings, encoder, embedder, modelName, use, OptionalInt.of(length));
    }

    private TextEncoder used() {
        return dimensions.isPresent() ? encoder.truncated(dimensions.getAsInt()) : encoder;
    }

    private AdaptedEmbeddingModel with(Use other) {
        return new AdaptedEmbeddingModel(base, settings, encoder, embedder, modelName, other, dimensions);
    }

    /**
     * Embeds texts; the response has the model's name and the texts' number of tokens, including prefixes.
     *
     * @throws IllegalArgumentException if the options ask for another model or number of dimensions
     */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        requireOptions(request.getOptions());
        List<String> texts = request.getInstructions();
        float[][] vectors = textVectors(texts);
        List<Embedding> embeddings = IntStream.range(0, vectors.length)
                .mapToObj(i -> new Embedding(vectors[i], i))
                .toList();
        return new EmbeddingResponse(
                embeddings, new EmbeddingResponseMetadata(modelName, new DefaultUsage(tokens(texts), 0)));
    }

    @Override
    public float[] embed(String text) {
        return textVectors(List.of(text))[0];
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return Arrays.asList(textVectors(texts));
    }

    @Override
    public float[] embed(Document document) {
        return documentVectors(List.of(document))[0];
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
        return Arrays.asList(documentVectors(documents));
    }

    @Override
    public String getEmbeddingContent(Document document) {
        return DocumentTexts.required(document);
    }

    @Override
    public int dimensions() {
        return dimensions.orElseGet(() -> base.model().width());
    }

    /** The base model's name; with an adapter, followed by a slash and the adapter's name or "adapted". */
    public String modelName() {
        return modelName;
    }

    private boolean asQueries() {
        return use != Use.PASSAGES;
    }

    private float[][] textVectors(List<String> texts) {
        return asQueries() ? used().embedQueries(texts) : used().embed(texts);
    }

    private float[][] documentVectors(List<Document> documents) {
        List<String> texts = documents.stream().map(this::getEmbeddingContent).toList();
        return use == Use.QUERIES ? used().embedQueries(texts) : used().embed(texts);
    }

    private int tokens(List<String> texts) {
        String prefix = asQueries() ? settings.queryPrefix() : settings.passagePrefix();
        return texts.stream()
                .mapToInt(text -> base.tokenizer()
                        .encode(prefix + text, null, settings.maxLength())
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
                    + modelName + " has " + dimensions());
        }
        if (options.getModel() != null && !options.getModel().equals(modelName)) {
            throw new IllegalArgumentException("options: model is '" + options.getModel() + "', expected '" + modelName
                    + "' or none; withAdapter gives a model with another adapter");
        }
    }
}
