package org.lsradapt.training;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads what {@link StateWriter} wrote, after its checksum was found right. Nothing is allocated by a size that stands in
 * the file: arrays are the reader's, and the file has to fit them.
 */
final class StateReader implements AutoCloseable {
    private final String file;
    private final DataInputStream in;

    private StateReader(String file, DataInputStream in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Opens a file.
     *
     * @throws DamagedException if it is no such file, or its checksum is wrong
     * @throws IOException if it cannot be read
     */
    static StateReader open(CheckpointStore store, String name) throws IOException {
        requireChecksum(store, name);
        String file = store.location(name);
        StateReader reader =
                new StateReader(file, new DataInputStream(new BufferedInputStream(store.open(name), 1 << 16)));
        try {
            if (reader.in.readLong() != StateWriter.MAGIC) {
                throw new IOException(file
                        + ": a checkpoint of another version of the library, expected this one's; start the training"
                        + " again in another folder");
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

    int number() throws IOException {
        return in.readInt();
    }

    /** A number within bounds. */
    int number(String name, int least, int most) throws IOException {
        int value = number();
        require(value >= least && value <= most, "%s is %d, expected %d to %d", name, value, least, most);
        return value;
    }

    /** Refuses the file for what it says. */
    void require(boolean condition, String message, Object... arguments) throws IOException {
        if (!condition) {
            throw new IOException(file + ": " + String.format(Locale.ROOT, message, arguments));
        }
    }

    double real() throws IOException {
        return in.readDouble();
    }

    double finite() throws IOException {
        return requireFinite(real());
    }

    private double requireFinite(double value) throws IOException {
        if (!Double.isFinite(value)) {
            throw new IOException(file + ": has " + value + ", expected a finite number");
        }
        return value;
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

    /** Finite ones. */
    void numbers(double[] into) throws IOException {
        requireLength(into.length);
        byte[] bytes = new byte[StateWriter.CHUNK * Double.BYTES];
        for (int from = 0; from < into.length; from += StateWriter.CHUNK) {
            int count = Math.min(StateWriter.CHUNK, into.length - from);
            in.readFully(bytes, 0, count * Double.BYTES);
            ByteBuffer.wrap(bytes).asDoubleBuffer().get(into, from, count);
        }
        for (double value : into) {
            requireFinite(value);
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
        require(length == expected, "has an array of %d numbers where this training has %d", length, expected);
    }

    /** Refuses a file that goes on. */
    void requireEnd() throws IOException {
        number();
        require(in.read() < 0, "goes on where this training's state ends");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
