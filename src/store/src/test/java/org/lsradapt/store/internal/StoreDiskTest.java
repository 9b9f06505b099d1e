package org.lsradapt.store.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full, or lose what was not forced to them. */
class StoreDiskTest {
    private static final Map<String, String> SETTINGS = Map.of("format", "2");

    @TempDir
    Path folder;

    private Path path;
    private Disk disk;

    @BeforeEach
    void prepare() {
        path = folder.resolve("users.store");
        disk = new Disk();
    }

    /** A file that fails as its disk does. */
    private final class Disk implements RawFile.Opener {
        /** Bytes that may be written beyond the file's end; then none. */
        private long free = Long.MAX_VALUE;

        private boolean failsToForce;
        /** Called after each write. */
        private Runnable written = () -> {};

        /** The file as it is on the disk when everything else is lost. */
        private final List<Write> unforced = new ArrayList<>();

        private byte[] forced = new byte[0];

        @Override
        public RawFile open(Path file, boolean readOnly) throws IOException {
            RawFile raw = RawFile.open(file, readOnly);
            return new RawFile() {
                @Override
                public long size() throws IOException {
                    return raw.size();
                }

                @Override
                public int read(byte[] into, int length, long position) throws IOException {
                    return raw.read(into, length, position);
                }

                @Override
                public void write(byte[] from, int length, long position) throws IOException {
                    long more = Math.max(0, position + length - raw.size());
                    if (more > free) {
                        int part = (int) Math.max(0, Math.min(length, length - more + free));
                        raw.write(from, part, position);
                        throw new IOException("No space left on device");
                    }
                    raw.write(from, length, position);
                    unforced.add(new Write(position, Arrays.copyOf(from, length)));
                    written.run();
                }

                @Override
                public void truncate(long size) throws IOException {
                    raw.truncate(size);
                }

                @Override
                public void force() throws IOException {
                    if (failsToForce) {
                        throw new IOException("Input/output error");
                    }
                    raw.force();
                    if (file.equals(path)) {
                        forced = Files.readAllBytes(file);
                        unforced.clear();
                    }
                }

                @Override
                public void close() throws IOException {
                    raw.close();
                }
            };
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Write(long position, byte[] bytes) {}

    private StoreFile open() throws IOException {
        return StoreFile.open(path.toRealPath(), options(), Map.of());
    }

    /** Space is used again at once, as it is after seconds. */
    private StoreOptions options() {
        return StoreOptions.of(4, disk).withRetention(0);
    }

    private StoreFile make() throws IOException {
        path = folder.toRealPath().resolve("users.store");
        return StoreFile.open(path, options(), SETTINGS);
    }

    private static Map<String, StoreFile.Content> content(String key, int round, int length) {
        byte[] numbers = (key + " " + round + " ").repeat(length).getBytes(StandardCharsets.UTF_8);
        byte[] form = "form".getBytes(StandardCharsets.UTF_8);
        return Map.of(key, new StoreFile.Content(numbers, form, Optional.empty()));
    }

    private static void put(StoreFile store, String key, int round) throws IOException {
        store.put(content(key, round, 300), Map.of(), 2, round);
    }

    private static int round(StoreFile store, String key) throws IOException {
        KeyRecord record = store.find(key).orElseThrow();
        String text = new String(store.numbers(key, record.newest()).orElseThrow(), StandardCharsets.UTF_8);
        return Integer.parseInt(text.split(" ")[1]);
    }

    @Test
    void put_onAFullDisk_leavesReadersAndGoesOnWhenThereIsRoom() throws IOException {
        try (StoreFile store = make()) {
            put(store, "ada", 1);
            disk.free = 5000;
            IOException failure =
                    assertThrows(IOException.class, () -> store.put(content("ben", 2, 9000), Map.of(), 2, 2));
            assertTrue(
                    failure.getMessage()
                            .matches(path + ": the change could not be written, the store is as it was before:"
                                    + " No space left on device; it needs [\\d,]+ bytes of the disk, [\\d,]+ are free"),
                    failure.getMessage());
            assertEquals(1, round(store, "ada"));
            assertTrue(store.find("ben").isEmpty());
            assertEquals(1, store.size());
            disk.free = Long.MAX_VALUE;
            put(store, "ben", 3);
            assertEquals(3, round(store, "ben"));
            store.requireIntact();
        }
        try (StoreFile store = open()) {
            assertEquals(3, round(store, "ben"));
            assertEquals(1, round(store, "ada"));
        }
    }

    @Test
    void put_thatIsNotForced_isNotThereWhenTheProcessIsKilled() throws IOException {
        Path copy = folder.resolve("copy.store");
        try (StoreFile store = make()) {
            put(store, "ada", 1);
            disk.failsToForce = true;
            assertThrows(IOException.class, () -> put(store, "ada", 2));
            assertEquals(1, round(store, "ada"));
            disk.failsToForce = false;
            Files.copy(path, copy);
        }
        try (StoreFile store = StoreFile.open(copy, 4)) {
            assertEquals(1, round(store, "ada"));
        }
    }

    @Test
    void copyOfAnOpenStore_hasWhatWasAcknowledged() throws IOException {
        Path copy = folder.resolve("copy.store");
        try (StoreFile store = make()) {
            for (int i = 0; i < 300; i++) {
                put(store, "user-" + i % 20, i);
                if (i % 7 == 0) {
                    Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
                    try (StoreFile copied = StoreFile.open(copy, 4)) {
                        assertEquals(Math.min(i + 1, 20), copied.size());
                        assertEquals(i, round(copied, "user-" + i % 20));
                        copied.requireIntact();
                    }
                }
            }
        }
    }

    @Test
    void close_onAFullDisk_losesNothing() throws IOException {
        try (StoreFile store = make()) {
            put(store, "ada", 1);
            disk.free = 0;
            disk.failsToForce = true;
        }
        disk = new Disk();
        try (StoreFile store = open()) {
            assertEquals(1, round(store, "ada"));
        }
    }

    @Test
    void reads_whileWritesFail_areNotDisturbed() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (StoreFile store = make()) {
            for (int i = 0; i < 200; i++) {
                put(store, "user-" + i, i);
            }
            Thread reader = new Thread(() -> {
                try {
                    for (int i = 0; !done.get(); i = (i + 1) % 200) {
                        assertEquals(i, round(store, "user-" + i));
                    }
                } catch (IOException | RuntimeException | AssertionError e) {
                    failure.set(e);
                }
            });
            reader.start();
            for (int i = 0; i < 30; i++) {
                disk.free = i % 2 == 0 ? -1 : Long.MAX_VALUE;
                disk.failsToForce = i % 2 == 1;
                assertThrows(IOException.class, () -> put(store, "new", 1));
            }
            done.set(true);
            reader.join();
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    /** Any of the sectors written since the last force may be on the disk, in any order. */
    @Test
    void powerFailure_whileWriting_losesNothingAcknowledged() throws IOException {
        Random random = new Random(5);
        List<byte[]> images = new ArrayList<>();
        List<Integer> acknowledged = new ArrayList<>();
        int[] last = {0};
        try (StoreFile store = make()) {
            put(store, "ada", 0);
            disk.written = () -> {
                images.add(torn(random));
                acknowledged.add(last[0]);
            };
            for (int i = 1; i <= 40; i++) {
                put(store, "ada", i);
                last[0] = i;
                // What follows the acknowledgement is not forced.
                images.add(torn(random));
                acknowledged.add(i);
                if (i % 5 == 0) {
                    put(store, "user-" + i, i);
                    store.remove("user-" + (i - 5), OptionalInt.empty());
                }
            }
            disk.written = () -> {};
        }
        Path image = folder.resolve("image.store");
        for (int i = 0; i < images.size(); i++) {
            Files.write(image, images.get(i));
            try (StoreFile store = StoreFile.open(image, 4)) {
                int found = round(store, "ada");
                int least = acknowledged.get(i);
                assertTrue(
                        found == least || found == least + 1, "image " + i + ": " + found + ", acknowledged " + least);
                store.requireIntact();
            }
        }
        assertTrue(images.size() > 100, images.size() + " images");
    }

    private byte[] torn(Random random) {
        int size = disk.forced.length;
        for (Write write : disk.unforced) {
            size = Math.max(size, (int) write.position + write.bytes.length);
        }
        byte[] image = Arrays.copyOf(disk.forced, size);
        int kept = random.nextInt(5);
        for (Write write : disk.unforced) {
            for (int at = 0; at < write.bytes.length; ) {
                int position = (int) write.position + at;
                int length = Math.min(512 - position % 512, write.bytes.length - at);
                if (random.nextInt(4) < kept) {
                    System.arraycopy(write.bytes, at, image, position, length);
                }
                at += length;
            }
        }
        return image;
    }

    @Test
    void readOnlyFile_isReadAndNotChanged() throws IOException {
        try (StoreFile store = make()) {
            put(store, "ada", 1);
        }
        byte[] before = Files.readAllBytes(path);
        try (StoreFile store = StoreFile.open(path, StoreOptions.of(4, disk).withReadOnly(true), Map.of())) {
            assertEquals(1, round(store, "ada"));
            for (IOException failure : List.of(
                    assertThrows(IOException.class, () -> put(store, "ada", 2)),
                    assertThrows(IOException.class, () -> store.remove("ada", OptionalInt.empty())),
                    assertThrows(IOException.class, store::closeCompacted))) {
                assertEquals(path + ": cannot be changed, the file is read-only", failure.getMessage());
            }
            assertEquals(1, round(store, "ada"));
        }
        assertArrayEquals(before, Files.readAllBytes(path));
        assertFalse(Files.exists(folder.resolve("users.store.new")));
    }
}
