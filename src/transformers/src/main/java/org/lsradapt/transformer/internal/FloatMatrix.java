package org.lsradapt.transformer.internal;

import java.nio.FloatBuffer;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A FLOAT array on the CPU: blocks for BLAS, and rows for loops. */
final class FloatMatrix {
    final int rows;
    final int width;
    private final int stride;
    private final NativeMatrix matrix;
    private final FloatBuffer buffer;

    FloatMatrix(INDArray array) {
        rows = (int) array.size(0);
        width = (int) array.size(1);
        stride = array.size(0) == 1 ? Math.max(width, array.stride(0)) : array.stride(0);
        matrix = new NativeMatrix(Blas.floats(array), rows, width, stride);
        buffer = Blas.buffer(array);
    }

    static FloatMatrix of(INDArray array) {
        return array == null ? null : new FloatMatrix(array);
    }

    static FloatMatrix[] of(INDArray[] arrays) {
        return Stream.of(arrays).map(FloatMatrix::new).toArray(FloatMatrix[]::new);
    }

    NativeMatrix block(int firstRow, int rowCount, int firstColumn, int columns) {
        return matrix.block(firstRow, rowCount, firstColumn, columns);
    }

    void clear() {
        float[] zeros = new float[width];
        for (int row = 0; row < rows; row++) {
            write(row, 0, zeros, width);
        }
    }

    void read(int row, int firstColumn, float[] to, int columns) {
        buffer.get(row * stride + firstColumn, to, 0, columns);
    }

    void write(int row, int firstColumn, float[] from, int columns) {
        buffer.put(row * stride + firstColumn, from, 0, columns);
    }
}
