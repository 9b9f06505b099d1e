package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Reads arrays of an adapter in this library's orientation, and keeps them until they are closed. */
final class FactorReader {
    /** The suffix of a normalization's weight in every head. */
    private static final String NORM = "norm.weight";

    private final TensorSource tensors;
    private final DataType type;
    private final List<INDArray> owned = new ArrayList<>();

    /** Checks the types: if one tensor is DOUBLE, all are read as DOUBLE. */
    FactorReader(TensorSource tensors) throws IOException {
        this.tensors = tensors;
        DataType widest = DataType.FLOAT;
        for (String name : tensors.names()) {
            widest = tensors.dataType(name) == DataType.DOUBLE ? DataType.DOUBLE : widest;
        }
        type = widest;
    }

    /** Reads all layers and the head of a file; on failure, closes the arrays read so far. */
    static ImportedAdapter read(
            TensorSource tensors,
            TensorNames names,
            ImportedAdapter.Origin origin,
            PeftReader.Reading reading,
            FileLayer.Scales scales)
            throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            FactorReader reader = new FactorReader(tensors);
            opened.add(() -> reader.owned.forEach(INDArray::close));
            List<LayerArrays> layers = new ArrayList<>();
            for (Map.Entry<String, Map<String, String>> layer : names.layers().entrySet()) {
                layers.add(reading.read(new FileLayer(layer.getKey(), layer.getValue(), reader, scales)));
            }
            return opened.release(new ImportedAdapter(
                    tensors.location(), origin, names, layers, reader.head(names.head()), reader.owned));
        }
    }

    /** The shape of a tensor, which must have this many axes, none of them empty. */
    int[] shape(String name, int axes) throws IOException {
        long[] shape = tensors.shape(name);
        boolean fits = shape.length == axes;
        for (long size : shape) {
            fits &= size >= 1 && size <= Integer.MAX_VALUE;
        }
        if (!fits) {
            throw TensorNames.failure(
                    tensors,
                    name,
                    "is " + Arrays.toString(shape) + ", expected "
                            + (axes == 3 ? "[s, rows, cols]" : axes == 2 ? "[rows, cols]" : "[length]"));
        }
        return Arrays.stream(shape).mapToInt(size -> (int) size).toArray();
    }

    IOException failure(String layer, String complaint) {
        return new IOException(tensors.location() + ": layer '" + layer + "' " + complaint);
    }

    /** Throws an exception unless a size equals the one that another part or the configuration determines. */
    void require(String tensor, int found, int expected, String what) throws IOException {
        if (found != expected) {
            throw TensorNames.failure(
                    tensors,
                    tensor,
                    "is " + Arrays.toString(tensors.shape(tensor)) + ", expected " + what + " to be " + expected);
        }
    }

    /** Reads a matrix [rows, cols] as a factor [1, cols, rows], or a stack of them [s, rows, cols] as [s, cols, rows]. */
    INDArray factor(String name) throws IOException {
        INDArray transposed = typed(read(name));
        return transposed.rank() == 3 ? transposed : transposed.reshape('c', 1, transposed.size(0), transposed.size(1));
    }

    INDArray vector(String name) throws IOException {
        return typed(read(name));
    }

    /** Reads a matrix as it is stored. */
    INDArray matrix(String name) throws IOException {
        return typed(readFinite(name));
    }

    /**
     * Reads a matrix of whole numbers as it is stored, row by row.
     *
     * @param limit the numbers are from 0 to below it
     */
    int[] indices(String name, int limit) throws IOException {
        if (tensors.dataType(name) != DataType.INT64) {
            throw TensorNames.failure(tensors, name, "is " + tensors.dataType(name) + ", expected I64");
        }
        try (INDArray stored = tensors.read(name)) {
            long[] numbers = stored.data().asLong();
            for (long number : numbers) {
                if (number < 0 || number >= limit) {
                    throw TensorNames.failure(tensors, name, "has " + number + ", expected 0 to " + (limit - 1));
                }
            }
            return Arrays.stream(numbers).mapToInt(number -> (int) number).toArray();
        }
    }

    INDArray array(double[] numbers, int... shape) {
        INDArray array = Nd4j.createFromArray(numbers)
                .castTo(type)
                .reshape('c', Arrays.stream(shape).asLongStream().toArray());
        owned.add(array);
        return array;
    }

    /** The identity as a factor [1, n, n]. */
    INDArray identity(int n) {
        INDArray identity = Nd4j.zeros(type, 1, n, n);
        for (int i = 0; i < n; i++) {
            identity.putScalar(new int[] {0, i, i}, 1);
        }
        owned.add(identity);
        return identity;
    }

    /** Reads a head's arrays by name, weights as [in, out]. */
    Map<String, INDArray> head(Map<String, String> names) throws IOException {
        Map<String, INDArray> head = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : names.entrySet()) {
            String weight = entry.getKey().replace(".bias", ".weight");
            if (!names.containsKey(weight)) {
                throw failure("head", "has " + names.keySet() + ", expected " + weight + " too");
            }
            int[] shape = shape(names.get(weight), weight.endsWith(NORM) ? 1 : 2);
            if (!entry.getKey().equals(weight)) {
                int[] bias = shape(entry.getValue(), 1);
                require(entry.getValue(), bias[0], shape[0], "the length");
            }
            head.put(entry.getKey(), typed(read(entry.getValue())));
        }
        return head;
    }

    private INDArray readFinite(String name) throws IOException {
        DataType found = tensors.dataType(name);
        if (found != DataType.FLOAT && found != DataType.DOUBLE) {
            throw TensorNames.failure(tensors, name, "is " + found + ", expected floating point");
        }
        return tensors.readFinite(name);
    }

    private INDArray read(String name) throws IOException {
        INDArray stored = readFinite(name);
        if (stored.rank() < 2) {
            return stored;
        }
        INDArray transposed = (stored.rank() == 2 ? stored.transpose() : stored.permute(0, 2, 1)).dup('c');
        stored.close();
        return transposed;
    }

    private INDArray typed(INDArray array) {
        INDArray typed = array.castTo(type);
        if (typed != array) {
            array.close();
        }
        owned.add(typed);
        return typed;
    }
}
