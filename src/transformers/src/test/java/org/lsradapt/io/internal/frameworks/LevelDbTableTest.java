package org.lsradapt.io.internal.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Small tables that say much. */
class LevelDbTableTest {

    private final ByteArrayOutputStream table = new ByteArrayOutputStream();

    /** Appends a block without restart points, and returns its handle. */
    private byte[] block(byte[] entries) {
        return blockWithRestarts(Arrays.copyOf(entries, entries.length + 4));
    }

    private byte[] blockWithRestarts(byte[] block) {
        int offset = table.size();
        byte[] withCompression = Arrays.copyOf(block, block.length + 1);
        table.writeBytes(withCompression);
        table.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(TinyBundle.masked(withCompression))
                .array());
        return TinyOnnx.message(out -> {
            out.writeUInt64NoTag(offset);
            out.writeUInt64NoTag(block.length);
        });
    }

    private static void entry(CodedOutputStream out, int shared, String rest, byte[] value) throws IOException {
        out.writeUInt32NoTag(shared);
        out.writeUInt32NoTag(rest.length());
        out.writeUInt32NoTag(value.length);
        out.writeRawBytes(rest.getBytes(StandardCharsets.UTF_8));
        out.writeRawBytes(value);
    }

    private byte[] finish(byte[] index) {
        byte[] meta = block(new byte[0]);
        byte[] handle = block(index);
        table.writeBytes(ByteBuffer.allocate(48)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(meta)
                .put(handle)
                .putLong(40, 0xdb4775248b80fb57L)
                .array());
        return table.toByteArray();
    }

    private static String refusal(byte[] table) {
        return assertThrows(IOException.class, () -> LevelDbTable.read("t.index", table))
                .getMessage();
    }

    /** Each of 60,000 keys is 180,000 bytes long and shares all but the last few with the one before it. */
    @Test
    void read_longKeysThatShareTheirBeginning_areRefused() {
        byte[] handle = block(TinyOnnx.message(out -> {
            String beginning = "k".repeat(180_000);
            entry(out, 0, beginning, new byte[0]);
            for (int i = 0; i < 60_000; i++) {
                entry(out, 180_000, Integer.toString(i), new byte[0]);
            }
        }));
        byte[] bytes = finish(TinyOnnx.message(out -> entry(out, 0, "z", handle)));
        String message = refusal(bytes);
        assertTrue(bytes.length < 800_000, bytes.length + " bytes");
        assertEquals(
                "t.index: the block at byte 0 has keys that share more than 16 times the file's " + bytes.length
                        + " bytes",
                message);
    }

    /** A block without entries, most of which are restart points, that is named again and again. */
    @Test
    void read_oneBlockNamedManyTimes_isRefused() {
        int restarts = 10_000;
        byte[] points = ByteBuffer.allocate(4 * restarts + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(4 * restarts, restarts)
                .array();
        byte[] handle = blockWithRestarts(points);
        byte[] bytes = finish(TinyOnnx.message(out -> {
            for (int i = 0; i < 1000; i++) {
                entry(out, 0, "k" + i, handle);
            }
        }));
        assertEquals("t.index: the block at byte 0 lies where another does", refusal(bytes));
    }
}
