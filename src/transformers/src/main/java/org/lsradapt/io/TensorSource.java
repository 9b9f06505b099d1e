package org.lsradapt.io;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Named tensors in one or several files, checked when opened and read one at a time.
 *
 * <p>Safe for use by many threads. After {@link #close()} the names and shapes remain available, and {@link #read}
 * throws an {@link IllegalStateException}.
 */
public interface TensorSource extends Closeable {

    /** The name of the file or resource in messages. */
    String location();

    /** All names, in the order of the file; unmodifiable. */
    Set<String> names();

    /** Whether there is a tensor with this name. */
    default boolean has(String name) {
        return names().contains(name);
    }

    /**
     * Returns the shape in the file.
     *
     * @return a new array, empty for a scalar
     * @throws IllegalArgumentException if there is no such tensor
     */
    long[] shape(String name);

    /**
     * The type of the array that {@link #read} returns: FLOAT for 16-bit floating point in a file, which is widened
     * exactly, the stored type for all other types, and {@link DataType#UNKNOWN} for a type that cannot be read.
     *
     * @throws IllegalArgumentException if there is no such tensor
     */
    DataType dataType(String name);

    /**
     * Reads one tensor.
     *
     * @return a new 'c'-ordered array outside any workspace, which the caller owns
     * @throws IllegalArgumentException if there is no such tensor
     * @throws IllegalStateException if the source is closed
     * @throws IOException if the file cannot be read, the tensor is damaged, or its type cannot be read
     */
    INDArray read(String name) throws IOException;

    /**
     * Reads a part of one tensor.
     *
     * @param from the first index along the first dimension
     * @param to the index after the last
     * @return as {@link #read}
     * @throws IllegalArgumentException if there is no such tensor, or the indices are out of range
     * @throws IllegalStateException if the source is closed
     * @throws IOException as {@link #read}
     */
    default INDArray read(String name, long from, long to) throws IOException {
        long[] shape = TensorRows.shape(this, name, from, to);
        try (INDArray whole = read(name)) {
            return Views.rows(whole.reshape('c', whole.size(0), whole.length() / whole.size(0)), from, to)
                    .dup('c')
                    .reshape('c', shape);
        }
    }

    /**
     * Reads one tensor of parameters, which must be finite.
     *
     * @return as {@link #read}
     * @throws IOException as {@link #read}, or if a number is NaN or infinite; the message names file and tensor
     */
    default INDArray readFinite(String name) throws IOException {
        INDArray array = read(name);
        // A number times 0 is 0, except for infinity and NaN.
        double zero = array.isEmpty() || !array.dataType().isFPType()
                ? 0
                : array.mul(0).sumNumber().doubleValue();
        if (zero != 0 || Double.isNaN(zero)) {
            array.close();
            throw new IOException(location() + ": tensor '" + name + "' has NaN or infinity, expected finite numbers");
        }
        return array;
    }

    /**
     * Returns a matrix as stored in the file, mapped and not copied.
     *
     * @return its rows, valid until {@link #close()}; empty if the file has it in a form that cannot be mapped
     * @throws IllegalArgumentException if there is no such tensor
     * @throws IllegalStateException if the source is closed
     * @throws IOException if the tensor is damaged
     */
    default Optional<StoredMatrix> stored(String name) throws IOException {
        return Optional.empty();
    }
}
