package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.HeadSource;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.ParameterSnapshot;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Makes embeddings of texts, for search and retrieval.
 *
 * <pre>{@code
 * try (TextEmbedder embedder = TextEmbedder.on("minilm").adapters(LsrConfig.defaults()).train(pairs, evaluation)) {
 *     embedder.save(folder);
 *     float[] question = embedder.embedQuery("When is the office open?");
 *     float[][] passages = embedder.embed(texts);
 * }
 * }</pre>
 *
 * <p>Embeddings are safe for use by many threads.
 */
public final class TextEmbedder extends FineTunedModel implements TextEncoder {
    private static final String NAME = "trained";

    private final BaseModel model;
    private final EmbeddingSettings settings;
    private final BatchedEncoder encoder;
    private final ParameterSnapshot<MultiAdapterModel> served;
    /** Present if a model with many adapters computes the embeddings. */
    private final Optional<HeadSource.Served> server;

    TextEmbedder(ModelParts parts) {
        super(parts);
        server = parts.head().flatMap(HeadSource::served);
        model = parts.base(BaseModel.class);
        settings = parts.embedding().orElseThrow();
        served = new ParameterSnapshot<>(
                this::isLent,
                parts.adapters().stream().map(AdapterSet::values).toList(),
                this::served,
                MultiAdapterModel::close);
        encoder = new BatchedEncoder(new EmbeddingTokens(model.tokenizer(), settings), this::embedBatch);
    }

    /** Begins a training on a model that {@link BaseModel#load} finds, opened by {@code train}, closed with the embedder. */
    public static EmbedderTraining on(String model) {
        return new EmbedderTraining(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the embedder. */
    public static EmbedderTraining on(BaseModel model) {
        return new EmbedderTraining(() -> BaseHandle.of(model));
    }

    /**
     * Wraps the base model as it is, without adapters, with its {@link BaseModel#embeddingSettings}.
     *
     * @param model a base model, which the caller closes after the embedder
     * @throws IOException if a file with these settings is malformed
     */
    public static TextEmbedder of(BaseModel model) throws IOException {
        return of(model, settingsOf(model));
    }

    static EmbeddingSettings settingsOf(BaseModel model) throws IOException {
        EmbeddingSettings known = model.embeddingSettings();
        return known.withMaxLength(Math.min(known.maxLength(), model.maxLength()));
    }

    /**
     * Wraps the base model as it is, without adapters.
     *
     * @param model a base model, which the caller closes after the embedder
     * @param settings how embeddings are made
     * @throws IllegalArgumentException if the longest text is longer than the model has positions for
     */
    public static TextEmbedder of(BaseModel model, EmbeddingSettings settings) {
        EmbeddingDescription task = new EmbeddingDescription("embedding");
        int length = requireLength(model, settings).maxLength();
        return new TextEmbedder(
                ModelParts.of(BaseHandle.of(model), task, length).with(settings));
    }

    static EmbeddingSettings requireLength(BaseModel model, EmbeddingSettings settings) {
        Require.argument(
                settings.maxLength() <= model.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                settings.maxLength(),
                model.name(),
                model.maxLength());
        return settings;
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote
     * @throws IllegalArgumentException also if the model is not an embedder
     */
    public static TextEmbedder load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextEmbedder.class, folder);
    }

    /** The settings of the embeddings. */
    public EmbeddingSettings settings() {
        return settings;
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        throw request.refused("makes embeddings", "see embed");
    }

    @Override
    public BaseModel base() {
        return model;
    }

    /** Embeds a text to be found or compared, with the prefix of passages; returns a new array. */
    public float[] embed(String text) {
        return embed(List.of(text))[0];
    }

    /** Embeds a text to search with, with the prefix of queries; returns a new array. */
    public float[] embedQuery(String query) {
        return embedQueries(List.of(query))[0];
    }

    /**
     * {@inheritDoc}
     *
     * <p>Embeddings are computed in batches of similar length. A long list may be divided among threads, each of which
     * passes its part.
     */
    @Override
    public float[][] embed(List<String> texts) {
        return whileOpen(() -> encoder.embed(texts));
    }

    @Override
    public float[][] embedQueries(List<String> queries) {
        return whileOpen(() -> encoder.embedQueries(queries));
    }

    private float[][] embedBatch(List<TokenSequence> batch) {
        if (server.isPresent()) {
            return embedBatch(batch, server.get().model(), server.get().name());
        }
        String adapter = ownAdapters().isPresent() && !isMerged() ? NAME : MultiAdapterModel.BASE;
        return served.use(copies -> embedBatch(batch, copies, adapter));
    }

    private float[][] embedBatch(List<TokenSequence> batch, MultiAdapterModel in, String adapter) {
        List<String> names = Collections.nCopies(batch.size(), adapter);
        return in.embed(batch, names, settings.pooling(), settings.normalized());
    }

    private MultiAdapterModel served() {
        MultiAdapterModel made = new MultiAdapterModel(base().weights(), Backends.standard());
        made.passes(passes());
        ownAdapters().ifPresent(set -> made.add(NAME, set));
        return made;
    }

    @Override
    protected void saveParameters(Path folder, Precision storage) throws IOException {
        AdapterFolder.save(folder, card(), adaptersToSave("embedder"), storage);
    }

    @Override
    protected void passesChanged() {
        served.close();
    }

    @Override
    protected void free() {
        served.close();
    }
}
