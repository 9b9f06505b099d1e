package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.families.Family;
import org.lsradapt.images.ImageProcessor;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.weights.Fingerprint;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.SharedFeatures;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.CutTexts;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/** A pretrained model of one tower: frozen weights, and the tokenizer or image processor. */
public final class BaseModel implements FrozenModel {
    /** The usual mask tokens, for tokenizers whose settings do not name one. */
    private static final List<String> MASKS = List.of("[MASK]", "<mask>");

    private final String name;
    private final Family family;
    private final TransformerWeights weights;
    private final BasePrecision precision;
    private final Optional<FastTokenizer> tokenizer;
    private final Optional<ImageProcessor> images;
    private final int maxLength;
    private final Optional<SavedHead> head;
    private final Optional<SavedMaskedHead> maskedHead;
    private final EmbeddingFiles embedding;
    private final String fingerprint;
    private final Optional<GenerationSettings> generation;
    private final String encoderFingerprint;
    private final Optional<ObjectNode> tokenizerConfig;
    private volatile Optional<SharedFeatures> shared = Optional.empty();

    private BaseModel(
            PretrainedModel files, TransformerWeights weights, BasePrecision precision, Fingerprint fingerprint)
            throws IOException {
        name = files.name();
        family = files.family();
        tokenizer = files.releaseTokenizer();
        images = files.images().map(ImageFiles::processor);
        maxLength = files.maxLength();
        head = files.head();
        maskedHead = files.maskedHead();
        embedding = files.embeddingFiles();
        generation = files.generation();
        tokenizerConfig = files.tokenizerConfig();
        this.weights = weights;
        this.precision = precision;
        // The fingerprint object refers to the files and is not kept.
        this.fingerprint = fingerprint.finish();
        encoderFingerprint = fingerprint.encoder();
    }

    /**
     * Loads a model; nothing is downloaded.
     *
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model, folder or file
     * @throws MissingArtifactException if an artifact that it needs is not on the class path
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static BaseModel load(String model) throws IOException {
        return load(model, BasePrecision.STORED);
    }

    /**
     * Loads a model whose linear layers are kept in fewer bits than in its files; docs/guides/precision.md has the
     * costs and savings.
     *
     * @param precision the precision of the weights of linear layers
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model or folder, or a layer's width is not a multiple of the
     *     precision's block length
     * @throws MissingArtifactException if an artifact that it needs is not on the class path
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static BaseModel load(String model, BasePrecision precision) throws IOException {
        try (PretrainedModel files = Models.load(model);
                CloseOnFailure opened = new CloseOnFailure()) {
            Fingerprint fingerprint = files.beginFingerprint();
            TransformerWeights weights =
                    opened.add(new TransformerWeights(files.model(), fingerprint, DataType.FLOAT, precision));
            return opened.release(new BaseModel(files, weights, precision, fingerprint));
        }
    }

    @Override
    public String name() {
        return name;
    }

    /** Its family. */
    public Family family() {
        return family;
    }

    @Override
    public String modelType() {
        return family.modelType();
    }

    /** The model's structure. */
    public Transformer model() {
        return weights.model();
    }

    /** The frozen weights. */
    public TransformerWeights weights() {
        return weights;
    }

    @Override
    public BasePrecision precision() {
        return precision;
    }

    @Override
    public List<FrozenLinear> linearLayers() {
        return weights.linearLayers();
    }

    @Override
    public List<FrozenLinear> encoderLayers() {
        return weights.encoderLayers();
    }

    @Override
    public LayerSelector queryAndValue() {
        return queryAndValue(List.of(model()));
    }

    @Override
    public String size() {
        return size(model());
    }

    static String size(Transformer model) {
        return model.blocks().size() + " layers, width " + model.width();
    }

    static LayerSelector queryAndValue(List<Transformer> models) {
        return LayerSelector.suffixes(models.stream()
                .map(model -> model.blocks().get(0).attention())
                .flatMap(attention -> Stream.of(attention.query(), attention.value()))
                .map(linear -> lastPart(linear.name()))
                .distinct()
                .toList());
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    @Override
    public int maxLength() {
        return maxLength;
    }

    @Override
    public AdaptedModel adapted(Optional<AdapterSet> adapters, Objective objective, Backend backend) {
        AdaptedModel made = new AdaptedModel(weights(), adapters, objective, backend);
        shared.ifPresent(made::sharing);
        return made;
    }

    /**
     * Keeps the features of texts for all heads trained alone on this model from now on, so that each text is read once; empty for none.
     */
    public void share(Optional<SharedFeatures> features) {
        shared = features;
    }

    /** Whether heads that are trained alone share features. */
    public boolean isSharing() {
        return shared.isPresent();
    }

    @Override
    public CutTexts cutTexts() {
        return tokenizer.map(FastTokenizer::cutTexts).orElseGet(CutTexts::new);
    }

    /** The tokenizer of the model's training; a model that reads images has none. */
    public Tokenizer tokenizer() {
        return tokenizer.orElseThrow(this::readsNoTexts);
    }

    private IllegalArgumentException readsNoTexts() {
        return new IllegalArgumentException("model " + name + " reads images, expected one that reads texts");
    }

    @Override
    public boolean readsImages() {
        return images.isPresent();
    }

    /** The preprocessing of a model that reads images. */
    public ImageProcessor imageProcessor() {
        return images.orElseThrow(() -> new IllegalArgumentException(
                "model " + name + " reads texts, expected one that reads images, such as a folder of type vit"));
    }

    /** The trained classifier in its files, if there is one. */
    public Optional<SavedHead> head() {
        return head;
    }

    /** The head of a masked language model in the model's files, which predicts hidden tokens; a model of images has none. */
    public SavedMaskedHead maskedHead() {
        return maskedHead.orElseThrow(this::readsNoTexts);
    }

    /** Returns the mask token, which replaces a hidden one and which the tokenizer must have. */
    public int maskToken() {
        JsonNode named = tokenizerConfig.map(node -> node.path("mask_token")).orElse(MissingNode.getInstance());
        String text = named.isObject() ? named.path("content").asText() : named.asText();
        List<String> texts = text.isEmpty() ? MASKS : List.of(text);
        return texts.stream()
                .flatMap(mask -> tokenizer().tokens(mask, null, Integer.MAX_VALUE).stream()
                        .filter(token -> !token.isAdded() && token.text().equals(mask)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("model " + name
                        + ": its tokenizer has no token that stands for a hidden one, expected "
                        + String.join(" or ", texts)))
                .id();
    }

    /**
     * Returns the settings of embeddings; see {@link PretrainedModel#embeddingSettings}.
     *
     * @throws IOException if a file is malformed or has an unsupported setting; the message names it
     */
    public EmbeddingSettings embeddingSettings() throws IOException {
        return embedding.settings();
    }

    /** The generation settings in the files of a causal model. */
    public GenerationSettings generationSettings() {
        return generation.orElseThrow(() -> new IllegalArgumentException(
                "model " + name + " generates no texts, expected a causal language model"));
    }

    /**
     * Returns the template that turns conversations into text; read when called.
     *
     * @throws IllegalArgumentException if its files have no chat template, or an unsupported one; the message says
     *     which
     */
    public ChatTemplate chatTemplate() {
        return ChatTemplate.of(name, tokenizerConfig);
    }

    /** {@inheritDoc} Equal to {@link PretrainedModel#fingerprint}. */
    @Override
    public String fingerprint() {
        return fingerprint;
    }

    /**
     * The checksum for an adapter of embeddings, which reads no pooler and no output matrix; see
     * {@link PretrainedModel#encoderFingerprint}.
     */
    @Override
    public String encoderFingerprint() {
        return encoderFingerprint;
    }

    @Override
    public void close() {
        weights.close();
        tokenizer.ifPresent(FastTokenizer::close);
    }
}
