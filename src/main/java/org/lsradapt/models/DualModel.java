package org.lsradapt.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.artifacts.OptionalArtifact;
import org.lsradapt.families.DualFamily;
import org.lsradapt.families.Families;
import org.lsradapt.images.ImageProcessor;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.transformer.Tokenizer;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pretrained model of two towers that embed texts and images in one space, such as CLIP, out of a Hugging Face folder:
 * frozen weights, tokenizer and image processor.
 *
 * <p>Safe for use by many threads. Whoever loads it closes it, after everything that uses it.
 */
public final class DualModel implements AutoCloseable {
    private final String name;
    private final Tower texts;
    private final Tower images;
    private final DualTowers towers;
    private final double scale;
    private final FastTokenizer tokenizer;
    private final ImageProcessor processor;

    /**
     * A tower.
     *
     * @param weights its frozen weights
     * @param projection [width, dimensions], from the row that its head reads to the common space
     */
    private record Tower(TransformerWeights weights, INDArray projection) implements AutoCloseable {

        @Override
        public void close() {
            weights.close();
            projection.close();
        }
    }

    private DualModel(
            String name,
            Tower texts,
            Tower images,
            DualTowers towers,
            double scale,
            FastTokenizer tokenizer,
            ImageProcessor processor) {
        this.name = name;
        this.towers = towers;
        this.texts = texts;
        this.images = images;
        this.scale = scale;
        this.tokenizer = tokenizer;
        this.processor = processor;
    }

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param folder a Hugging Face folder of type clip, with config.json, model.safetensors (or shards), tokenizer.json
     *     and preprocessor_config.json
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such folder
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static DualModel load(String folder) throws IOException {
        return load(folder, DataType.FLOAT);
    }

    static DualModel load(String folder, DataType type) throws IOException {
        OptionalArtifact.JACKSON.require();
        OptionalArtifact.TOKENIZERS.require();
        Path path = Path.of(folder);
        Require.argument(
                Files.isDirectory(path), "model '%s': there is no such folder, expected one of a CLIP model", folder);
        Path file = path.resolve(HuggingFaceFolder.CONFIG);
        JsonFields config = new JsonFields(file.toString(), JsonFile.readObject(file));
        DualFamily family = Families.dual(config);
        DualFamily.Tower texts = HuggingFaceFolder.described(config, family::texts);
        DualFamily.Tower images = HuggingFaceFolder.described(config, family::images);
        ImageFiles files = ImageFiles.of(path, family.imageProcessor(), images.model().patches().orElseThrow());
        try (TensorSource tensors = HuggingFaceFolder.openWeights(path)) {
            double scale = Math.exp(number(tensors, family.logitScale()));
            FastTokenizer tokenizer = HuggingFaceFolder.tokenizer(path, Optional.empty(), texts.model(), Optional.empty());
            List<Tower> read = new ArrayList<>();
            try {
                read.add(tower(tensors, texts, type));
                read.add(tower(tensors, images, type));
                DualTowers towers = new DualTowers(
                        read.get(0).weights,
                        FrozenLinear.of(texts.projection().name(), read.get(0).projection),
                        read.get(1).weights,
                        FrozenLinear.of(images.projection().name(), read.get(1).projection));
                return new DualModel(folder, read.get(0), read.get(1), towers, scale, tokenizer, files.processor());
            } catch (IOException | RuntimeException e) {
                read.forEach(Tower::close);
                tokenizer.close();
                throw e;
            }
        }
    }

    private static double number(TensorSource tensors, String name) throws IOException {
        if (!tensors.has(name)) {
            throw new IOException(tensors.location() + ": there is no weight '" + name + "'");
        }
        try (INDArray array = tensors.read(name)) {
            if (array.length() != 1) {
                throw new IOException(tensors.location() + ": weight '" + name + "' has " + array.length()
                        + " numbers, expected one");
            }
            return array.castTo(DataType.DOUBLE).getDouble(0);
        }
    }

    private static Tower tower(TensorSource tensors, DualFamily.Tower tower, DataType type) throws IOException {
        MappedWeights weights = new MappedWeights(
                tensors,
                tower.model(),
                List.of(),
                tensor -> Optional.of(new MappedWeights.Place(tensor.name(), tensor.linear())));
        weights.check(HuggingFaceFolder.CONFIG);
        String name = tower.projection().weight();
        if (!tensors.has(name)) {
            throw new IOException(tensors.location() + ": there is no weight '" + name + "'");
        }
        INDArray projection = MappedWeights.read(tensors, name, true).castTo(type);
        if (projection.rank() != 2
                || projection.size(0) != tower.projection().in()
                || projection.size(1) != tower.projection().out()) {
            throw new IOException(tensors.location() + ": weight '" + name + "' is " + projection.shapeInfoToString()
                    + ", expected [" + tower.projection().out() + ", " + tower.projection().in() + "]");
        }
        return new Tower(new TransformerWeights(tower.model(), weights, type), projection);
    }

    /** The folder that it was loaded from. */
    public String name() {
        return name;
    }

    /** The frozen weights. */
    public DualTowers towers() {
        return towers;
    }

    /** What multiplies cosines, so that their softmax is a probability: e to the power of the trained logit scale. */
    public double scale() {
        return scale;
    }

    /** The tokenizer of the texts. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** What is done to images before they are read. */
    public ImageProcessor imageProcessor() {
        return processor;
    }

    @Override
    public void close() {
        texts.close();
        images.close();
        tokenizer.close();
    }
}
