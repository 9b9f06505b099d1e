package org.lsradapt.training;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Writes a state as {@link StateReader} reads it: big-endian, with a checksum of all at the end. */
final class StateWriter {
    /**
     * What the file begins with: its kind, and the version of its form and of what goes on from it, such as the order of
     * the examples by the seed.
     */
    static final long MAGIC = 0x4C5352_434B5054L << 8 | 2;

    /** Numbers that are converted at a time. */
    static final int CHUNK = 4096;

    private final CRC32C checksum = new CRC32C();
    private final DataOutputStream out;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Double.BYTES);

    StateWriter(OutputStream file) throws IOException {
        out = new DataOutputStream(new BufferedOutputStream(new CheckedOutputStream(file, checksum), 1 << 16));
        out.writeLong(MAGIC);
    }

    void number(int value) throws IOException {
        out.writeInt(value);
    }

    void number(double value) throws IOException {
        out.writeDouble(value);
    }

    void flag(boolean value) throws IOException {
        out.writeBoolean(value);
    }

    void text(String value) throws IOException {
        out.writeUTF(value);
    }

    void texts(Map<String, String> values) throws IOException {
        number(values.size());
        for (Map.Entry<String, String> entry : values.entrySet()) {
            text(entry.getKey());
            text(entry.getValue());
        }
    }

    void numbers(double[] values) throws IOException {
        number(values.length);
        for (int from = 0; from < values.length; from += CHUNK) {
            int count = Math.min(CHUNK, values.length - from);
            chunk.asDoubleBuffer().put(values, from, count);
            out.write(chunk.array(), 0, count * Double.BYTES);
        }
    }

    void numbers(int[] values) throws IOException {
        number(values.length);
        for (int value : values) {
            number(value);
        }
    }

    void flags(boolean[] values) throws IOException {
        number(values.length);
        for (boolean value : values) {
            flag(value);
        }
    }

    /** Ends the file. */
    void finish() throws IOException {
        out.flush();
        out.writeInt((int) checksum.getValue());
        out.flush();
    }
}
