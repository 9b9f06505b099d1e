package org.lsradapt.training;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads what {@link StateWriter} wrote, after its checksum was found right. Nothing is allocated by a size that stands in
 * the file: arrays are the reader's, and the file has to fit them.
 */
final class StateReader implements AutoCloseable {
    private final Path file;
    private final DataInputStream in;

    private StateReader(Path file, DataInputStream in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Opens a file.
     *
     * @throws DamagedException if it is no such file, or its checksum is wrong
     * @throws IOException if it cannot be read
     */
    static StateReader open(Path file) throws IOException {
        requireChecksum(file);
        StateReader reader = new StateReader(file, stream(file));
        try {
            if (reader.in.readLong() != StateWriter.MAGIC) {
                throw new IOException(file + ": a checkpoint of another version of the library, expected this one's");
            }
            return reader;
        } catch (IOException e) {
            reader.close();
            throw e;
        }
    }

    /** A file is not what was written. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        private DamagedException(Path file) {
            super(file + ": not a checkpoint, or a damaged one: its checksum is wrong");
        }
    }

    private static DataInputStream stream(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
    }

    private static void requireChecksum(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new DamagedException(file);
        }
        long left = Files.size(file) - Integer.BYTES;
        if (left < Long.BYTES) {
            throw new DamagedException(file);
        }
        CRC32C checksum = new CRC32C();
        byte[] bytes = new byte[1 << 16];
        try (InputStream content = Files.newInputStream(file)) {
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

    int number() throws IOException {
        return in.readInt();
    }

    double real() throws IOException {
        return in.readDouble();
    }

    boolean flag() throws IOException {
        return in.readBoolean();
    }

    String text() throws IOException {
        return in.readUTF();
    }

    Map<String, String> texts() throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        for (int left = number(); left > 0; left--) {
            values.put(text(), text());
        }
        return values;
    }

    void numbers(double[] into) throws IOException {
        requireLength(into.length);
        byte[] bytes = new byte[StateWriter.CHUNK * Double.BYTES];
        for (int from = 0; from < into.length; from += StateWriter.CHUNK) {
            int count = Math.min(StateWriter.CHUNK, into.length - from);
            in.readFully(bytes, 0, count * Double.BYTES);
            ByteBuffer.wrap(bytes).asDoubleBuffer().get(into, from, count);
        }
    }

    void numbers(int[] into) throws IOException {
        requireLength(into.length);
        for (int i = 0; i < into.length; i++) {
            into[i] = number();
        }
    }

    void flags(boolean[] into) throws IOException {
        requireLength(into.length);
        for (int i = 0; i < into.length; i++) {
            into[i] = flag();
        }
    }

    private void requireLength(int expected) throws IOException {
        int length = number();
        if (length != expected) {
            throw new IOException(file + ": has an array of " + length + " numbers where this training has " + expected);
        }
    }

    /** Refuses a file that goes on. */
    void requireEnd() throws IOException {
        number();
        if (in.read() >= 0) {
            throw new IOException(file + ": goes on where this training's state ends");
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
