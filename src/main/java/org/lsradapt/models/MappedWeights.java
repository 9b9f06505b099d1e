package org.lsradapt.models;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.encoder.WeightSource;
import org.lsradapt.io.TensorSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An encoder's weights out of any tensor file: maps each of the encoder's names to the tensor of the file and turns
 * linear weights that the file holds as [out, in].
 */
final class MappedWeights implements WeightSource {

    static final String POOLER = "pooler.";

    /**
     * Where a weight is in the file.
     *
     * @param tensor name in the file
     * @param transposed whether the file has it as [out, in]
     */
    record Place(String tensor, boolean transposed) {}

    /** Finds the place of a weight by the encoder's name for it. */
    @FunctionalInterface
    interface Layout {
        /** The place, whether or not the file has such a tensor; null if the layout has no place for the name. */
        Place find(String name);
    }

    private final TensorSource tensors;
    private final Layout layout;

    MappedWeights(TensorSource tensors, Layout layout) {
        this.tensors = tensors;
        this.layout = layout;
    }

    /** Whether a name is that of a linear layer's weight, and not of an embedding table, a bias or a LayerNorm. */
    static boolean isLinear(String name) {
        return name.endsWith(".weight") && !name.contains("embeddings.") && !name.contains("LayerNorm.");
    }

    @Override
    public boolean has(String name) {
        Place place = layout.find(name);
        return place != null && tensors.has(place.tensor());
    }

    @Override
    public INDArray read(String name) throws IOException {
        if (!has(name)) {
            throw new IOException(tensors.location() + ": there is no weight '" + name + "'");
        }
        Place place = layout.find(name);
        checkType(name, place);
        INDArray stored = tensors.read(place.tensor());
        if (stored.dataType() != DataType.FLOAT) {
            INDArray single = stored.castTo(DataType.FLOAT);
            stored.close();
            stored = single;
        }
        if (!place.transposed() || stored.rank() != 2) {
            return stored;
        }
        INDArray turned = stored.transpose().dup('c');
        stored.close();
        return turned;
    }

    private void checkType(String name, Place place) throws IOException {
        DataType type = tensors.dataType(place.tensor());
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IOException(tensors.location() + ": weight '" + name + "' is of type " + type
                    + ", expected 16-, 32- or 64-bit floating point");
        }
    }

    /** The shape that {@link #read} will give. */
    private long[] shape(String name) {
        Place place = layout.find(name);
        long[] shape = tensors.shape(place.tensor());
        return place.transposed() && shape.length == 2 ? new long[] {shape[1], shape[0]} : shape;
    }

    /**
     * Checks, before anything is read, that every weight the encoder needs is there with the shape it needs. The
     * pooler may be missing as a whole.
     *
     * @param configuration what the shapes come from, for messages
     * @throws IOException naming the first weight that is missing or of another shape
     */
    void check(EncoderConfig config, String configuration) throws IOException {
        for (Map.Entry<String, long[]> needed : shapes(config).entrySet()) {
            String name = needed.getKey();
            if (!has(name)) {
                if (name.startsWith(POOLER) && !has(POOLER + "dense.weight") && !has(POOLER + "dense.bias")) {
                    continue;
                }
                throw new IOException(tensors.location() + ": there is no weight '" + name + "', which "
                        + configuration + " asks for");
            }
            checkType(name, layout.find(name));
            if (!Arrays.equals(shape(name), needed.getValue())) {
                throw new IOException(tensors.location() + ": weight '" + name + "' is " + Arrays.toString(shape(name))
                        + (isLinear(name) ? " ([in, out])" : "") + ", " + configuration + " asks for "
                        + Arrays.toString(needed.getValue()));
            }
        }
    }

    /** All weights of an encoder with pooler and their shapes, linear weights as [in, out], in a fixed order. */
    static Map<String, long[]> shapes(EncoderConfig config) {
        long hidden = config.hidden();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("embeddings.word_embeddings.weight", new long[] {config.vocabulary(), hidden});
        shapes.put("embeddings.position_embeddings.weight", new long[] {config.positions(), hidden});
        shapes.put("embeddings.token_type_embeddings.weight", new long[] {config.tokenTypes(), hidden});
        putNorm(shapes, "embeddings.LayerNorm", hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "encoder.layer." + layer + ".";
            putLinear(shapes, prefix + "attention.self.query", hidden, hidden);
            putLinear(shapes, prefix + "attention.self.key", hidden, hidden);
            putLinear(shapes, prefix + "attention.self.value", hidden, hidden);
            putLinear(shapes, prefix + "attention.output.dense", hidden, hidden);
            putNorm(shapes, prefix + "attention.output.LayerNorm", hidden);
            putLinear(shapes, prefix + "intermediate.dense", hidden, config.intermediate());
            putLinear(shapes, prefix + "output.dense", config.intermediate(), hidden);
            putNorm(shapes, prefix + "output.LayerNorm", hidden);
        }
        putLinear(shapes, POOLER + "dense", hidden, hidden);
        return Collections.unmodifiableMap(shapes);
    }

    private static void putLinear(Map<String, long[]> shapes, String layer, long in, long out) {
        shapes.put(layer + ".weight", new long[] {in, out});
        shapes.put(layer + ".bias", new long[] {out});
    }

    private static void putNorm(Map<String, long[]> shapes, String layer, long size) {
        shapes.put(layer + ".weight", new long[] {size});
        shapes.put(layer + ".bias", new long[] {size});
    }
}
