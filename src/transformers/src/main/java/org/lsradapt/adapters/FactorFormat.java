package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.RoundedSum.StoredFactor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The storage of a stack of factor matrices [s, rows, cols] in a tensor file, by precision: F32, F16 or BF16 unchanged; INT8 as I8 of the
 * same shape; INT4 as U8 [⌈s/2⌉, rows, cols], with two matrices in the bytes of one, the first in the low half, in two's complement.
 * Integers have an additional tensor {@code NAME.scale}, F32 [s]: a number is its integer times its matrix's scale.
 */
final class FactorFormat {
    static final String SCALE = ".scale";

    private static final int HALF = 4;

    /** Four bits can hold this number, but rounding never produces it. */
    private static final int LOWEST_HALF = -8;

    private FactorFormat() {}

    /** Adds a FLOAT stack [s, rows, cols] to the tensors to write; refuses numbers that are not finite in that precision. */
    static void put(Map<String, INDArray> tensors, String name, INDArray factor, Precision precision) {
        if (precision == Precision.FP32) {
            tensors.put(name, factor);
            return;
        }
        StoredFactor stored = StoredFactor.of(factor, precision);
        Require.argument(
                Double.isFinite(stored.values().norm2Number().doubleValue()),
                "save adapter: %s has numbers that are not finite in %s",
                name,
                precision.label());
        if (!precision.isScaled()) {
            tensors.put(
                    name, stored.values().castTo(precision == Precision.FP16 ? DataType.FLOAT16 : DataType.BFLOAT16));
            return;
        }
        byte[] integers = stored.integers();
        long[] shape = factor.shape().clone();
        if (precision == Precision.INT8) {
            tensors.put(name, Nd4j.createFromArray(integers).reshape('c', shape));
        } else {
            int matrix = integers.length / (int) shape[0];
            shape[0] = storedTerms((int) shape[0], precision);
            int[] packed = new int[(int) shape[0] * matrix];
            for (int i = 0; i < integers.length; i++) {
                int term = i / matrix;
                packed[term / 2 * matrix + i % matrix] |= (integers[i] & 0xF) << (term % 2 * HALF);
            }
            tensors.put(
                    name, Nd4j.createFromArray(packed).castTo(DataType.UINT8).reshape('c', shape));
        }
        tensors.put(name + SCALE, Nd4j.createFromArray(stored.scales()));
    }

    /** The size of a tensor's first axis for a stack of s matrices. */
    static int storedTerms(int s, Precision precision) {
        return precision == Precision.INT4 ? (s + 1) / 2 : s;
    }

    /** The required type of a tensor, as {@link TensorSource#dataType} returns it. */
    static DataType type(Precision precision) {
        return switch (precision) {
            case INT8 -> DataType.INT8;
            case INT4 -> DataType.UINT8;
            default -> DataType.FLOAT;
        };
    }

    /** Reads a stack, or an array without a scale, of the right type and shape: a new FLOAT array, for a stack [s, rows, cols]. */
    static INDArray read(TensorSource tensors, String name, Precision precision) throws IOException {
        INDArray array = tensors.readFinite(name);
        if (!tensors.has(name + SCALE)) {
            return array;
        }
        long[] shape = array.shape().clone();
        int[] read = array.castTo(DataType.INT32).data().asInt();
        array.close();
        int matrix = read.length / (int) shape[0];
        int s = (int) tensors.shape(name + SCALE)[0];
        shape[0] = s;
        byte[] integers = new byte[s * matrix];
        for (int i = 0; i < integers.length; i++) {
            int term = i / matrix;
            integers[i] = (byte)
                    (precision == Precision.INT8
                            ? read[i]
                            : signed(read[term / 2 * matrix + i % matrix] >> (term % 2 * HALF)));
            require(
                    integers[i] != LOWEST_HALF || precision != Precision.INT4,
                    tensors,
                    name,
                    "number -8, expected -7 to 7");
        }
        double[] numbers = new double[integers.length];
        try (INDArray scales = tensors.readFinite(name + SCALE)) {
            float[] perMatrix = scales.data().asFloat();
            for (float scale : perMatrix) {
                require(scale >= 0, tensors, name + SCALE, "scale " + scale + ", expected >= 0");
            }
            StoredFactor.restore(integers, perMatrix, numbers);
        }
        return Nd4j.createFromArray(numbers).castTo(DataType.FLOAT).reshape('c', shape);
    }

    private static void require(boolean condition, TensorSource tensors, String name, String complaint)
            throws IOException {
        if (!condition) {
            throw new IOException(tensors.location() + ": tensor '" + name + "' has the " + complaint);
        }
    }

    /** An INT4 number of a stack of matrices: the j-th of matrix k. */
    static int half(ByteBuffer bytes, int begin, int k, int j, int matrix) {
        return signed(bytes.get(begin + k / 2 * matrix + j) >> (k % 2 * HALF));
    }

    /** The low half of a byte, in two's complement. */
    private static int signed(int bits) {
        return (bits << (Integer.SIZE - HALF)) >> (Integer.SIZE - HALF);
    }
}
