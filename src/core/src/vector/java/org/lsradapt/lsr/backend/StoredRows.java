package org.lsradapt.lsr.backend;

import java.nio.ByteBuffer;
import org.lsradapt.lsr.storage.StoredMatrix;

/**
 * The rows of a matrix: in place, or copied into a Java array, several at a time, since each copy waits for the memory
 * anew.
 */
final class StoredRows {
    /** The copies; empty for rows in place. */
    final byte[] bytes;

    /** The matrix as {@link VectorMemory} reads it. */
    final Object memory;

    final ByteBuffer buffer;
    private final int rowBytes;
    private final int to;
    private final int copied;

    /** First row in the array; {@link #end} is the row after its last. */
    private int first;

    private int end;

    /** Makes an empty array of the rows before {@code to}, of which {@code copied} are copied at a time; 0 for in place. */
    StoredRows(StoredMatrix stored, int to, int copied) {
        buffer = stored.memory();
        memory = VectorMemory.of(buffer);
        rowBytes = stored.rowBytes();
        this.to = to;
        this.copied = copied;
        bytes = new byte[copied * rowBytes];
    }

    /** Where a row begins in {@link #bytes}, or in place; rows are requested in order. */
    int at(int row) {
        if (copied == 0) {
            return row * rowBytes;
        }
        if (row >= end) {
            first = row;
            end = Math.min(to, row + copied);
            buffer.get(row * rowBytes, bytes, 0, (end - row) * rowBytes);
        }
        return (row - first) * rowBytes;
    }
}
