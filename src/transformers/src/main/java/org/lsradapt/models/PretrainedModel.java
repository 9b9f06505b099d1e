package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import org.lsradapt.families.Family;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.JsonFields;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.weights.Fingerprint;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.Tokenizer;
import org.lsradapt.transformer.WeightSource;
import org.lsradapt.transformer.parts.Transformer;

/**
 * A pretrained model's configuration, frozen weights and tokenizer or image processor, and the files behind them.
 *
 * <p>Arrays that were read stay good after {@link #close()}; the weight source and the tokenizer do not. The tokenizer
 * may be used by many threads, all else by one at a time.
 */
public final class PretrainedModel implements Closeable {

    private final String name;
    private final Base base;
    private final Optional<Texts> texts;
    private final Optional<ImageFiles> images;
    private final Optional<SavedHead> head;
    private boolean tokenizerReleased;
    private Optional<Fingerprint> fingerprint = Optional.empty();

    /**
     * The model below its inputs.
     *
     * @param family its family
     * @param config the content of its {@code config.json}
     * @param model what that describes
     * @param weights all weights of the model; what may be missing may be
     * @param files closed with the model
     */
    record Base(Family family, ObjectNode config, Transformer model, MappedWeights weights, Closeable files) {}

    /**
     * How a model reads texts.
     *
     * @param tokenizer gives ids below the vocabulary's size; closed with the model
     * @param config the content of its {@code tokenizer_config.json}, if there is one
     * @param embedding what the model has if it is an embedding model
     * @param generation how a causal model generates; empty for others
     * @param masked what the files have of the head of a masked language model
     */
    record Texts(
            FastTokenizer tokenizer,
            Optional<ObjectNode> config,
            EmbeddingFiles embedding,
            Optional<GenerationSettings> generation,
            SavedMaskedHead masked) {}

    /** A model that reads texts, with the trained head that its files have, if there is one. */
    PretrainedModel(String name, Base base, Texts texts, Optional<SavedHead> head) {
        this(name, base, Optional.of(texts), Optional.empty(), head);
    }

    /** A model that reads images, with the trained head that its files have, if there is one. */
    PretrainedModel(String name, Base base, ImageFiles images, Optional<SavedHead> head) {
        this(name, base, Optional.empty(), Optional.of(images), head);
    }

    private PretrainedModel(
            String name, Base base, Optional<Texts> texts, Optional<ImageFiles> images, Optional<SavedHead> head) {
        this.name = name;
        this.base = base;
        this.texts = texts;
        this.images = images;
        this.head = head;
    }

    /** The name or folder that it was loaded by. */
    public String name() {
        return name;
    }

    /** Its family. */
    public Family family() {
        return base.family();
    }

    /** The content of its {@code config.json}. */
    ObjectNode config() {
        return base.config();
    }

    /** The content of its {@code tokenizer_config.json}, if there is one. */
    Optional<ObjectNode> tokenizerConfig() {
        return texts.flatMap(Texts::config);
    }

    /** The GGUF file that it was loaded from, if it was. */
    Optional<Gguf> gguf() {
        return base.files() instanceof Gguf gguf ? Optional.of(gguf) : Optional.empty();
    }

    /** How a causal model generates; empty for others. */
    Optional<GenerationSettings> generation() {
        return texts.flatMap(Texts::generation);
    }

    /** The tensors of a masked language model's head in the files of a model that reads texts. */
    Optional<SavedMaskedHead> maskedHead() {
        return texts.map(Texts::masked);
    }

    /** The model's structure. */
    public Transformer model() {
        return base.model();
    }

    /** The frozen weights. */
    public WeightSource weights() {
        return base.weights();
    }

    /** The tokenizer's {@code tokenizer.json}. */
    byte[] tokenizerJson() {
        return required().json();
    }

    /** Whether the tokenizer gives token types; without, all are 0. */
    boolean tokenizerGivesTypes() {
        return required().givesTypes();
    }

    private FastTokenizer required() {
        return texts.map(Texts::tokenizer)
                .orElseThrow(() ->
                        new IllegalArgumentException("model " + name + " reads images, expected one that reads texts"));
    }

    /**
     * The tokenizer.
     *
     * @throws IllegalArgumentException if the model reads images
     */
    public Tokenizer tokenizer() {
        return required();
    }

    /** Whether it reads images, and not texts. */
    public boolean readsImages() {
        return images.isPresent();
    }

    /** The preprocessing of images, with its files; empty for a model that reads texts. */
    Optional<ImageFiles> images() {
        return images;
    }

    /** The longest input in tokens: a text's, or what each image becomes. */
    public int maxLength() {
        return images.map(
                        files -> files.processor().tokens(base.model().patches().orElseThrow()))
                .orElse(base.model().maxTokens());
    }

    /** The trained head that the files have beside the base model, if there is one. */
    public Optional<SavedHead> head() {
        return head;
    }

    /**
     * How it makes a vector of a text, read when called: out of the files that sentence-transformers puts into a
     * Hugging Face folder; of the models by name as their authors say; for all else
     * {@link EmbeddingSettings#standard}, the mean, normalized and without prefixes, up to the longest sequence.
     *
     * @return the settings
     * @throws IOException if one of these files is malformed or asks for what is not supported; the message names it
     */
    public EmbeddingSettings embeddingSettings() throws IOException {
        return embeddingFiles().settings();
    }

    /** Its files as an embedding model. */
    EmbeddingFiles embeddingFiles() {
        return texts.map(Texts::embedding)
                .orElseGet(() -> EmbeddingFiles.none(name, base.model().maxTokens()));
    }

    /**
     * A checksum of the configuration and of every weight, pooler included if there is one: equal for two models that
     * compute the same from the same files' numbers, whatever the file format. Meant to tell an adapter that was made
     * for another model, not to withstand forgery. Computed at the first call, which reads all weights one after
     * another, and kept.
     *
     * @return CRC-32C as eight hexadecimal digits
     * @throws IOException if a weight cannot be read
     */
    public String fingerprint() throws IOException {
        return readFingerprint().finish();
    }

    /**
     * As {@link #fingerprint}, without the weights that hidden states, and hence embeddings, do not depend on: a pooler, an
     * output matrix.
     *
     * @return CRC-32C as eight hexadecimal digits
     * @throws IOException if a weight cannot be read
     */
    public String encoderFingerprint() throws IOException {
        return readFingerprint().encoder();
    }

    private synchronized Fingerprint readFingerprint() throws IOException {
        if (fingerprint.isEmpty()) {
            Fingerprint fresh = beginFingerprint();
            fresh.finish();
            fingerprint = Optional.of(fresh);
        }
        return fingerprint.get();
    }

    /** The fingerprint, computed while the weights are read through it. */
    Fingerprint beginFingerprint() throws IOException {
        return Fingerprint.of(base.family(), new JsonFields(name, base.config()), base.model(), base.weights());
    }

    /** Leaves the tokenizer, if there is one, open when this is closed; it is the caller's to close then. */
    Optional<FastTokenizer> releaseTokenizer() {
        tokenizerReleased = true;
        return texts.map(Texts::tokenizer);
    }

    /** Closes the files and, unless it was released, the tokenizer. */
    @Override
    public void close() throws IOException {
        base.files().close();
        if (!tokenizerReleased) {
            texts.map(Texts::tokenizer).ifPresent(FastTokenizer::close);
        }
    }
}
