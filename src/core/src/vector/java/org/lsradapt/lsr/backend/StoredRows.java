package org.lsradapt.lsr.backend;

import java.nio.ByteBuffer;
import org.lsradapt.lsr.storage.StoredMatrix;

/** Rows of a matrix in a Java array, some copied at a time, since each copy waits for the memory anew. */
final class StoredRows {
    final byte[] bytes;

    private final ByteBuffer buffer;
    private final int rowBytes;
    private final int to;
    private final int copied;

    /** The first row in the array, and behind the last. */
    private int first;

    private int end;

    /**
     * Rows up to one.
     *
     * @param to behind the last
     * @param copied how many are copied at a time
     */
    StoredRows(StoredMatrix stored, int to, int copied) {
        buffer = stored.memory();
        rowBytes = stored.rowBytes();
        this.to = to;
        this.copied = copied;
        bytes = new byte[copied * rowBytes];
    }

    /** Where a row begins in {@link #bytes}; asked for in order. */
    int at(int row) {
        if (row >= end) {
            first = row;
            end = Math.min(to, row + copied);
            buffer.get(row * rowBytes, bytes, 0, (end - row) * rowBytes);
        }
        return (row - first) * rowBytes;
    }
}
