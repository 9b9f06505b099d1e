package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer of an adapter in another library's file. Arrays that it returns are new and belong to the imported adapter. */
public final class FileLayer {
    private final String name;
    private final Map<String, String> parts;
    private final FactorReader reader;
    private final Scales scales;

    /** Finds the r and α of layers. */
    @FunctionalInterface
    interface Scales {
        LayerScale of(String layer) throws IOException;
    }

    FileLayer(String name, Map<String, String> parts, FactorReader reader, Scales scales) {
        this.name = name;
        this.parts = parts;
        this.reader = reader;
        this.scales = scales;
    }

    /** The layer's full name in the base model. */
    public String name() {
        return name;
    }

    /** Whether the file has a part of this layer. */
    public boolean has(String part) {
        return parts.containsKey(part);
    }

    /** The layer's r and α, of a type with a {@link PeftReader#alphaField}. */
    public LayerScale scale() throws IOException {
        return scales.of(name);
    }

    /** The shape of a part, which must exist and have this many axes, none of them empty. */
    public int[] shape(String part, int axes) throws IOException {
        if (!has(part)) {
            throw failure("has " + parts.keySet() + ", expected " + part + " too");
        }
        return reader.shape(parts.get(part), axes);
    }

    /** Throws an exception unless a size of a part equals the one that another part or the configuration determines. */
    public void require(String part, int found, int expected, String what) throws IOException {
        reader.require(parts.get(part), found, expected, what);
    }

    /** Reads a matrix [rows, cols] as a factor [1, cols, rows], or a stack of them [s, rows, cols] as [s, cols, rows]. */
    public INDArray factor(String part) throws IOException {
        return reader.factor(parts.get(part));
    }

    /** Reads a vector. */
    public INDArray vector(String part) throws IOException {
        return reader.vector(parts.get(part));
    }

    /** Reads a matrix [rows, cols] as it is stored. */
    public INDArray matrix(String part) throws IOException {
        return reader.matrix(parts.get(part));
    }

    /** Reads a matrix of whole numbers from 0 to below a limit as it is stored, row by row. */
    public int[] indices(String part, int limit) throws IOException {
        return reader.indices(parts.get(part), limit);
    }

    /** Makes an array of numbers, row by row, in the type of the file's arrays. */
    public INDArray array(double[] numbers, int... shape) {
        return reader.array(numbers, shape);
    }

    /** The identity as a factor [1, n, n]. */
    public INDArray identity(int n) {
        return reader.identity(n);
    }

    /** An exception about the layer that names the file. */
    public IOException failure(String complaint) {
        return reader.failure(name, complaint);
    }
}
