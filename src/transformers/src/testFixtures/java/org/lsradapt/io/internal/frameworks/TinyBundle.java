package org.lsradapt.io.internal.frameworks;

import static org.lsradapt.io.internal.frameworks.TinyOnnx.field;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.integer;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.message;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Writes TensorFlow checkpoint indexes: LevelDB tables with two entries to a data block. */
public final class TinyBundle {

    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final SortedMap<String, byte[]> entries = new TreeMap<>();
    private byte compression;

    public TinyBundle() {
        header(1, 0);
    }

    TinyBundle header(int shards, int endianness) {
        entries.put("", message(integer(1, shards), integer(2, endianness)));
        return this;
    }

    /** Claims in every block that it is compressed. */
    TinyBundle compressed() {
        compression = 1;
        return this;
    }

    /** A DT_FLOAT variable with its data. */
    public TinyBundle add(String name, long[] shape, float... values) {
        byte[] bytes = TinyOnnx.floats(values);
        entry(name, 1, shape, data.size(), bytes.length, masked(bytes));
        data.writeBytes(bytes);
        return this;
    }

    /** Any entry, with data or not. */
    public TinyBundle entry(
            String name, int type, long[] shape, long offset, long size, int crc, TinyOnnx.Fields... more) {
        TinyOnnx.Fields[] sizes = Arrays.stream(shape)
                .mapToObj(n -> field(2, message(integer(1, n))))
                .toArray(TinyOnnx.Fields[]::new);
        entries.put(
                name,
                message(
                        integer(1, type),
                        field(2, message(sizes)),
                        integer(4, offset),
                        integer(5, size),
                        out -> out.writeFixed32(6, crc),
                        out -> {
                            for (TinyOnnx.Fields fields : more) {
                                fields.writeTo(out);
                            }
                        }));
        return this;
    }

    public byte[] data() {
        return data.toByteArray();
    }

    public byte[] index() throws IOException {
        ByteArrayOutputStream table = new ByteArrayOutputStream();
        SortedMap<String, byte[]> handles = new TreeMap<>();
        List<Map.Entry<String, byte[]>> pending = new ArrayList<>(entries.entrySet());
        for (int i = 0; i < pending.size(); i += 2) {
            List<Map.Entry<String, byte[]>> two = pending.subList(i, Math.min(i + 2, pending.size()));
            handles.put(two.get(two.size() - 1).getKey(), block(table, two));
        }
        byte[] meta = block(table, List.of());
        byte[] index = block(table, new ArrayList<>(handles.entrySet()));
        ByteBuffer footer =
                ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN).put(meta).put(index);
        table.writeBytes(footer.putLong(40, 0xdb4775248b80fb57L).array());
        return table.toByteArray();
    }

    /** Appends a block with one restart point and returns its handle. */
    private byte[] block(ByteArrayOutputStream table, List<Map.Entry<String, byte[]>> content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        byte[] before = {};
        for (Map.Entry<String, byte[]> entry : content) {
            byte[] key = entry.getKey().getBytes(StandardCharsets.UTF_8);
            int difference = Arrays.mismatch(before, key);
            int shared = difference < 0 ? key.length : difference;
            out.writeUInt32NoTag(shared);
            out.writeUInt32NoTag(key.length - shared);
            out.writeUInt32NoTag(entry.getValue().length);
            out.writeRawBytes(Arrays.copyOfRange(key, shared, key.length));
            out.writeRawBytes(entry.getValue());
            before = key;
        }
        out.writeFixed32NoTag(0);
        out.writeFixed32NoTag(1);
        out.flush();
        int offset = table.size();
        int size = bytes.size();
        bytes.write(compression);
        table.writeBytes(bytes.toByteArray());
        table.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(masked(bytes.toByteArray()))
                .array());
        return message(handle -> {
            handle.writeUInt64NoTag(offset);
            handle.writeUInt64NoTag(size);
        });
    }

    static int masked(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        long value = crc.getValue();
        return (int) (((value >>> 15) | (value << 17)) + 0xa282ead8L);
    }
}
