package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.BasePrecision;
import org.lsradapt.transformer.TokenSequence;

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
    private final String name;
    private final EmbeddingSettings settings;
    private final BatchedEncoder encoder;
    private final ParameterSnapshot<MultiAdapterModel> served;

    /** Takes everything over. */
    TextEmbedder(
            BaseHandle<BaseModel> base,
            Optional<AdapterSet> adapters,
            String name,
            EmbeddingSettings settings,
            Optional<TrainingResult> training) {
        super(base, adapters, training);
        model = base.model();
        this.name = name;
        this.settings = settings;
        served = new ParameterSnapshot<>(
                adapters.stream().map(AdapterSet::values).toList(), this::served, MultiAdapterModel::close);
        encoder = new BatchedEncoder(new EmbeddingTokens(base.model().tokenizer(), settings), this::embedBatch);
    }

    /**
     * Begins to set up a training.
     *
     * @param model a name or folder as {@link BaseModel#load} takes it; loaded by {@code train}, closed with the
     *     embedder
     */
    public static EmbedderTraining on(String model) {
        return new EmbedderTraining(BaseHandle.load(model, BasePrecision.STORED));
    }

    /**
     * Begins to set up a training.
     *
     * @param model a base model, which the caller closes after the embedder
     */
    public static EmbedderTraining on(BaseModel model) {
        return new EmbedderTraining(() -> BaseHandle.of(model));
    }

    /**
     * The base model as it is, without adapters, as {@link BaseModel#embeddingSettings} says.
     *
     * @param model a base model, which the caller closes after the embedder
     * @throws IOException if a file that says so is malformed
     */
    public static TextEmbedder of(BaseModel model) throws IOException {
        return of(model, settingsOf(model));
    }

    static EmbeddingSettings settingsOf(BaseModel model) throws IOException {
        EmbeddingSettings known = model.embeddingSettings();
        return known.withMaxLength(Math.min(known.maxLength(), model.maxLength()));
    }

    /**
     * The base model as it is, without adapters.
     *
     * @param model a base model, which the caller closes after the embedder
     * @param settings how embeddings are made
     * @throws IllegalArgumentException if the longest text is longer than the model has positions for
     */
    public static TextEmbedder of(BaseModel model, EmbeddingSettings settings) {
        return new TextEmbedder(
                BaseHandle.of(model), Optional.empty(), "embedding", requireLength(model, settings), Optional.empty());
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
     * As {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote
     * @throws IllegalArgumentException also if it is no embedder
     */
    public static TextEmbedder load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), TextEmbedder.class, folder);
    }

    /** How embeddings are made. */
    public EmbeddingSettings settings() {
        return settings;
    }

    @Override
    public BaseModel base() {
        return model;
    }

    @Override
    public long headParameterCount() {
        return 0;
    }

    /** The embedding of a text to be found or compared, behind the prefix of passages; new. */
    public float[] embed(String text) {
        return embed(List.of(text))[0];
    }

    /** The embedding of a text that others are searched with, behind the prefix of queries; new. */
    public float[] embedQuery(String query) {
        return embedQueries(List.of(query))[0];
    }

    /**
     * {@inheritDoc}
     *
     * <p>They are computed in batches of similar length; a long list may be divided among threads, each calling this
     * with its part.
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
        String adapter = adapters().isPresent() && !isMerged() ? NAME : MultiAdapterModel.BASE;
        List<String> names = Collections.nCopies(batch.size(), adapter);
        return served.use(copies -> copies.embed(batch, names, settings.pooling(), settings.normalized()));
    }

    private MultiAdapterModel served() {
        MultiAdapterModel made = new MultiAdapterModel(base().weights(), Backends.standard());
        made.passes(passes());
        adapters().ifPresent(set -> made.add(NAME, set));
        return made;
    }

    @Override
    public void saveReplacing(Path folder, Precision storage) throws IOException {
        AdapterFolder.save(folder, card(model, name, settings), adaptersToSave("embedder"), storage);
    }

    static AdapterCard card(BaseModel base, String name, EmbeddingSettings settings) {
        return new AdapterCard(
                base.name(),
                base.modelType(),
                base.encoderFingerprint(),
                TaskDescription.embedding(name),
                settings.maxLength(),
                Optional.of(settings),
                base.precision());
    }

    @Override
    void passesChanged() {
        served.close();
    }

    @Override
    void free() {
        served.close();
    }
}
