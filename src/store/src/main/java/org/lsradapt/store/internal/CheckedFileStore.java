package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.ZipOutputStream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.RandomAccessStore;
import org.h2.mvstore.SFChunk;
import org.lsradapt.store.internal.StoreOptions.State;

/**
 * The database's chunks in a {@link BlockFile}. MVStore itself has no checksum of a page's content, and falls back to
 * another chunk if the newest is damaged. This class checks each read and opens only the chunk that {@link StoreHead} names.
 */
final class CheckedFileStore extends RandomAccessStore {
    private static final int BLOCK = BlockFile.BLOCK;

    private static final int FOOTER = 128;

    private final BlockFile blocks;
    private final StoreOptions options;

    private final Map<Long, Long> stamps = new ConcurrentHashMap<>();

    private StoreHead head;
    private long lastLength;

    private CheckedFileStore(Path path, BlockFile blocks, StoreOptions options) throws IOException {
        super(Map.of("cacheSize", options.cacheMegabytes()));
        this.blocks = blocks;
        this.options = options;
        init(path.toString(), options.readOnly());
        saveChunkLock.lock();
        try {
            setSize(blocks.size());
        } finally {
            saveChunkLock.unlock();
        }
        head = options.state() == State.NEW
                ? new StoreHead(new SecureRandom().nextLong(), 0, 0, true, "", "")
                : readHead();
        blocks.setStore(head.store());
        if (!head.chunk().isEmpty()) {
            stamps.put(head.block(), head.stamp());
        }
    }

    /** Throws an {@link IOException} if the file is not a store, or is damaged. */
    static CheckedFileStore open(Path path, StoreOptions options) throws IOException {
        BlockFile blocks = new BlockFile(options.opener().open(path, options.readOnly()));
        try {
            return new CheckedFileStore(path, blocks, options);
        } catch (IOException | RuntimeException e) {
            blocks.close();
            throw e;
        }
    }

    private StoreHead readHead() throws IOException {
        byte[] first = blocks.slot(0);
        Optional<StoreHead> one = StoreHead.of(first);
        Optional<StoreHead> other = StoreHead.of(blocks.slot(1));
        if (one.isEmpty() && other.isEmpty()) {
            throw new IOException(StoreHead.describe(first));
        }
        if (one.isEmpty() || other.isEmpty()) {
            StoreHead only = one.orElseGet(other::get);
            // An unacknowledged change has no later one, so the damaged slot cannot have held one.
            if (options.state() == State.LAST && (only.acknowledged() || !isWhole(only))) {
                throw new DamagedFile("damaged, one of the two copies of its header is: whether change "
                        + only.version() + " was the last cannot be told");
            }
            return only;
        }
        boolean firstIsNewer = one.get().sequence() > other.get().sequence();
        StoreHead newer = firstIsNewer ? one.get() : other.get();
        StoreHead older = firstIsNewer ? other.get() : one.get();
        return newer.acknowledged() || (options.state() != State.ACKNOWLEDGED && isWhole(newer)) ? newer : older;
    }

    private boolean isWhole(StoreHead change) {
        blocks.setStore(change.store());
        try {
            requireWhole(change.block(), change.length(), change.stamp());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void requireWhole(long block, int length, long stamp) throws IOException {
        ByteBuffer all = blocks.read(block * BLOCK, length * BLOCK, OptionalLong.of(stamp));
        if (BlockFile.stamp(all) != stamp) {
            throw new DamagedFile("damaged, from block " + block + " on: the blocks' stamps do not fit them");
        }
    }

    /** Says how many changes are missing if an older state was opened; empty if none are. */
    Optional<String> missing() {
        return lastChunkVersion() < head.version()
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "it has %d changes, but can be read as it was after change %d only",
                        head.version(),
                        lastChunkVersion()))
                : Optional.empty();
    }

    @Override
    public ByteBuffer readFully(SFChunk chunk, long pos, int len) {
        readCount.incrementAndGet();
        readBytes.addAndGet(len);
        try {
            if (chunk != null) {
                return blocks.read(pos, len, OptionalLong.of(stamp(chunk)));
            }
            return pos == 0 ? header() : blocks.read(pos, len, OptionalLong.empty());
        } catch (IOException e) {
            throw failure(DataUtils.ERROR_READING_FAILED, e);
        }
    }

    /** The header once instead of twice, which makes the database look for the newest readable chunk. */
    private ByteBuffer header() {
        return ByteBuffer.allocate(BlockFile.HEADER_BLOCKS * BLOCK)
                .put(0, head.header().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Opens the chunk that the head names; the database itself would look for the newest that seems valid. */
    @Override
    protected void readStoreHeader(boolean recoveryMode) {
        if (options.state() == State.OLDER) {
            super.readStoreHeader(recoveryMode);
            return;
        }
        storeHeader.putAll(DataUtils.parseMap(head.header()));
        storeHeader.remove("fletcher");
        processCommonHeaderAttributes();
        setLastChunk(createChunk(head.chunk()));
        // All of them are known once the index has been read.
        for (SFChunk chunk : getChunksFromLayoutMap()) {
            getChunks().putIfAbsent(chunk.id, chunk);
        }
        clear();
        for (SFChunk chunk : getChunks().values()) {
            if (isLive(chunk)) {
                markUsed(chunk.block * BLOCK, chunk.len * BLOCK);
            } else {
                // A chunk that the index does not have yet may have reused its space.
                chunk.block = 0;
                chunk.len = 0;
                registerDeadChunk(chunk);
            }
        }
    }

    private static boolean isLive(SFChunk chunk) {
        return chunk.block != 0
                && !"0".equals(DataUtils.parseMap(chunk.asString()).get("livePages"));
    }

    private static String describe(SFChunk chunk) {
        return DataUtils.appendMap(new StringBuilder(chunk.getHeader()), new HashMap<>(Map.of("block", chunk.block)))
                .toString();
    }

    private static String text(Map<String, ?> fields) {
        return DataUtils.appendMap(new StringBuilder(), new HashMap<>(fields)).toString();
    }

    private static String checked(Map<String, ?> fields) {
        StringBuilder text = new StringBuilder(text(fields));
        byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        DataUtils.appendMap(text, "fletcher", DataUtils.getFletcher32(bytes, 0, bytes.length));
        return text.toString();
    }

    /** The stamp that all blocks of a chunk must have. */
    private long stamp(SFChunk chunk) throws IOException {
        Long known = stamps.get(chunk.block);
        if (known != null) {
            return known;
        }
        DamagedFile failure = null;
        for (int i = 0; i < chunk.len; i++) {
            try {
                if (i == 0) {
                    requireHeader(chunk);
                }
                long stamp = blocks.stamp(chunk.block + i);
                stamps.put(chunk.block, stamp);
                return stamp;
            } catch (DamagedFile e) {
                failure = failure == null ? e : failure;
            }
        }
        throw failure == null ? new DamagedFile("damaged, part " + chunk.id + " is empty") : failure;
    }

    private void requireHeader(SFChunk chunk) throws IOException {
        ByteBuffer first = blocks.read(chunk.block * BLOCK, FOOTER, OptionalLong.empty());
        byte[] begin = new byte[FOOTER];
        first.get(begin);
        String expected = "chunk:" + Integer.toHexString(chunk.id) + ",";
        if (!new String(begin, StandardCharsets.ISO_8859_1).startsWith(expected)) {
            throw new DamagedFile("damaged, block " + chunk.block + " does not begin part " + chunk.id);
        }
    }

    void requireIntact() throws IOException {
        for (SFChunk chunk : getChunks().values()) {
            saveChunkLock.lock();
            try {
                if (getChunks().containsKey(chunk.id) && isLive(chunk)) {
                    requireHeader(chunk);
                    requireWhole(chunk.block, chunk.len, stamp(chunk));
                }
            } finally {
                saveChunkLock.unlock();
            }
        }
    }

    @Override
    protected void writeFully(SFChunk chunk, long pos, ByteBuffer src) {
        setSize(Math.max(size(), pos + src.remaining()));
        if (pos == 0) {
            // The head has the database's header.
            return;
        }
        writeCount.incrementAndGet();
        writeBytes.addAndGet(src.remaining());
        lastLength = BlockFile.stored(src.remaining());
        try {
            stamps.put(pos / BLOCK, blocks.write(pos, src));
        } catch (IOException e) {
            throw failure(DataUtils.ERROR_WRITING_FAILED, e);
        }
    }

    private static MVStoreException failure(int code, IOException e) {
        return DataUtils.newMVStoreException(code, "{0}", e.getMessage(), e);
    }

    /** The number of bytes that the last change needed on the disk. */
    long lastLength() {
        return lastLength;
    }

    /** Forces the newest chunk to the disk and acknowledges it. */
    void acknowledge() throws IOException {
        StoreHead before = head;
        try {
            head = newest(false);
            writeHead();
            blocks.force();
            head = head.withAcknowledged(head.sequence());
            writeHead();
        } catch (IOException e) {
            head = before;
            throw e;
        }
    }

    /** Marks the last acknowledged change as the last again, after another one has failed. */
    void acknowledgeAgain() throws IOException {
        StoreHead again = head.withAcknowledged(head.sequence() + 1);
        blocks.writeSlot((int) (again.sequence() % 2), again.bytes());
        head = again;
    }

    private StoreHead newest(boolean acknowledged) throws IOException {
        SFChunk chunk = lastChunk;
        HashMap<String, Object> fields = new HashMap<>(storeHeader);
        fields.put("clean", 1);
        fields.put("block", chunk.block);
        fields.put("chunk", chunk.id);
        fields.put("version", chunk.version);
        return new StoreHead(
                head.store(), head.sequence() + 1, stamp(chunk), acknowledged, checked(fields), describe(chunk));
    }

    private void writeHead() throws IOException {
        blocks.writeSlot((int) (head.sequence() % 2), head.bytes());
    }

    @Override
    protected void writeCleanShutdown() {
        super.writeCleanShutdown();
        if (!isReadOnly() && lastChunk != null) {
            try {
                for (int slot = 0; slot < 2; slot++) {
                    head = newest(true);
                    writeHead();
                    blocks.force();
                }
            } catch (IOException e) {
                throw failure(DataUtils.ERROR_WRITING_FAILED, e);
            }
        }
    }

    @Override
    public void sync() {
        try {
            blocks.force();
        } catch (IOException e) {
            throw failure(DataUtils.ERROR_WRITING_FAILED, e);
        }
    }

    @Override
    protected void truncate(long size) {
        try {
            blocks.truncate(size);
            setSize(Math.min(size(), size));
        } catch (IOException e) {
            throw failure(DataUtils.ERROR_WRITING_FAILED, e);
        }
    }

    @Override
    public void close() {
        try {
            blocks.close();
        } catch (IOException e) {
            throw failure(DataUtils.ERROR_WRITING_FAILED, e);
        } finally {
            if (getMvStore() != null) {
                super.close();
            }
        }
    }

    /** Closes the file if the database could not be opened. */
    void closeFile() throws IOException {
        blocks.close();
    }

    /** Not used: files are opened before the database. */
    @Override
    public void open(String fileName, boolean readOnly, char[] encryptionKey) {
        throw new UnsupportedOperationException("files are opened before the database");
    }

    /** Opens a file for the database's own compaction. */
    @Override
    public CheckedFileStore open(String fileName, boolean readOnly) {
        try {
            return open(Path.of(fileName), options.withReadOnly(readOnly).withState(readOnly ? State.LAST : State.NEW));
        } catch (IOException e) {
            throw failure(DataUtils.ERROR_READING_FAILED, e);
        }
    }

    /** Not used: the file of a closed store can be copied. */
    @Override
    public void backup(ZipOutputStream out) {
        throw new UnsupportedOperationException("copy the file of a closed store");
    }
}
