package org.lsradapt.store.internal;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A key's versions, the newest first.
 *
 * @param entries at least one
 */
public record KeyRecord(List<Entry> entries) {
    /** The number of hexadecimal digits of SHA-256 in the name of a shared part. */
    static final int HASH = 32;

    private static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES + Long.BYTES + Integer.BYTES + HASH + 1;

    /**
     * One version.
     *
     * @param number the version, from 1
     * @param id the key of its numbers, unique among all versions of all keys
     * @param time when it was put, milliseconds since 1970
     * @param form name of its form among the shared parts
     * @param head name of its head among the shared parts, if it has one
     */
    public record Entry(int number, long id, long time, int crc32c, String form, Optional<String> head) {}

    /** Copies the list. */
    public KeyRecord {
        entries = List.copyOf(entries);
    }

    /** The current version. */
    public Entry newest() {
        return entries.get(0);
    }

    byte[] bytes() {
        ByteBuffer buffer = ByteBuffer.allocate(1 + entries.size() * (ENTRY_BYTES + HASH));
        buffer.put((byte) entries.size());
        for (Entry entry : entries) {
            buffer.putInt(entry.number)
                    .putLong(entry.id)
                    .putLong(entry.time)
                    .putInt(entry.crc32c)
                    .put(entry.form.getBytes(StandardCharsets.US_ASCII))
                    .put((byte) (entry.head.isPresent() ? 1 : 0));
            entry.head.ifPresent(name -> buffer.put(name.getBytes(StandardCharsets.US_ASCII)));
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }

    static KeyRecord of(String location, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            List<Entry> entries = new ArrayList<>();
            for (int count = buffer.get(); count > 0; count--) {
                entries.add(new Entry(
                        buffer.getInt(),
                        buffer.getLong(),
                        buffer.getLong(),
                        buffer.getInt(),
                        name(buffer),
                        buffer.get() == 1 ? Optional.of(name(buffer)) : Optional.empty()));
            }
            if (!entries.isEmpty() && !buffer.hasRemaining()) {
                return new KeyRecord(entries);
            }
        } catch (BufferUnderflowException e) {
            throw damaged(location, bytes);
        }
        throw damaged(location, bytes);
    }

    private static IOException damaged(String location, byte[] bytes) {
        return new IOException(
                location + ": damaged, its record of " + bytes.length + " bytes has no list of versions");
    }

    private static String name(ByteBuffer buffer) {
        byte[] name = new byte[HASH];
        buffer.get(name);
        return new String(name, StandardCharsets.US_ASCII);
    }
}
