package org.lsradapt.lsr.backend;

import java.nio.ByteBuffer;
import org.lsradapt.lsr.storage.StoredMatrix;

/** Copies the rows of a matrix into a Java array, several at a time, since each copy waits for the memory anew. */
final class StoredRows {
    final byte[] bytes;

    private final ByteBuffer buffer;
    private final int rowBytes;
    private final int to;
    private final int copied;

    /** First row in the array; {@link #end} is the row after its last. */
    private int first;

    private int end;

    /** Makes an empty array of the rows before {@code to}, of which {@code copied} are copied at a time. */
    StoredRows(StoredMatrix stored, int to, int copied) {
        buffer = stored.memory();
        rowBytes = stored.rowBytes();
        this.to = to;
        this.copied = copied;
        bytes = new byte[copied * rowBytes];
    }

    /** Where a row begins in {@link #bytes}; rows are requested in order. */
    int at(int row) {
        if (row >= end) {
            first = row;
            end = Math.min(to, row + copied);
            buffer.get(row * rowBytes, bytes, 0, (end - row) * rowBytes);
        }
        return (row - first) * rowBytes;
    }
}
