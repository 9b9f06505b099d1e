package org.lsradapt.training;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.lsradapt.lsr.internal.CloseOnFailure;

/**
 * Reads files of {@link StateWriter} after checking their checksum. No size in the file causes an allocation: the reader supplies the
 * arrays, and the file has to match them.
 */
final class StateReader implements StateStream, AutoCloseable {
    private final String file;
    private final DataInputStream in;

    private StateReader(String file, DataInputStream in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Opens a file.
     *
     * @throws DamagedException if the file is not a checkpoint, or its checksum is wrong
     * @throws IOException if the file cannot be read
     */
    static StateReader open(CheckpointStore store, String name) throws IOException {
        requireChecksum(store, name);
        String file = store.location(name);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            DataInputStream in = opened.add(new DataInputStream(new BufferedInputStream(store.open(name), 1 << 16)));
            if (in.readLong() != StateWriter.MAGIC) {
                throw new IOException(file
                        + ": a checkpoint of another version of the library, expected this one's; start the training"
                        + " again in another folder");
            }
            return opened.release(new StateReader(file, in));
        }
    }

    /** Thrown if a file differs from what was written. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        private DamagedException(String file) {
            super(file + ": not a checkpoint, or a damaged one: its checksum is wrong");
        }
    }

    private static void requireChecksum(CheckpointStore store, String name) throws IOException {
        String file = store.location(name);
        long left = store.size(name) - Integer.BYTES;
        if (left < Long.BYTES) {
            throw new DamagedException(file);
        }
        CRC32C checksum = new CRC32C();
        byte[] bytes = new byte[1 << 16];
        try (InputStream content = store.open(name)) {
            while (left > 0) {
                int count = content.read(bytes, 0, (int) Math.min(left, bytes.length));
                if (count < 0) {
                    throw new DamagedException(file);
                }
                checksum.update(bytes, 0, count);
                left -= count;
            }
            byte[] stored = content.readNBytes(Integer.BYTES);
            if (stored.length < Integer.BYTES || ByteBuffer.wrap(stored).getInt() != (int) checksum.getValue()) {
                throw new DamagedException(file);
            }
        }
    }

    @Override
    public boolean isReading() {
        return true;
    }

    @Override
    public String location() {
        return file;
    }

    @Override
    public int number(int value) throws IOException {
        return in.readInt();
    }

    @Override
    public double number(double value) throws IOException {
        return in.readDouble();
    }

    @Override
    public boolean flag(boolean value) throws IOException {
        return in.readBoolean();
    }

    @Override
    public String text(String value) throws IOException {
        return in.readUTF();
    }

    @Override
    public void numbers(double[] into) throws IOException {
        requireLength(into.length);
        byte[] bytes = new byte[StateWriter.CHUNK * Double.BYTES];
        for (int from = 0; from < into.length; from += StateWriter.CHUNK) {
            int count = Math.min(StateWriter.CHUNK, into.length - from);
            in.readFully(bytes, 0, count * Double.BYTES);
            ByteBuffer.wrap(bytes).asDoubleBuffer().get(into, from, count);
        }
        for (double value : into) {
            require(Double.isFinite(value), "has %s, expected a finite number", value);
        }
    }

    @Override
    public void numbers(int[] into) throws IOException {
        requireLength(into.length);
        for (int i = 0; i < into.length; i++) {
            into[i] = in.readInt();
        }
    }

    @Override
    public void flags(boolean[] into) throws IOException {
        requireLength(into.length);
        for (int i = 0; i < into.length; i++) {
            into[i] = in.readBoolean();
        }
    }

    private void requireLength(int expected) throws IOException {
        int length = in.readInt();
        require(length == expected, "has an array of %d numbers where this training has %d", length, expected);
    }

    /** Refuses a file with further content. */
    void requireEnd() throws IOException {
        in.readInt();
        require(in.read() < 0, "continues after the end of this training's state");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
