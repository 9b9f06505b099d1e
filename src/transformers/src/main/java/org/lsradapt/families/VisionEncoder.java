package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Encoders of the patches of an image, which follow special tokens. Since version 5 of transformers, the names of
 * modules differ from those in files.
 */
abstract class VisionEncoder implements Family {
    static final String LAYERS = "encoder.layer.";

    /** The layers of attention, in an order that matters, as one name may end with another. */
    private static final List<Renamed> ATTENTION = List.of(
            new Renamed("attention.attention.query", "attention.q_proj"),
            new Renamed("attention.attention.key", "attention.k_proj"),
            new Renamed("attention.attention.value", "attention.v_proj"),
            new Renamed("attention.output.dense", "attention.o_proj"));

    private final String modelType;
    private final String className;
    private final String moduleLayers;
    private final List<Renamed> renamed;

    /** A layer whose module has another name than its tensors in files. */
    record Renamed(String file, String module) {}

    /** Creates a family; {@code feedForward} are the layers of the feed-forward part whose modules have other names. */
    VisionEncoder(String modelType, String className, String moduleLayers, Renamed... feedForward) {
        this.modelType = modelType;
        this.className = className;
        this.moduleLayers = moduleLayers;
        renamed = Stream.concat(ATTENTION.stream(), Stream.of(feedForward)).toList();
    }

    @Override
    public final String modelType() {
        return modelType;
    }

    @Override
    public final String prefix() {
        return modelType + ".";
    }

    @Override
    public final String sequenceClassifier() {
        return className + "ForImageClassification";
    }

    @Override
    public final String baseClass() {
        return className + "Model";
    }

    @Override
    public String imageProcessor() {
        return className + "ImageProcessor";
    }

    @Override
    public final String module(String name) {
        return renamed(name, LAYERS, Renamed::file, moduleLayers, Renamed::module);
    }

    @Override
    public final String layer(String module) {
        return renamed(module, moduleLayers, Renamed::module, LAYERS, Renamed::file);
    }

    private String renamed(
            String name, String from, Function<Renamed, String> old, String to, Function<Renamed, String> other) {
        return renamed.stream()
                .filter(layer -> name.startsWith(from) && name.endsWith("." + old.apply(layer)))
                .map(layer -> to
                        + name.substring(
                                from.length(), name.length() - old.apply(layer).length())
                        + other.apply(layer))
                .findFirst()
                .orElse(name);
    }

    static EncoderLayers.Names names(String first, String up, String down, String second) {
        return new EncoderLayers.Names(
                ATTENTION.get(0).file,
                ATTENTION.get(1).file,
                ATTENTION.get(2).file,
                ATTENTION.get(3).file,
                first,
                up,
                down,
                second);
    }

    /** Returns a model whose classifier reads hidden states after a last normalization. */
    static Transformer model(Embeddings.Patches patches, EncoderLayers layers, List<Block> blocks, Head.Row row) {
        return new Transformer(
                patches,
                blocks,
                Optional.of(EncoderLayers.norm("layernorm", layers.width(), layers.epsilon())),
                new Head(row, Optional.empty(), "classifier", true),
                Optional.empty(),
                patches.positions().rows());
    }

    static Embeddings.Patches patches(JsonFields config, int width, int usualPatch, List<String> special)
            throws IOException {
        Configs.Pixels pixels = Configs.Pixels.of(config, usualPatch);
        int rows = special.size() + pixels.patches();
        return new Embeddings.Patches(
                new Linear("embeddings.patch_embeddings.projection", pixels.numbers(), width, true),
                special.stream()
                        .map(token -> new Table("embeddings." + token, 1, width, List.of(1L, 1L, (long) width)))
                        .toList(),
                Optional.empty(),
                new Table("embeddings.position_embeddings", rows, width, List.of(1L, (long) rows, (long) width)),
                pixels.channels(),
                pixels.patch(),
                pixels.image(),
                Optional.empty(),
                Embeddings.Patches.Interpolation.CUBIC);
    }
}
