package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Reads a whole LevelDB table without compression, the form of a TensorFlow checkpoint's index. The layout follows
 * https://github.com/google/leveldb/blob/main/doc/table_format.md: data blocks, an index block that names them, and a
 * footer that names the index block; each block is followed by a byte for its compression and a masked CRC-32C.
 */
final class LevelDbTable {

    private static final int FOOTER_BYTES = 48;
    private static final int TRAILER_BYTES = 5;
    private static final long MAGIC = 0xdb4775248b80fb57L;

    /** The largest ratio of all keys' bytes to the table's; checkpoints have about one and a half. */
    private static final long MOST_KEYS = 16;

    private final String location;
    private final byte[] table;
    private long blockBytes;
    private long keyBytes;

    private LevelDbTable(String location, byte[] table) {
        this.location = location;
        this.table = table;
    }

    /** Reads all entries by key, in order; refuses a table that is damaged, compressed or of another kind. */
    static Map<String, byte[]> read(String location, byte[] table) throws IOException {
        try {
            return new LevelDbTable(location, table).entries();
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(location + ": the table is malformed: " + e.getMessage(), e);
        }
    }

    /** Converts a CRC-32C to the form in which LevelDB and TensorFlow store it: rotated right by 15 bits, plus a constant. */
    static int mask(int crc) {
        return Integer.rotateRight(crc, 15) + 0xa282ead8;
    }

    private Map<String, byte[]> entries() throws IOException {
        int footer = table.length - FOOTER_BYTES;
        if (footer < 0 || littleEndian().getLong(table.length - Long.BYTES) != MAGIC) {
            throw new IOException(
                    location + ": does not end as a LevelDB table does; no checkpoint index, or a" + " truncated one");
        }
        CodedInputStream in = CodedInputStream.newInstance(table, footer, FOOTER_BYTES);
        checkedBlock(in.readRawVarint64(), in.readRawVarint64());
        Map<String, byte[]> all = new LinkedHashMap<>();
        for (byte[] handle : block(in.readRawVarint64(), in.readRawVarint64()).values()) {
            CodedInputStream place = CodedInputStream.newInstance(handle);
            for (Map.Entry<String, byte[]> entry :
                    block(place.readRawVarint64(), place.readRawVarint64()).entrySet()) {
                put(all, entry.getKey(), entry.getValue());
            }
        }
        return all;
    }

    /** Reads the entries of a block; each key shares a prefix with the key before it. */
    private Map<String, byte[]> block(long offset, long size) throws IOException {
        int start = checkedBlock(offset, size);
        int length = (int) size;
        long restarts = length < 4 ? -1 : littleEndian().getInt(start + length - 4) & 0xffffffffL;
        long end = length - 4 - 4 * restarts;
        if (restarts < 0 || end < 0) {
            throw new IOException(blockAt(offset) + " has no room for its restart points");
        }
        CodedInputStream in = CodedInputStream.newInstance(table, start, (int) end);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        byte[] key = {};
        while (!in.isAtEnd()) {
            int shared = in.readRawVarint32();
            int fresh = in.readRawVarint32();
            int value = in.readRawVarint32();
            if (shared < 0 || shared > key.length || fresh < 0 || fresh > end || value < 0) {
                throw new IOException(blockAt(offset) + " holds a malformed entry");
            }
            keyBytes += shared + fresh;
            if (keyBytes > MOST_KEYS * table.length) {
                throw new IOException(blockAt(offset) + " has keys that share more than " + MOST_KEYS
                        + " times the file's " + table.length + " bytes");
            }
            byte[] next = Arrays.copyOf(key, shared + fresh);
            System.arraycopy(in.readRawBytes(fresh), 0, next, shared, fresh);
            key = next;
            put(entries, new String(key, StandardCharsets.UTF_8), in.readRawBytes(value));
        }
        return entries;
    }

    private void put(Map<String, byte[]> entries, String key, byte[] value) throws IOException {
        if (entries.put(key, value) != null) {
            throw new IOException(location + ": key '" + key + "' appears twice");
        }
    }

    /** Returns the first byte of a block, after checking that the block lies in the file, is uncompressed, and has its stored checksum. */
    private int checkedBlock(long offset, long size) throws IOException {
        long room = table.length - FOOTER_BYTES - TRAILER_BYTES;
        if (offset < 0 || size < 0 || offset > room || size > room - offset) {
            throw new IOException(blockAt(offset) + " of " + size + " bytes runs past the end of the file");
        }
        blockBytes += size;
        if (blockBytes > table.length) {
            throw new IOException(blockAt(offset) + " lies where another does");
        }
        int start = (int) offset;
        int end = start + (int) size;
        CRC32C crc = new CRC32C();
        crc.update(table, start, end + 1 - start);
        if (mask((int) crc.getValue()) != littleEndian().getInt(end + 1)) {
            throw new IOException(blockAt(offset) + " does not have the checksum stored with it: the file is damaged");
        }
        if (table[end] != 0) {
            throw new IOException(blockAt(offset) + " is compressed, which cannot be read");
        }
        return start;
    }

    private String blockAt(long offset) {
        return location + ": the block at byte " + offset;
    }

    private ByteBuffer littleEndian() {
        return ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
    }
}
