package org.lsradapt.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.internal.OnceRounded;
import org.lsradapt.models.internal.tokenizers.TokenizerJson;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.models.internal.weights.MappedWeights;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Tensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Merges a model of two towers with its trained adapters and writes the result, a model without adapters, as a Hugging
 * Face folder.
 *
 * <p>Keeps its parts; their owners close them.
 */
public final class MergedTowers {
    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";

    /** The files that are copied unchanged if the base model's folder has them. */
    private static final List<String> COPIED = List.of(
            TokenizerJson.FILE,
            TokenizerSettings.FILE,
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "spiece.model",
            "tokenizer.model",
            ImageFiles.PREPROCESSOR,
            ImageFiles.PROCESSOR);

    private final DualModel base;
    private final AdapterSet adapters;

    /** Creates the merged model of a base model, as loaded from its files, and trained adapters of its layers. */
    public MergedTowers(DualModel base, AdapterSet adapters) {
        this.base = base;
        this.adapters = adapters;
    }

    /**
     * Writes {@code model.safetensors}, the base model's tokenizer and image processor files, {@code README.md}, which
     * is the model card, and last {@code config.json}, without which the folder is not a model. Weights of adapted
     * layers are W + c·A·B, computed in double and rounded once; all others are rounded once. One weight at a time is
     * in memory.
     *
     * @param folder the folder; created if it does not exist
     * @param type FLOAT, FLOAT16 or BFLOAT16 for all weights
     * @throws IllegalArgumentException if the type is another, or a weight is beyond its range; the message names it
     * @throws IllegalStateException while an {@link org.lsradapt.lsr.InPlaceMerge} of the adapters is open
     * @throws IOException if the folder is not empty, a weight cannot be read or a file cannot be written; the message names it
     */
    public void write(Path folder, DataType type) throws IOException {
        Path from = Models.find(base.name()).orElseThrow();
        ObjectNode config = MergedConfig.config(
                JsonFile.readObject(from.resolve(HuggingFaceFolder.CONFIG)),
                base.family().className(),
                type);
        AtomicFolder.write(folder, beside -> write(beside, from, config, type));
    }

    private void write(Path folder, Path from, ObjectNode config, DataType type) throws IOException {
        Files.createDirectory(folder);
        try (TensorSource files = HuggingFaceFolder.openWeights(from)) {
            MergedModel.writeTensors(folder, new Tensors(files, type), MergedModel.FILE_BYTES);
        }
        for (String name : COPIED) {
            if (Files.isRegularFile(from.resolve(name))) {
                AtomicFile.write(
                        folder.resolve(name),
                        BoundedFile.read(from.resolve(name), HuggingFaceFolder.LARGEST_TOKENIZER));
            }
        }
        MergedCard.of(base.name(), adapters).write(folder);
        JsonFile.write(folder.resolve(HuggingFaceFolder.CONFIG), config);
    }

    /** The model's tensors, with the names and shapes of its files; each is computed when it is read. */
    private final class Tensors implements TensorSource {
        private final TensorSource files;
        private final DataType type;
        private final Set<String> names = new LinkedHashSet<>();

        Tensors(TensorSource files, DataType type) {
            this.files = files;
            this.type = type;
            DualTowers towers = base.towers();
            Stream.of(towers.texts(), towers.images())
                    .map(TransformerWeights::model)
                    .flatMap(model -> model.tensors().values().stream())
                    .map(Tensor::fileName)
                    .filter(files::has)
                    .forEach(names::add);
            Stream.of(towers.textProjection(), towers.imageProjection())
                    .flatMap(Optional::stream)
                    .forEach(layer -> {
                        names.add(layer.name() + WEIGHT);
                        layer.bias().ifPresent(bias -> names.add(layer.name() + BIAS));
                    });
            names.add(base.family().logitScale());
            base.family().logitBias().ifPresent(names::add);
        }

        @Override
        public String location() {
            return "merged " + base.name();
        }

        @Override
        public Set<String> names() {
            return Collections.unmodifiableSet(names);
        }

        @Override
        public long[] shape(String name) {
            return files.shape(name);
        }

        @Override
        public DataType dataType(String name) {
            return type;
        }

        @Override
        public INDArray read(String name) throws IOException {
            Optional<LayerAdapter> adapter = name.endsWith(WEIGHT)
                    ? adapters.find(name.substring(0, name.length() - WEIGHT.length()))
                    : Optional.empty();
            try (INDArray array =
                    adapter.isPresent() ? adapter.get().merge(type) : MappedWeights.read(files, name, false)) {
                return adapter.isPresent() ? array.transpose().dup('c') : OnceRounded.cast(array, type);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("merged model: weight '" + name + "': " + e.getMessage(), e);
            }
        }

        @Override
        public void close() {
            // The opener of the files closes them.
        }
    }
}
