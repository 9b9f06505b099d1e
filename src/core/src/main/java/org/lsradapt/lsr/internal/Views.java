package org.lsradapt.lsr.internal;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Makes views of arrays from offset and strides, and compares them. For a single row of a view given as an interval,
 * ND4J 1.0.0-M2.1's own {@code get} returns an empty array; it is also slower.
 */
public final class Views {

    private Views() {}

    /** A view [rowTo - rowFrom, colTo - colFrom] of a matrix. */
    public static INDArray block(INDArray matrix, long rowFrom, long rowTo, long colFrom, long colTo) {
        long[] strides = {matrix.stride(0), matrix.stride(1)};
        long offset = matrix.offset() + rowFrom * strides[0] + colFrom * strides[1];
        return Nd4j.create(matrix.data(), new long[] {rowTo - rowFrom, colTo - colFrom}, strides, offset, 'c');
    }

    /** All rows of a block of columns; see {@link #block}. */
    public static INDArray columns(INDArray matrix, long from, long to) {
        return block(matrix, 0, matrix.size(0), from, to);
    }

    /** All columns of a block of rows; see {@link #block}. */
    public static INDArray rows(INDArray matrix, long from, long to) {
        return block(matrix, from, to, 0, matrix.size(1));
    }

    /** Consecutive elements of a contiguous 'c' ordered array, as a view of a given shape, also contiguous. */
    public static INDArray piece(INDArray array, long from, long... shape) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return Nd4j.create(array.data(), shape, strides, array.offset() + from, 'c');
    }

    /** The first element of an array in every place of a shape. */
    static INDArray repeated(INDArray array, long... shape) {
        return Nd4j.create(array.data(), shape, new long[shape.length], array.offset(), 'c');
    }

    /** Whether an array's elements follow each other in 'c' order without gaps. */
    public static boolean isContiguous(INDArray array) {
        long expected = 1;
        for (int axis = array.rank() - 1; axis >= 0; axis--) {
            if (array.size(axis) > 1 && array.stride(axis) != expected) {
                return false;
            }
            expected *= array.size(axis);
        }
        return true;
    }

    /**
     * Whether two arrays may have an element in common. For blocks of one 'c' ordered matrix the answer is exact; other
     * views of one array are compared by the range from their first to their last element.
     */
    public static boolean overlap(INDArray a, INDArray b) {
        if (a.isEmpty() || b.isEmpty() || a.data().address() != b.data().address()) {
            return false;
        }
        if (a.rank() == 2 && b.rank() == 2 && a.stride(0) == b.stride(0) && a.stride(1) == 1 && b.stride(1) == 1) {
            long width = a.stride(0);
            long rows = Math.floorDiv(b.offset() - a.offset(), width);
            long columns = Math.floorMod(b.offset() - a.offset(), width);
            return overlap(a, b, rows, columns) || overlap(a, b, rows + 1, columns - width);
        }
        return a.offset() <= last(b) && b.offset() <= last(a);
    }

    /** Whether two blocks have an element in common if b begins {@code rows} and {@code columns} after a. */
    private static boolean overlap(INDArray a, INDArray b, long rows, long columns) {
        return rows < a.size(0) && -rows < b.size(0) && columns < a.size(1) && -columns < b.size(1);
    }

    /** A hash of the bits of an array's elements in 'c' order, whatever its strides. */
    public static long hash(INDArray array) {
        long hash = 1;
        try (INDArray copy = array.dup('c')) {
            if (copy.dataType() == DataType.DOUBLE) {
                for (double number : copy.data().asDouble()) {
                    hash = 31 * hash + Double.doubleToRawLongBits(number);
                }
            } else {
                for (float number : copy.data().asFloat()) {
                    hash = 31 * hash + Float.floatToRawIntBits(number);
                }
            }
        }
        return hash;
    }

    private static long last(INDArray array) {
        long last = array.offset();
        for (int axis = 0; axis < array.rank(); axis++) {
            last += (array.size(axis) - 1) * array.stride(axis);
        }
        return last;
    }
}
