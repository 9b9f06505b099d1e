package org.lsradapt.store.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.h2.mvstore.DataUtils;

/**
 * The record of the last change in a store's file. The file has two slots, written in turn: before the change is forced to
 * the disk, and again once it is acknowledged. The other slot has the change before.
 *
 * @param store a number that no other store has, part of each block's checksum
 * @param sequence the number of slot writes so far
 * @param stamp the stamp of the chunk that the change wrote
 */
record StoreHead(long store, long sequence, long stamp, boolean acknowledged, String header, String chunk) {
    /** The size of a slot: one sector, which disks write as a whole. */
    static final int BYTES = 512;

    static final int FORMAT = 2;
    private static final byte[] MAGIC = "LSRSTORE".getBytes(StandardCharsets.US_ASCII);

    StoreHead withAcknowledged(long newSequence) {
        return new StoreHead(store, newSequence, stamp, true, header, chunk);
    }

    byte[] bytes() {
        ByteBuffer slot = ByteBuffer.allocate(BYTES);
        slot.put(MAGIC).putInt(FORMAT).putLong(store).putLong(sequence).putLong(stamp);
        slot.put((byte) (acknowledged ? 1 : 0));
        put(slot, header);
        put(slot, chunk);
        return slot.putInt(BYTES - Integer.BYTES, checksum(slot.array())).array();
    }

    private static void put(ByteBuffer slot, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        slot.putShort((short) bytes.length).put(bytes);
    }

    private static String text(ByteBuffer slot) {
        byte[] bytes = new byte[slot.getShort()];
        slot.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Empty if the bytes are damaged, or not a slot. */
    static Optional<StoreHead> of(byte[] bytes) {
        ByteBuffer slot = ByteBuffer.wrap(bytes);
        if (!isOfStore(bytes) || slot.getInt(BYTES - Integer.BYTES) != checksum(bytes)) {
            return Optional.empty();
        }
        slot.position(MAGIC.length + Integer.BYTES);
        return Optional.of(
                new StoreHead(slot.getLong(), slot.getLong(), slot.getLong(), slot.get() == 1, text(slot), text(slot)));
    }

    private static boolean isOfStore(byte[] bytes) {
        return bytes.length == BYTES
                && Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                && ByteBuffer.wrap(bytes).getInt(MAGIC.length) == FORMAT;
    }

    /** Checks that an existing file begins as a store, before anything is made next to it. */
    static void requireStore(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(BlockFile.BLOCK + BYTES);
        }
        byte[] first = Arrays.copyOf(bytes, Math.min(bytes.length, BYTES));
        byte[] second =
                bytes.length > BlockFile.BLOCK ? Arrays.copyOfRange(bytes, BlockFile.BLOCK, bytes.length) : new byte[0];
        if (!startsWith(first, MAGIC) && !startsWith(second, MAGIC)) {
            throw new IOException(describe(first));
        }
    }

    static String describe(byte[] first) {
        String expected = ", expected one of format " + FORMAT;
        if (first.length == 0) {
            return "is empty, expected a store of adapters; remove the file to begin a new store";
        }
        if (startsWith(first, MAGIC) && first.length > MAGIC.length + Integer.BYTES) {
            int format = ByteBuffer.wrap(first).getInt(MAGIC.length);
            return format == FORMAT
                    ? "damaged, both copies of its header are"
                    : "is a store of format " + format + expected + "; another version of this library wrote it";
        }
        if (startsWith(first, "H:2,".getBytes(StandardCharsets.US_ASCII))) {
            return "is not a store of adapters of format " + FORMAT + ", but an earlier format's or another program's"
                    + " database; put the adapters into a new store";
        }
        return "is not a store of adapters: it does not begin with " + new String(MAGIC, StandardCharsets.US_ASCII);
    }

    private static boolean startsWith(byte[] bytes, byte[] begin) {
        return bytes.length >= begin.length && Arrays.equals(bytes, 0, begin.length, begin, 0, begin.length);
    }

    private HashMap<String, String> chunkFields() {
        return DataUtils.parseMap(chunk);
    }

    long version() {
        return DataUtils.parseHexLong(chunkFields().get("version"));
    }

    /** The first block of its chunk. */
    long block() {
        return DataUtils.parseHexLong(chunkFields().get("block"));
    }

    int length() {
        return (int) DataUtils.parseHexLong(chunkFields().get("len"));
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, BYTES - Integer.BYTES);
        return (int) crc.getValue();
    }
}
