package org.lsradapt.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.GgmlType;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes a GGUF file of version 3. First declare its metadata and tensors, then call {@link #write}. Declaring a key
 * again replaces its value. For one thread.
 */
public final class GgufWriter {

    private static final int VERSION = 3;

    /** Number of values that are encoded at once. */
    private static final int PART = 1 << 16;

    private final Map<String, byte[]> metadata = new LinkedHashMap<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, StoredMatrix> copies = new HashMap<>();

    @SuppressWarnings("ArrayRecordComponent")
    private record Tensor(WeightFormat format, long[] shape) {
        long bytes() {
            return format.bytes(ArrayBytes.elements(shape));
        }

        long rowLength() {
            return shape[shape.length - 1];
        }
    }

    /** Provides the numbers of tensors. */
    @FunctionalInterface
    public interface Numbers {
        /**
         * Returns a tensor's numbers.
         *
         * @param name the tensor
         * @return its numbers, FLOAT, of the declared shape; closed by the writer
         */
        INDArray read(String name) throws IOException;
    }

    /** Copies all metadata of a file except its alignment. */
    public GgufWriter metadataOf(Gguf file) throws IOException {
        for (String key : file.metadata().keys()) {
            if (!key.equals(GgufHeader.ALIGNMENT)) {
                metadata.put(key, file.value(key));
                values.put(key, file.metadata().value(key));
            }
        }
        return this;
    }

    /** Adds a string. */
    public GgufWriter text(String key, String value) {
        return put(key, GgufValue.STRING, string(value), value);
    }

    /** Adds an unsigned 32-bit integer. */
    public GgufWriter integer(String key, long value) {
        Require.argument(value >= 0 && value < 1L << 32, "gguf: %s is %d, expected 0 to 2^32 - 1", key, value);
        return put(
                key, GgufValue.UINT32, little(Integer.BYTES).putInt((int) value).array(), value);
    }

    /** Adds a 32-bit floating-point number. */
    public GgufWriter number(String key, float value) {
        return put(key, GgufValue.FLOAT32, little(Float.BYTES).putFloat(value).array(), value);
    }

    /** Adds a boolean. */
    public GgufWriter flag(String key, boolean value) {
        return put(key, GgufValue.BOOL, new byte[] {(byte) (value ? 1 : 0)}, value);
    }

    /** Adds an array of strings. */
    public GgufWriter texts(String key, List<String> all) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        all.forEach(text -> out.writeBytes(string(text)));
        return put(key, GgufValue.ARRAY, array(GgufValue.STRING, all.size(), out.toByteArray()), List.copyOf(all));
    }

    /** Adds an array of 32-bit integers. */
    public GgufWriter integers(String key, int... all) {
        ByteBuffer bytes = little(Integer.BYTES * all.length);
        bytes.asIntBuffer().put(all);
        return numbers(key, GgufValue.INT32, all.length, bytes.array());
    }

    /** Adds an array of 32-bit floating-point numbers. */
    public GgufWriter numbers(String key, float... all) {
        ByteBuffer bytes = little(Float.BYTES * all.length);
        bytes.asFloatBuffer().put(all);
        return numbers(key, GgufValue.FLOAT32, all.length, bytes.array());
    }

    private GgufWriter numbers(String key, GgufValue type, int count, byte[] bytes) {
        return put(key, GgufValue.ARRAY, array(type, count, bytes), new GgufValue.Numbers(type, bytes));
    }

    /** The format numbers the types in the order in which the enum declares them. */
    @SuppressWarnings("EnumOrdinal")
    private static byte[] array(GgufValue type, int count, byte[] bytes) {
        return little(Integer.BYTES + Long.BYTES + bytes.length)
                .putInt(type.ordinal())
                .putLong(count)
                .put(bytes)
                .array();
    }

    /** The format numbers the types in the order in which the enum declares them. */
    @SuppressWarnings("EnumOrdinal")
    private GgufWriter put(String key, GgufValue type, byte[] bytes, Object value) {
        metadata.put(
                key,
                little(Integer.BYTES + bytes.length)
                        .putInt(type.ordinal())
                        .put(bytes)
                        .array());
        values.put(key, value);
        return this;
    }

    /**
     * Returns the metadata declared so far, as the file will have them.
     *
     * @param location the name of the file in messages
     */
    public GgufMetadata metadata(String location) {
        return new GgufMetadata(location, new LinkedHashMap<>(values));
    }

    /**
     * Declares a tensor; it follows the tensors that are already declared.
     *
     * @param shape the row length last, as in {@link Gguf#shape}
     * @throws IllegalArgumentException if the format can only be read, or rows are not whole blocks of it
     */
    public GgufWriter tensor(String name, WeightFormat format, long... shape) {
        Tensor tensor = new Tensor(format, shape.clone());
        Require.argument(format.canStore(), "gguf: tensor '%s': %s is only read", name, format);
        Require.argument(
                tensor.rowLength() % format.blockLength() == 0,
                "gguf: tensor '%s' has rows of %d numbers, expected a multiple of %d for %s",
                name,
                tensor.rowLength(),
                format.blockLength(),
                format);
        tensors.put(name, tensor);
        return this;
    }

    /**
     * Declares a tensor that another file has, whose blocks are copied, also in a format that can only be read.
     *
     * @param matrix valid until {@link #write} has returned
     */
    public GgufWriter copied(String name, StoredMatrix matrix) {
        tensors.put(name, new Tensor(matrix.format(), new long[] {matrix.rows(), matrix.columns()}));
        copies.put(name, matrix);
        return this;
    }

    /**
     * Writes the file as a whole or not at all. One tensor at a time is in memory.
     *
     * @param file the file to create or replace
     * @param numbers provides each tensor once, except copied ones
     * @throws IllegalStateException if a tensor does not have the declared shape
     * @throws IOException if a tensor cannot be read or the file cannot be written; the message names it
     */
    public void write(Path file, Numbers numbers) throws IOException {
        byte[] header = header();
        AtomicFile.write(file, channel -> {
            write(channel, ByteBuffer.wrap(header));
            pad(channel, header.length);
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
                if (copies.containsKey(tensor.getKey())) {
                    write(channel, copies.get(tensor.getKey()).memory());
                } else {
                    try (INDArray array = numbers.read(tensor.getKey())) {
                        write(channel, tensor.getKey(), tensor.getValue(), array);
                    }
                }
                pad(channel, tensor.getValue().bytes());
            }
        });
    }

    private static void write(FileChannel channel, String name, Tensor tensor, INDArray array) throws IOException {
        if (!Arrays.equals(array.shape(), tensor.shape())) {
            throw new IllegalStateException("gguf: tensor '" + name + "' was said to be "
                    + Arrays.toString(tensor.shape()) + " and came as " + Arrays.toString(array.shape()));
        }
        try (INDArray flat = array.ordering() == 'c' && !array.isView() ? null : array.dup('c')) {
            long length = array.length();
            int part = PART / tensor.format().blockLength() * tensor.format().blockLength();
            float[] floats = new float[(int) Math.min(part, length)];
            byte[] blocks = new byte[(int) tensor.format().bytes(floats.length)];
            for (long from = 0; from < length; from += floats.length) {
                int count = (int) Math.min(floats.length, length - from);
                for (int i = 0; i < count; i++) {
                    floats[i] = (flat == null ? array : flat).data().getFloat(from + i);
                }
                tensor.format().store(floats, 0, count, blocks, 0);
                write(channel, ByteBuffer.wrap(blocks, 0, (int) tensor.format().bytes(count)));
            }
        }
    }

    private static void pad(FileChannel channel, long written) throws IOException {
        write(channel, ByteBuffer.allocate(padding(written)));
    }

    private static int padding(long written) {
        return (int) (-written & GgufHeader.DEFAULT_ALIGNMENT - 1);
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private byte[] header() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(little(24)
                .putInt((int) GgufHeader.MAGIC)
                .putInt(VERSION)
                .putLong(tensors.size())
                .putLong(metadata.size())
                .array());
        metadata.forEach((key, value) -> {
            out.writeBytes(string(key));
            out.writeBytes(value);
        });
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            out.writeBytes(string(entry.getKey()));
            ByteBuffer info = little(4 + Long.BYTES * tensor.shape().length + 4 + Long.BYTES)
                    .putInt(tensor.shape().length);
            for (int i = tensor.shape().length - 1; i >= 0; i--) {
                info.putLong(tensor.shape()[i]);
            }
            out.writeBytes(info.putInt(GgmlType.of(tensor.format()).number())
                    .putLong(offset)
                    .array());
            offset += tensor.bytes() + padding(tensor.bytes());
        }
        return out.toByteArray();
    }

    private static byte[] string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return little(Long.BYTES + bytes.length)
                .putLong(bytes.length)
                .put(bytes)
                .array();
    }

    private static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
