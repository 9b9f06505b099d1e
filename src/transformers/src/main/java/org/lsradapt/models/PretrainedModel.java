package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.families.Family;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.weights.Fingerprint;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pretrained model's configuration, frozen weights and tokenizer or image processor, and its open files.
 *
 * <p>Arrays that were read stay valid after {@link #close()}; the weight source and the tokenizer do not. Many threads
 * may use the tokenizer; everything else is for one thread at a time.
 */
public final class PretrainedModel implements Closeable {

    private final String name;
    private final Base base;
    private final Optional<Texts> texts;
    private final Optional<ImageFiles> images;
    private final Optional<SavedHead> head;
    private boolean tokenizerReleased;
    private Optional<Fingerprint> fingerprint = Optional.empty();

    /** A model without its inputs; optional weights may be missing, and files are closed with the model. */
    record Base(Family family, ObjectNode config, Transformer model, MappedWeights weights, Closeable files) {}

    /**
     * The parts of a model that read texts.
     *
     * @param tokenizer gives ids below the vocabulary's size; closed with the model
     */
    record Texts(
            FastTokenizer tokenizer,
            Optional<ObjectNode> config,
            EmbeddingFiles embedding,
            Optional<GenerationSettings> generation,
            SavedMaskedHead masked) {}

    /** Creates a model that reads texts, with the trained head in its files, if there is one. */
    PretrainedModel(String name, Base base, Texts texts, Optional<SavedHead> head) {
        this(name, base, Optional.of(texts), Optional.empty(), head);
    }

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

    /** The name or folder from which it was loaded. */
    public String name() {
        return name;
    }

    /** Its family. */
    public Family family() {
        return base.family();
    }

    ObjectNode config() {
        return base.config();
    }

    Optional<ObjectNode> tokenizerConfig() {
        return texts.flatMap(Texts::config);
    }

    /** The GGUF file from which it was loaded; empty for other formats. */
    Optional<Gguf> gguf() {
        return base.files() instanceof Gguf gguf ? Optional.of(gguf) : Optional.empty();
    }

    /** The generation settings of a causal model; empty for others. */
    Optional<GenerationSettings> generation() {
        return texts.flatMap(Texts::generation);
    }

    /** The head of a masked language model; empty for a model that reads images. */
    Optional<SavedMaskedHead> maskedHead() {
        return texts.map(Texts::masked);
    }

    /**
     * Reads the parameters in the files that have the names of the family's classifier. ModernBERT's masked language models have its
     * dense layer and its normalization.
     *
     * @return new arrays, weights as [in, out], which the caller owns
     */
    public Map<String, INDArray> headParameters() throws IOException {
        Map<String, INDArray> found = new LinkedHashMap<>();
        if (base.files() instanceof TensorSource tensors) {
            for (String name : family().headParameters()) {
                if (tensors.has(name)) {
                    found.put(name, MappedWeights.read(tensors, name, true));
                }
            }
        }
        return found;
    }

    /** The model's structure. */
    public Transformer model() {
        return base.model();
    }

    /** The frozen weights. */
    public WeightSource weights() {
        return base.weights();
    }

    byte[] tokenizerJson() {
        return required().json();
    }

    /** Whether the tokenizer gives token types; otherwise all are 0. */
    boolean tokenizerGivesTypes() {
        return required().givesTypes();
    }

    private FastTokenizer required() {
        return texts.map(Texts::tokenizer)
                .orElseThrow(() ->
                        new IllegalArgumentException("model " + name + " reads images, expected one that reads texts"));
    }

    /** The tokenizer of a model of texts. */
    public Tokenizer tokenizer() {
        return required();
    }

    /** Whether the model reads images instead of texts. */
    public boolean readsImages() {
        return images.isPresent();
    }

    /** The preprocessing of images, with its files; empty for a model that reads texts. */
    Optional<ImageFiles> images() {
        return images;
    }

    /** The longest input in tokens; for images, the number of tokens per image. */
    public int maxLength() {
        return images.map(
                        files -> files.processor().tokens(base.model().patches().orElseThrow()))
                .orElse(base.model().maxTokens());
    }

    /** The trained head in the base model's files, if there is one. */
    public Optional<SavedHead> head() {
        return head;
    }

    /**
     * Reads the settings of embeddings. A Hugging Face folder has them in the files of sentence-transformers; for
     * models loaded by name they follow their authors. All other models have {@link EmbeddingSettings#standard}: the
     * mean, normalized, without prefixes, up to the longest sequence.
     *
     * @throws IOException if one of these files is malformed or has an unsupported setting; the message names it
     */
    public EmbeddingSettings embeddingSettings() throws IOException {
        return embeddingFiles().settings();
    }

    EmbeddingFiles embeddingFiles() {
        return texts.map(Texts::embedding)
                .orElseGet(() -> EmbeddingFiles.none(name, base.model().maxTokens()));
    }

    /**
     * A checksum of the configuration and of every weight, including the pooler if there is one. It is equal for two
     * models that compute the same from the same files' numbers, in any file format. It detects an adapter that was
     * made for another model; it does not withstand forgery. The first call reads all weights one after another; the
     * result is kept.
     *
     * @return CRC-32C as eight hexadecimal digits
     * @throws IOException if a weight cannot be read
     */
    public String fingerprint() throws IOException {
        return readFingerprint().finish();
    }

    /**
     * Like {@link #fingerprint}, without the weights that hidden states, and hence embeddings, do not depend on: a pooler, an
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

    /** Starts a fingerprint; it is computed while the weights are read through it. */
    Fingerprint beginFingerprint() throws IOException {
        return Fingerprint.of(base.family(), new JsonFields(name, base.config()), base.model(), base.weights());
    }

    /** Returns the tokenizer, if there is one. {@link #close} then leaves it open; the caller closes it. */
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
