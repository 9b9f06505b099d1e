package org.lsradapt.training;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Writes a state in the format of {@link StateReader}: big-endian, with a checksum of the whole at the end. */
final class StateWriter implements StateStream {
    /**
     * The header: the kind of file, and the version of its format and of everything that determines how the training resumes, such as the
     * order of the examples for a seed.
     */
    static final long MAGIC = 0x4C5352_434B5054L << 8 | 2;

    /** The number of values converted at a time. */
    static final int CHUNK = 4096;

    private final CRC32C checksum = new CRC32C();
    private final DataOutputStream out;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK * Double.BYTES);

    StateWriter(OutputStream file) throws IOException {
        out = new DataOutputStream(new BufferedOutputStream(new CheckedOutputStream(file, checksum), 1 << 16));
        out.writeLong(MAGIC);
    }

    @Override
    public boolean isReading() {
        return false;
    }

    @Override
    public String location() {
        return "state";
    }

    @Override
    public int number(int value) throws IOException {
        out.writeInt(value);
        return value;
    }

    @Override
    public double number(double value) throws IOException {
        out.writeDouble(value);
        return value;
    }

    @Override
    public boolean flag(boolean value) throws IOException {
        out.writeBoolean(value);
        return value;
    }

    @Override
    public String text(String value) throws IOException {
        out.writeUTF(value);
        return value;
    }

    @Override
    public void numbers(double[] values) throws IOException {
        out.writeInt(values.length);
        for (int from = 0; from < values.length; from += CHUNK) {
            int count = Math.min(CHUNK, values.length - from);
            chunk.asDoubleBuffer().put(values, from, count);
            out.write(chunk.array(), 0, count * Double.BYTES);
        }
    }

    @Override
    public void numbers(int[] values) throws IOException {
        out.writeInt(values.length);
        for (int value : values) {
            out.writeInt(value);
        }
    }

    @Override
    public void flags(boolean[] values) throws IOException {
        out.writeInt(values.length);
        for (boolean value : values) {
            out.writeBoolean(value);
        }
    }

    void finish() throws IOException {
        out.flush();
        out.writeInt((int) checksum.getValue());
        out.flush();
    }
}
