package org.lsradapt.store.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * The blocks of a store's file, each with a stamp and a checksum. The stamp is a checksum of everything written at once, a
 * chunk, so blocks of two chunks are never mixed. A block's checksum covers its content, its stamp, its position and the
 * store's number. Positions do not count stamps and checksums; block 2 is the first behind the header's two blocks.
 */
final class BlockFile implements Closeable {
    static final int BLOCK = 4096;
    static final int HEADER_BLOCKS = 2;

    /** The distance of the two slots of the header, in bytes. */
    private static final long SLOT = BLOCK;

    private static final int TRAILER = Long.BYTES + Integer.BYTES;
    private static final int STORED = BLOCK + TRAILER;

    private final RawFile raw;
    private long store;

    BlockFile(RawFile raw) {
        this.raw = raw;
    }

    /** Sets the store's number, on which all checksums depend. */
    void setStore(long number) {
        store = number;
    }

    /** The length without stamps and checksums; 0 for a new file. */
    long size() throws IOException {
        long blocks = Math.max(0, raw.size() - HEADER_BLOCKS * BLOCK) / STORED;
        return raw.size() == 0 ? 0 : (HEADER_BLOCKS + blocks) * BLOCK;
    }

    private static long place(long block) {
        return HEADER_BLOCKS * BLOCK + (block - HEADER_BLOCKS) * STORED;
    }

    /** The bytes of slot 0 or 1, shorter at the end of the file. */
    byte[] slot(int which) throws IOException {
        byte[] bytes = new byte[StoreHead.BYTES];
        int read = raw.read(bytes, bytes.length, which * SLOT);
        return Arrays.copyOf(bytes, read);
    }

    void writeSlot(int which, byte[] bytes) throws IOException {
        raw.write(bytes, bytes.length, which * SLOT);
    }

    /** Reads any range of bytes and checks its blocks, which must have the expected stamp, if any; messages give the position. */
    ByteBuffer read(long position, int length, OptionalLong expected) throws IOException {
        long first = position / BLOCK;
        int count = (int) ((position + length + BLOCK - 1) / BLOCK - first);
        byte[] stored = new byte[count * STORED];
        int read = raw.read(stored, stored.length, place(first));
        ByteBuffer content = ByteBuffer.allocate(count * BLOCK);
        for (int i = 0; i < count; i++) {
            if (read < (i + 1) * STORED) {
                throw new DamagedFile(String.format(
                        Locale.ROOT, "damaged, %,d bytes from byte %,d on are missing", STORED, place(first + i)));
            }
            require(stored, i, first + i, expected);
            content.put(stored, i * STORED, BLOCK);
        }
        int skipped = (int) (position - first * BLOCK);
        return content.position(skipped).limit(skipped + length).slice();
    }

    private void require(byte[] stored, int i, long block, OptionalLong expected) throws IOException {
        ByteBuffer trailer = ByteBuffer.wrap(stored, i * STORED + BLOCK, TRAILER);
        long stamp = trailer.getLong();
        String problem = "";
        if (trailer.getInt() != checksum(stored, i * STORED, stamp, block)) {
            problem = "their checksum does not fit them";
        } else if (expected.isPresent() && stamp != expected.getAsLong()) {
            problem = "they are of another change";
        }
        if (!problem.isEmpty()) {
            throw new DamagedFile(String.format(
                    Locale.ROOT, "damaged, in %,d bytes from byte %,d on: %s", STORED, place(block), problem));
        }
    }

    /** Reads and checks a block; returns its stamp. */
    long stamp(long block) throws IOException {
        byte[] stored = new byte[STORED];
        if (raw.read(stored, STORED, place(block)) < STORED) {
            throw new DamagedFile(
                    String.format(Locale.ROOT, "damaged, it ends before byte %,d", place(block) + STORED));
        }
        require(stored, 0, block, OptionalLong.empty());
        return ByteBuffer.wrap(stored).getLong(BLOCK);
    }

    /** Writes whole blocks; returns their stamp. */
    long write(long position, ByteBuffer content) throws IOException {
        int count = content.remaining() / BLOCK;
        long stamp = stamp(content.duplicate());
        ByteBuffer stored = ByteBuffer.allocate(count * STORED);
        for (int i = 0; i < count; i++) {
            content.get(stored.array(), i * STORED, BLOCK);
            stored.putLong(i * STORED + BLOCK, stamp);
            int checksum = checksum(stored.array(), i * STORED, stamp, position / BLOCK + i);
            stored.putInt(i * STORED + BLOCK + Long.BYTES, checksum);
        }
        raw.write(stored.array(), stored.capacity(), place(position / BLOCK));
        return stamp;
    }

    /** The number of bytes that a write takes on the disk. */
    static long stored(long length) {
        return length / BLOCK * STORED;
    }

    static long stamp(ByteBuffer content) {
        CRC32C high = new CRC32C();
        high.update(content.duplicate());
        CRC32 low = new CRC32();
        low.update(content.duplicate());
        return high.getValue() << Integer.SIZE | low.getValue();
    }

    private int checksum(byte[] bytes, int from, long stamp, long block) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, BLOCK);
        crc.update(ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(stamp)
                .putLong(block)
                .putLong(store)
                .flip());
        return (int) crc.getValue();
    }

    void truncate(long size) throws IOException {
        raw.truncate(place(size / BLOCK));
    }

    void force() throws IOException {
        raw.force();
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
