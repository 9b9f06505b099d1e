package org.lsradapt.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A GGUF file in the making, right or wrong: every number of it can be another. */
public final class GgufDraft {

    /** The numbers of the format's value types. */
    static final int UINT32 = 4;

    static final int INT32 = 5;
    static final int FLOAT32 = 6;
    static final int BOOL = 7;
    static final int STRING = 8;
    static final int ARRAY = 9;

    /** A count that is right. */
    private static final long AS_IT_IS = Long.MIN_VALUE;

    /** A metadata key, its value with all that stands before it but the type. */
    static final class Key {
        byte[] name;
        int type;
        byte[] value;
    }

    /** A tensor; dimensions are in the file's order, the row length first. */
    static final class TensorDraft {
        byte[] name;
        long[] dimensions;
        int type;
        long offset;
        long length;
    }

    final List<Key> keys = new ArrayList<>();
    final List<TensorDraft> tensors = new ArrayList<>();
    byte[] magic = "GGUF".getBytes(StandardCharsets.US_ASCII);
    int version = 3;
    long keyCount = AS_IT_IS;
    long tensorCount = AS_IT_IS;
    int alignment = 32;
    byte[] data = new byte[0];
    boolean bigEndian;

    static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] u32(long number) {
        return little(4).putInt((int) number).array();
    }

    static byte[] u64(long number) {
        return little(8).putLong(number).array();
    }

    static byte[] string(byte[] bytes) {
        return join(u64(bytes.length), bytes);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    GgufDraft raw(String name, int type, byte[] value) {
        Key key = new Key();
        key.name = utf8(name);
        key.type = type;
        key.value = value;
        keys.add(key);
        return this;
    }

    public GgufDraft text(String name, String value) {
        return raw(name, STRING, string(utf8(value)));
    }

    public GgufDraft integer(String name, long value) {
        return raw(name, UINT32, u32(value));
    }

    public GgufDraft number(String name, float value) {
        return raw(name, FLOAT32, u32(Float.floatToRawIntBits(value)));
    }

    public GgufDraft flag(String name, boolean value) {
        return raw(name, BOOL, new byte[] {(byte) (value ? 1 : 0)});
    }

    GgufDraft array(String name, int type, int count, byte[] elements) {
        return raw(name, ARRAY, join(u32(type), u64(count), elements));
    }

    public GgufDraft texts(String name, List<String> values) {
        return array(
                name,
                STRING,
                values.size(),
                join(values.stream().map(v -> string(utf8(v))).toArray(byte[][]::new)));
    }

    public GgufDraft integers(String name, int... values) {
        ByteBuffer bytes = little(4 * values.length);
        bytes.asIntBuffer().put(values);
        return array(name, INT32, values.length, bytes.array());
    }

    public GgufDraft numbers(String name, float... values) {
        ByteBuffer bytes = little(4 * values.length);
        bytes.asFloatBuffer().put(values);
        return array(name, FLOAT32, values.length, bytes.array());
    }

    /** Removes a key. */
    public GgufDraft without(String name) {
        keys.removeIf(key -> new String(key.name, StandardCharsets.UTF_8).equals(name));
        return this;
    }

    /** Adds a tensor behind those before it. */
    public GgufDraft tensor(String name, int type, byte[] stored, long... dimensions) {
        TensorDraft tensor = new TensorDraft();
        tensor.name = utf8(name);
        tensor.type = type;
        tensor.dimensions = dimensions;
        tensor.offset = data.length + (alignment - data.length % alignment) % alignment;
        tensor.length = stored.length;
        tensors.add(tensor);
        data = join(data, new byte[(int) tensor.offset - data.length], stored);
        return this;
    }

    /** A tensor of F32. */
    public GgufDraft tensor(String name, float[] values, long... dimensions) {
        ByteBuffer bytes = little(4 * values.length);
        bytes.asFloatBuffer().put(values);
        return tensor(name, 0, bytes.array(), dimensions);
    }

    /** Everything before the data. */
    byte[] header() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(magic);
        out.writeBytes(u32(bigEndian ? Integer.reverseBytes(version) : version));
        out.writeBytes(u64(tensorCount == AS_IT_IS ? tensors.size() : tensorCount));
        out.writeBytes(u64(keyCount == AS_IT_IS ? keys.size() : keyCount));
        for (Key key : keys) {
            out.writeBytes(join(string(key.name), u32(key.type), key.value));
        }
        for (TensorDraft tensor : tensors) {
            out.writeBytes(join(string(tensor.name), u32(tensor.dimensions.length)));
            for (long dimension : tensor.dimensions) {
                out.writeBytes(u64(dimension));
            }
            out.writeBytes(join(u32(tensor.type), u64(tensor.offset)));
        }
        return out.toByteArray();
    }

    /** The whole file. */
    public byte[] bytes() {
        byte[] header = header();
        int padding = (alignment - header.length % alignment) % alignment;
        return join(header, new byte[padding], data);
    }
}
