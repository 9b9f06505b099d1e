package org.lsradapt.lsr.internal;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A matrix in native memory for {@link Blas} and {@link OneDnn}. It refers to the memory but does not keep it alive.
 *
 * @param stride distance between stored rows
 * @param transposed whether the stored rows are the matrix's columns
 */
public record NativeMatrix(Pointer memory, int rows, int columns, int stride, boolean transposed) {

    /** A matrix that is not transposed. */
    public NativeMatrix(Pointer memory, int rows, int columns, int stride) {
        this(memory, rows, columns, stride, false);
    }

    /** The matrix of an array of the CPU backend; null if neither its rows nor its columns are contiguous. */
    public static @Nullable NativeMatrix of(INDArray array) {
        long rows = array.size(0);
        long cols = array.size(1);
        long rowStride = rows == 1 ? cols : array.stride(0);
        long colStride = cols == 1 ? rows : array.stride(1);
        if ((cols == 1 || colStride == 1) && rowStride >= cols) {
            return new NativeMatrix(memory(array), (int) rows, (int) cols, (int) rowStride);
        }
        if ((rows == 1 || rowStride == 1) && colStride >= rows) {
            return new NativeMatrix(memory(array), (int) rows, (int) cols, (int) colStride, true);
        }
        return null;
    }

    private static Pointer memory(INDArray array) {
        if (array.dataType() == DataType.BFLOAT16) {
            return Blas.brains(array);
        }
        return array.dataType() == DataType.FLOAT
                ? Blas.floats(array)
                : (DoublePointer) array.data().addressPointer();
    }

    /** The transposed matrix, on the same memory. */
    public NativeMatrix transpose() {
        return new NativeMatrix(memory, columns, rows, stride, !transposed);
    }

    /** The transposed matrix, or this one if {@code really} is false. */
    public NativeMatrix transpose(boolean really) {
        return really ? transpose() : this;
    }

    /** Consecutive rows, all columns. */
    public NativeMatrix rows(int from, int count) {
        return block(from, count, 0, columns);
    }

    /** Consecutive columns, all rows. */
    public NativeMatrix columns(int from, int count) {
        return block(0, rows, from, count);
    }

    public NativeMatrix block(int firstRow, int rowCount, int firstColumn, int columnCount) {
        long skip = transposed ? firstRow + (long) firstColumn * stride : (long) firstRow * stride + firstColumn;
        return new NativeMatrix(
                skip == 0 ? memory : memory.getPointer(skip), rowCount, columnCount, stride, transposed);
    }

    boolean isSingle() {
        return memory instanceof FloatPointer;
    }
}
