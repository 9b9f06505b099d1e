package org.lsradapt.tasks.embeddings;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.serving.AdapterSource;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.serving.MultiAdapterTask;
import org.lsradapt.serving.ServedSource;

/**
 * One base model in memory and any number of adapters for it, by name: embeddings for many customers or domains.
 *
 * <pre>{@code
 * try (BaseModel base = BaseModel.load("minilm");
 *         MultiAdapterEmbedder tenants = MultiAdapterEmbedder.of(base)) {
 *     tenants.add("acme", folder);
 *     float[][] passages = tenants.encoder("acme").embed(texts);
 * }
 * }</pre>
 *
 * <p>All adapters embed with the same settings. Safe for use by many threads, also while other threads add, replace and
 * remove adapters; each batch of 32 texts uses an adapter as it was before or after such a change.
 */
public final class MultiAdapterEmbedder extends MultiAdapterTask {
    private final EmbeddingSettings settings;
    private final EmbeddingTokens tokens;

    private MultiAdapterEmbedder(BaseModel base, EmbeddingSettings settings, MultiAdapterModel model) {
        super(base, model);
        this.settings = settings;
        tokens = new EmbeddingTokens(base.tokenizer(), settings);
    }

    /**
     * Makes an embedder without adapters, with the base model's {@link BaseModel#embeddingSettings}.
     *
     * @param base the base model, which the caller closes after the embedder
     * @throws IOException if a file with these settings is malformed
     */
    public static MultiAdapterEmbedder of(BaseModel base) throws IOException {
        return of(base, TextEmbedder.settingsOf(base));
    }

    /**
     * Makes an embedder without adapters.
     *
     * @param base the base model, which the caller closes after the embedder
     * @param settings how embeddings are made
     * @throws IllegalArgumentException if the longest text is longer than the model has positions for
     */
    public static MultiAdapterEmbedder of(BaseModel base, EmbeddingSettings settings) {
        return new MultiAdapterEmbedder(
                base,
                TextEmbedder.requireLength(base, settings),
                new MultiAdapterModel(base.weights(), Backends.standard()));
    }

    /**
     * Makes an embedder that takes adapters from a source by key, such as a store with one per user; others can be
     * added. Embeds with the base model's {@link BaseModel#embeddingSettings}.
     *
     * @param base the base model, which the caller closes after the embedder
     * @param source adapters for embeddings with those settings; kept, closed by the caller after the embedder
     * @throws IOException if a file with these settings is malformed
     */
    public static MultiAdapterEmbedder of(BaseModel base, AdapterSource source) throws IOException {
        return of(base, TextEmbedder.settingsOf(base), ServedSource.of(source));
    }

    /** Makes an embedder like {@link #of(BaseModel, AdapterSource)}, with other settings, which the model has positions for. */
    public static MultiAdapterEmbedder of(BaseModel base, EmbeddingSettings settings, ServedSource source) {
        return new MultiAdapterEmbedder(
                base,
                TextEmbedder.requireLength(base, settings),
                new MultiAdapterModel(
                        base,
                        Backends.standard(),
                        source.requiring(
                                card -> requireSettings(source.adapters().name(), card, settings))));
    }

    /** The settings of the embeddings. */
    public EmbeddingSettings settings() {
        return settings;
    }

    @Override
    protected void require(String location, AdapterCard card) {
        requireSettings(location, card, settings);
    }

    private static void requireSettings(String location, AdapterCard card, EmbeddingSettings settings) {
        EmbeddingSettings theirs = card.embedding()
                .orElseThrow(() -> new IllegalArgumentException(
                        location + ": is of task " + card.task().name() + ", expected an adapter of embeddings"));
        Require.argument(
                theirs.withDimensions(settings.dimensions()).equals(settings),
                "%s: was trained with %s, expected %s",
                location,
                theirs,
                settings);
    }

    /**
     * Returns this embedder with one adapter; costs nothing.
     *
     * @param adapter its name, or {@link MultiAdapterModel#BASE} for none; looked up at each call, which throws
     *     {@link IllegalArgumentException} if there is no such adapter then
     */
    public TextEncoder encoder(String adapter) {
        return new BatchedEncoder(
                tokens,
                batch -> model().embed(
                                batch,
                                Collections.nCopies(batch.size(), adapter),
                                settings.pooling(),
                                settings.normalized()));
    }

    /**
     * Embeds texts to be found or compared, each with the prefix of passages and with its own adapter. For one list of
     * texts, an embedding depends only on the adapter of its text, to the bit.
     *
     * @param texts any number
     * @param adapters for each text an adapter, or {@link MultiAdapterModel#BASE} for none
     * @return a vector per text, in their order, new
     * @throws IllegalArgumentException if there is no such adapter, or the numbers of texts and adapters differ
     */
    public float[][] embed(List<String> texts, List<String> adapters) {
        Require.argument(
                texts.size() == adapters.size(),
                "embed: %d texts and %d names of adapters",
                texts.size(),
                adapters.size());
        return BatchedEncoder.batches(
                Parallel.map(texts, tokens::passage),
                (batch, indices) -> model().embed(
                                batch,
                                indices.stream().map(adapters::get).toList(),
                                settings.pooling(),
                                settings.normalized()));
    }
}
