package org.lsradapt.adapters;

import java.io.IOException;
import java.util.Arrays;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.numerics.Precision;

/** The shapes of one layer's tensors in a file, for an {@link AdapterKind} to check. Immutable. */
public final class LayerTensors {
    private final String layer;
    private final StoredConfig<?> config;
    private final TensorSource tensors;
    private final Precision storage;

    LayerTensors(String layer, StoredConfig<?> config, TensorSource tensors, Precision storage) {
        this.layer = layer;
        this.config = config;
        this.tensors = tensors;
        this.storage = storage;
    }

    /** The layer's full name. */
    public String layer() {
        return layer;
    }

    /**
     * Returns the shape of a tensor after checking it.
     *
     * @param name the parameter's name, which begins with the layer's
     * @param expected the shape that the settings require; -1 for any length of at least 1
     * @throws IOException if the shape is another; the message names the file, the tensor and both shapes
     */
    public long[] shape(String name, long... expected) throws IOException {
        long[] found = found(name);
        boolean same = found.length == expected.length;
        for (int i = 0; same && i < found.length; i++) {
            same = found[i] == expected[i] || (expected[i] == -1 && found[i] >= 1);
        }
        if (!same) {
            throw failure(
                    name,
                    "is " + Arrays.toString(found) + ", " + AdapterConfigFile.NAME + " asks for "
                            + Arrays.toString(expected).replace("-1", "*"));
        }
        return found;
    }

    /**
     * Checks a stack of factor matrices, and its scales if the folder's precision has scales.
     *
     * @param name the parameter's name, one of {@link AdapterKind#factors}
     * @param s the number of matrices
     * @throws IOException as {@link #shape} throws it
     */
    public void requireFactor(String name, int s, int rows, int cols) throws IOException {
        shape(name, FactorFormat.storedTerms(s, storage), rows, cols);
        if (storage.isScaled()) {
            shape(name + FactorFormat.SCALE, s);
        }
    }

    /** The shape of a tensor in the file, unchecked. */
    public long[] found(String name) {
        return tensors.shape(place(name));
    }

    /** An exception about a tensor that names the file and the tensor. */
    public IOException failure(String name, String complaint) {
        return new IOException(tensors.location() + ": tensor '" + place(name) + "' " + complaint);
    }

    /** A scale lies with its factor. */
    private String place(String name) {
        return AdapterFolder.PREFIX + (config.holder().isEmpty() ? name : config.place(layer, name));
    }
}
