package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.families.DualFamily;
import org.lsradapt.families.Families;
import org.lsradapt.images.ImageProcessor;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.tokenizers.Padding;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.models.internal.weights.Fingerprint;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Objective;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.CutTexts;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pretrained model of two towers that embed texts and images in one space, such as CLIP and SigLIP, from a Hugging
 * Face folder: frozen weights, tokenizer and image processor.
 *
 * <p>Safe for use by many threads. The caller that loads it closes it, after everything that uses it.
 */
public final class DualModel implements FrozenModel {
    private final String name;
    private final DualFamily family;
    private final BasePrecision precision;
    private final Parts parts;
    private final FastTokenizer tokenizer;
    private final Optional<Padding> padding;
    private final ImageProcessor processor;

    /** A tower: frozen weights, and a projection [width, dimensions] to the common space unless that is empty. */
    private record Tower(TransformerWeights weights, Optional<FrozenLinear> projection, List<INDArray> owned)
            implements AutoCloseable {

        @Override
        public void close() {
            weights.close();
            owned.forEach(INDArray::close);
        }
    }

    private record Parts(
            Tower texts, Tower images, DualTowers towers, double scale, OptionalDouble bias, String fingerprint)
            implements AutoCloseable {

        @Override
        public void close() {
            texts.close();
            images.close();
        }
    }

    private DualModel(
            String name,
            DualFamily family,
            BasePrecision precision,
            Parts parts,
            FastTokenizer tokenizer,
            Optional<Padding> padding,
            ImageProcessor processor) {
        this.name = name;
        this.family = family;
        this.precision = precision;
        this.parts = parts;
        this.tokenizer = tokenizer;
        this.padding = padding;
        this.processor = processor;
    }

    /**
     * Whether a folder holds such a model, with both towers. The folder may be damaged; {@link #load(String)} checks
     * it.
     *
     * @param folder any path, which need not exist
     * @throws IOException if its config.json or weights cannot be read
     */
    public static boolean isOne(Path folder) throws IOException {
        if (!Files.isRegularFile(folder.resolve(HuggingFaceFolder.CONFIG))) {
            return false;
        }
        Optional<DualFamily> family = Families.findDual(
                HuggingFaceFolder.fields(folder, HuggingFaceFolder.read(folder)).text("model_type", ""));
        if (family.isEmpty()) {
            return false;
        }
        try (TensorSource tensors = HuggingFaceFolder.openWeights(folder)) {
            return tensors.has(family.get().logitScale());
        }
    }

    /** Whether a name or path is that of such a model; see {@link Models#find}. */
    public static boolean isOne(String model) throws IOException {
        Optional<Path> files = Models.find(model);
        return files.isPresent() && isOne(files.get());
    }

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param folder a Hugging Face folder of type clip or siglip, with config.json, model.safetensors (or shards), tokenizer.json
     *     and preprocessor_config.json
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such folder
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static DualModel load(String folder) throws IOException {
        return load(folder, BasePrecision.STORED);
    }

    /**
     * Loads a model whose linear layers are kept in fewer bits than in its files; the projections are not.
     *
     * @param precision the precision of the weights of linear layers
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such folder, or a layer's width is not a multiple of the
     *     precision's block length
     * @throws IOException as {@link #load(String)}
     */
    public static DualModel load(String folder, BasePrecision precision) throws IOException {
        return load(folder, DataType.FLOAT, precision);
    }

    static DualModel load(String folder, DataType type) throws IOException {
        return load(folder, type, BasePrecision.F32);
    }

    private static DualModel load(String folder, DataType type, BasePrecision precision) throws IOException {
        Path path = Models.find(folder)
                .filter(Files::isDirectory)
                .orElseThrow(() -> new IllegalArgumentException("model '" + folder
                        + "': there is no such folder, expected one of a CLIP or SigLIP model"
                        + ModelName.download(folder)));
        ObjectNode json = HuggingFaceFolder.read(path);
        JsonFields config = HuggingFaceFolder.fields(path, json);
        DualFamily family = Families.dual(config);
        try (TensorSource tensors = HuggingFaceFolder.openWeights(path);
                CloseOnFailure opened = new CloseOnFailure()) {
            for (JsonFields section : family.sections(config)) {
                HuggingFaceFolder.requireLayers(section, "num_hidden_layers", tensors);
            }
            DualFamily.Tower texts = HuggingFaceFolder.described(config, family::texts);
            DualFamily.Tower images = HuggingFaceFolder.described(config, family::images);
            ImageFiles files = ImageFiles.of(
                    path, family.imageProcessor(), images.model().patches().orElseThrow());
            TokenizerSettings settings = TokenizerSettings.of(
                    path, family.tokenizerClass(), false, json, HuggingFaceFolder.tokenizerConfig(path));
            FastTokenizer tokenizer =
                    opened.add(HuggingFaceFolder.tokenizer(path, Optional.empty(), texts.model(), settings));
            float logitScale = number(tensors, family.logitScale());
            MappedWeights ofTexts = mapped(tensors, texts);
            MappedWeights ofImages = mapped(tensors, images);
            Fingerprint first = new Fingerprint(family.signature(config), ofTexts, Set.of());
            Tower textTower = opened.add(tower(texts, ofTexts, first, type, precision));
            Fingerprint both = first.then(ofImages);
            Tower imageTower = opened.add(tower(images, ofImages, both, type, precision));
            both.add(family.logitScale(), logitScale);
            OptionalDouble bias = OptionalDouble.empty();
            if (family.logitBias().isPresent()) {
                float logitBias = number(tensors, family.logitBias().get());
                both.add(family.logitBias().get(), logitBias);
                bias = OptionalDouble.of(logitBias);
            }
            DualTowers towers =
                    new DualTowers(textTower.weights, textTower.projection, imageTower.weights, imageTower.projection);
            Parts parts = new Parts(textTower, imageTower, towers, Math.exp(logitScale), bias, both.finish());
            Optional<Padding> padding =
                    family.padsTexts() ? Optional.of(Padding.of(settings, tokenizer)) : Optional.empty();
            return opened.release(
                    new DualModel(folder, family, precision, parts, tokenizer, padding, files.processor()));
        }
    }

    private static float number(TensorSource tensors, String name) throws IOException {
        requireWeight(tensors, name);
        try (INDArray array = MappedWeights.read(tensors, name, false)) {
            if (array.length() != 1) {
                throw new IOException(tensors.location() + ": weight '" + name + "' has " + array.length()
                        + " numbers, expected one");
            }
            return array.getFloat(0);
        }
    }

    private static MappedWeights mapped(TensorSource tensors, DualFamily.Tower tower) throws IOException {
        for (Linear projection : tower.projection().stream().toList()) {
            requireWeight(tensors, projection.weight());
        }
        MappedWeights weights = new MappedWeights(
                tensors,
                tower.model(),
                tower.projection().stream().toList(),
                tensor -> Optional.of(new MappedWeights.Place(tensor.fileName(), tensor.linear())));
        weights.check(HuggingFaceFolder.CONFIG);
        return weights;
    }

    private static void requireWeight(TensorSource tensors, String name) throws IOException {
        if (!tensors.has(name)) {
            throw new IOException(tensors.location() + ": there is no weight '" + name + "'");
        }
    }

    private static Tower tower(
            DualFamily.Tower tower, MappedWeights mapped, Fingerprint source, DataType type, BasePrecision precision)
            throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            TransformerWeights weights = opened.add(new TransformerWeights(tower.model(), source, type, precision));
            List<INDArray> owned = new ArrayList<>();
            Optional<FrozenLinear> projection = Optional.empty();
            if (tower.projection().isPresent()) {
                Linear linear = tower.projection().get();
                INDArray weight = opened.add(mapped.read(linear.weight()).castTo(type));
                owned.add(weight);
                Optional<INDArray> bias = Optional.empty();
                if (linear.bias()) {
                    bias = Optional.of(opened.add(mapped.read(linear.biasName()).castTo(type)));
                    owned.add(bias.get());
                }
                projection = Optional.of(new FrozenLinear(linear.name(), new DenseWeight(weight), bias));
            }
            return opened.release(new Tower(weights, projection, owned));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String modelType() {
        return family.modelType();
    }

    @Override
    public String fingerprint() {
        return parts.fingerprint;
    }

    @Override
    public boolean readsImages() {
        return false;
    }

    @Override
    public BasePrecision precision() {
        return precision;
    }

    @Override
    public String size() {
        return "texts " + BaseModel.size(parts.towers.texts().model()) + ", images "
                + BaseModel.size(parts.towers.images().model());
    }

    @Override
    public List<FrozenLinear> linearLayers() {
        return parts.towers.linearLayers();
    }

    @Override
    public List<FrozenLinear> encoderLayers() {
        return linearLayers();
    }

    @Override
    public LayerSelector queryAndValue() {
        return BaseModel.queryAndValue(
                List.of(parts.towers.texts().model(), parts.towers.images().model()));
    }

    /** The longest text that it has positions for, in tokens. */
    @Override
    public int maxLength() {
        return parts.towers.texts().model().maxTokens();
    }

    DualFamily family() {
        return family;
    }

    /** The frozen weights. */
    public DualTowers towers() {
        return parts.towers;
    }

    @Override
    public AdaptedModel adapted(Optional<AdapterSet> adapters, Objective objective, Backend backend) {
        Require.argument(
                adapters.isPresent() && objective instanceof EmbeddingObjective,
                "model %s has two towers, expected adapters and an objective of embeddings",
                name);
        return new AdaptedModel(towers(), adapters.get(), (EmbeddingObjective) objective, backend);
    }

    /** The factor of cosines before the softmax: e to the power of the trained logit scale. */
    public double scale() {
        return parts.scale;
    }

    /** The bias of scaled cosines if each pair of an image and a text is judged separately; else 0. */
    public double bias() {
        return parts.bias.orElse(0);
    }

    /** The loss of its training, on pairs of an image and a text. */
    public EmbeddingLoss contrast() {
        return parts.bias.isPresent()
                ? EmbeddingLoss.sigmoidContrast(parts.scale, parts.bias.getAsDouble())
                : EmbeddingLoss.symmetricContrast(1 / parts.scale);
    }

    /** Encodes a text of at most {@code maxLength} tokens as the model reads it, padded for a model of texts of one length. */
    public TokenSequence encode(String text, int maxLength) {
        TokenSequence sequence = tokenizer.encode(text, null, maxLength);
        return padding.map(rule -> rule.pad(sequence, maxLength())).orElse(sequence);
    }

    /** Returns the tokens, with their places, of a text as the model reads it, with padding tokens, which count as added. */
    public List<Token> tokens(String text, int maxLength) {
        List<Token> tokens = tokenizer.tokens(text, null, maxLength);
        return padding.map(rule -> rule.pad(tokens, maxLength())).orElse(tokens);
    }

    @Override
    public CutTexts cutTexts() {
        return tokenizer.cutTexts();
    }

    /** The tokenizer of the texts, without padding. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The preprocessing of images. */
    public ImageProcessor imageProcessor() {
        return processor;
    }

    @Override
    public void close() {
        parts.close();
        tokenizer.close();
    }
}
