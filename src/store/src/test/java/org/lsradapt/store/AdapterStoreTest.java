package org.lsradapt.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;

class AdapterStoreTest {
    private static final List<String> FILES = List.of("adapter_config.json", "adapter_model.safetensors");

    @TempDir
    static Path models;

    private static BaseModel base;
    private static BaseModel otherBase;

    @TempDir
    Path folder;

    private Path path;

    @BeforeAll
    static void loadModels() throws IOException {
        base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(models.resolve("one")), 1)
                .toString());
        otherBase = BaseModel.load(TinyModels.writeBert(Files.createDirectory(models.resolve("other")), 2)
                .toString());
    }

    @AfterAll
    static void closeModels() {
        base.close();
        otherBase.close();
    }

    private static AdapterCard card(BaseModel model, TinyAdapter tiny) {
        return new AdapterCard(model.name(), model.modelType(), model.fingerprint(), tiny.card.task(), 16);
    }

    @BeforeEach
    void choosePath() {
        path = folder.resolve("users.store");
    }

    /** An adapter's folder, the numbers of which depend on a number. */
    private Path saved(int numbers) throws IOException {
        Path saved = folder.resolve("adapter-" + numbers);
        if (!Files.exists(saved)) {
            try (TinyAdapter tiny = TinyAdapter.lsr()) {
                tiny.adapters.values().muli(1 + numbers / 7.0);
                AdapterFolder.save(saved, card(base, tiny), tiny.adapters, tiny.head, Precision.INT8);
            }
        }
        return saved;
    }

    private AdapterStore open() throws IOException {
        return AdapterStore.open(path, base);
    }

    @Test
    void export_afterClosingAndOpening_hasTheBytesThatWerePut() throws IOException {
        try (AdapterStore store = open()) {
            store.put("ada", saved(1));
            store.put("бен", saved(2));
        }
        try (AdapterStore store = AdapterStore.open(path)) {
            assertEquals(2, store.size());
            assertEquals(base.name(), store.baseModel());
            assertEquals(base.fingerprint(), store.baseFingerprint());
            store.export("ada", folder.resolve("out-1"));
            store.export("бен", folder.resolve("out-2"));
            assertEquals(Map.of(), store.check());
        }
        for (int i = 1; i <= 2; i++) {
            for (String file : FILES) {
                assertArrayEquals(
                        Files.readAllBytes(saved(i).resolve(file)),
                        Files.readAllBytes(folder.resolve("out-" + i).resolve(file)));
            }
        }
    }

    @Test
    void put_again_keepsTheVersionsAskedFor() throws IOException {
        try (AdapterStore store =
                AdapterStore.open(path, base, StoreSettings.defaults().withVersions(2))) {
            long before = -1;
            for (int i = 1; i <= 3; i++) {
                store.put("ada", saved(i));
                long now = store.version("ada").orElseThrow();
                assertTrue(now > before);
                before = now;
            }
            assertEquals(
                    List.of(3, 2),
                    store.versions("ada").stream().map(StoredVersion::number).toList());
            assertNumbers(3, store.get("ada").orElseThrow());
            assertNumbers(2, store.get("ada", 2).orElseThrow());
            assertTrue(store.get("ada", 1).isEmpty());
            assertTrue(store.remove("ada", 3));
            assertNumbers(2, store.get("ada").orElseThrow());
            assertFalse(store.remove("ada", 3));
            assertTrue(store.remove("ada"));
            assertFalse(store.remove("ada"));
            assertTrue(store.get("ada").isEmpty());
            assertTrue(store.find("ada").isEmpty());
            assertTrue(store.version("ada").isEmpty());
            assertEquals(List.of(), store.versions("ada"));
            assertEquals(0, store.size());
        }
    }

    private void assertNumbers(int expected, PackedAdapter found) throws IOException {
        assertArrayEquals(PackedAdapter.read(saved(expected)).numbers(), found.numbers());
    }

    @Test
    void put_ofAdaptersWithEqualForms_keepsOneForm() throws IOException {
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        try (AdapterStore store = open()) {
            Map<String, PackedAdapter> all = new HashMap<>();
            IntStream.range(0, 500).forEach(i -> all.put("user-" + i, adapter));
            store.putAll(all);
            assertEquals(500, store.size());
            store.remove("user-0");
            assertNumbers(1, store.get("user-1").orElseThrow());
        }
        long each = adapter.numbers().length + 200L;
        assertTrue(Files.size(path) < 500 * each, Files.size(path) + " bytes, " + each + " expected of each");
    }

    @Test
    void keys_ofSome_areInOrder() throws IOException {
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        try (AdapterStore store = open()) {
            assertEquals(List.of(), store.firstKeys(5));
            store.putAll(Map.of("b", adapter, "a", adapter, "c", adapter));
            assertEquals(List.of("a", "b"), store.firstKeys(2));
            assertEquals(List.of("b", "c"), store.keysAfter("a", 5));
            assertEquals(List.of("c"), store.keysAfter("bb", 5));
            assertEquals(List.of(), store.keysAfter("c", 5));
        }
    }

    @Test
    void put_ofAnotherBaseModelsAdapter_isRefusedByKey() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterFolder.save(folder.resolve("other"), card(otherBase, tiny), tiny.adapters, tiny.head);
        }
        try (AdapterStore store = open()) {
            String message = assertThrows(
                            IllegalArgumentException.class, () -> store.put("ada", folder.resolve("other")))
                    .getMessage();
            assertEquals(
                    path + ": key 'ada': the adapter is for base model " + otherBase.name() + " with fingerprint "
                            + otherBase.fingerprint() + ", the store for " + base.name() + " with fingerprint "
                            + base.fingerprint(),
                    message);
            assertEquals(0, store.size());
        }
    }

    @Test
    void put_ofADamagedFolder_isRefusedByKeyAndChangesNothing() throws IOException {
        Path damaged = saved(1);
        Path tensors = damaged.resolve("adapter_model.safetensors");
        byte[] content = Files.readAllBytes(tensors);
        content[content.length - 1] ^= 1;
        Files.write(tensors, content);
        try (AdapterStore store = open()) {
            String message = assertThrows(IOException.class, () -> store.put("ada", damaged))
                    .getMessage();
            assertTrue(message.startsWith(path + ": key 'ada': " + tensors + ": altered"), message);
            assertEquals(0, store.size());
        }
    }

    @Test
    void put_underAKeyThatIsNotValid_isRefused() throws IOException {
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        try (AdapterStore store = open()) {
            for (String key : new String[] {"", "  ", "base", "a\nb", "x".repeat(501)}) {
                assertThrows(IllegalArgumentException.class, () -> store.put(key, adapter), key);
            }
        }
    }

    @Test
    void open_withAnotherBaseModel_namesBothFingerprints() throws IOException {
        open().close();
        String message = assertThrows(IllegalArgumentException.class, () -> AdapterStore.open(path, otherBase))
                .getMessage();
        assertTrue(message.contains(base.fingerprint()) && message.contains(otherBase.fingerprint()), message);
        open().close();
    }

    @Test
    void open_ofAnOpenStore_saysSo() throws IOException {
        try (AdapterStore store = open()) {
            String message = assertThrows(IOException.class, this::open).getMessage();
            assertTrue(message.contains("is open already"), message);
            assertEquals(0, store.size());
        }
    }

    @Test
    void open_ofNoStore_isAnIoException() throws IOException {
        assertThrows(IOException.class, () -> AdapterStore.open(folder));
        assertThrows(IOException.class, () -> AdapterStore.open(folder.resolve("missing")));
        assertThrows(
                IOException.class, () -> AdapterStore.open(folder.resolve("no").resolve("folder"), base));
        for (int length : new int[] {5, 5000, 20_000}) {
            Path text = folder.resolve("text-" + length);
            byte[] content = "key,value\n".repeat(length / 10 + 1).getBytes(StandardCharsets.UTF_8);
            Files.write(text, content);
            String message = assertThrows(IOException.class, () -> AdapterStore.open(text, base))
                    .getMessage();
            assertTrue(message.startsWith(text + ": "), message);
            assertArrayEquals(content, Files.readAllBytes(text));
        }
    }

    @Test
    void open_ofAnotherProgramsDatabase_isRefused() throws IOException {
        try (MVStore other = MVStore.open(path.toString())) {
            other.openMap("theirs").put("a", "b");
            other.commit();
        }
        String message = assertThrows(IOException.class, this::open).getMessage();
        assertTrue(message.contains("is not a store of adapters"), message);
    }

    @Test
    void useAfterClose_isAnIllegalState() throws IOException {
        AdapterStore store = open();
        store.put("ada", saved(1));
        store.close();
        store.close();
        assertThrows(IllegalStateException.class, store::size);
        assertThrows(IllegalStateException.class, () -> store.get("ada"));
        assertThrows(IllegalStateException.class, () -> store.put("ada", saved(1)));
    }

    /** A damaged block takes the versions of its page, and no others. */
    @Test
    void check_ofDamagedNumbers_namesTheKeys() throws IOException {
        PackedAdapter other = PackedAdapter.read(saved(1));
        byte[] numbers = PackedAdapter.read(saved(2)).numbers();
        Map<String, PackedAdapter> all = new HashMap<>();
        IntStream.range(0, 800).forEach(i -> all.put("user-" + i, other));
        all.put("ben", PackedAdapter.read(saved(2)));
        try (AdapterStore store = open()) {
            store.putAll(all);
        }
        byte[] content = Files.readAllBytes(path);
        int at = indexOf(content, Arrays.copyOf(numbers, 40));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at + 10);
            file.write(~content[at + 10]);
        }
        try (AdapterStore store = AdapterStore.open(path)) {
            assertEquals(801, store.size());
            Map<String, String> complaints = store.check();
            assertTrue(complaints.containsKey("ben@1") && complaints.containsKey("file"), complaints::toString);
            assertTrue(complaints.size() < 100, complaints::toString);
            String message =
                    assertThrows(IOException.class, () -> store.find("ben")).getMessage();
            assertTrue(message.matches(".*users.store: damaged, in 4,108 bytes from byte [\\d,]+ on: .*"), message);
            long whole = all.keySet().stream()
                    .filter(key -> !complaints.containsKey(key + "@1"))
                    .peek(key -> assertDoesNotThrow(
                            () -> assertNumbers(1, store.get(key).orElseThrow())))
                    .count();
            assertEquals(802 - complaints.size(), whole);
        }
    }

    private static int indexOf(byte[] content, byte[] part) {
        return IntStream.rangeClosed(0, content.length - part.length)
                .filter(i -> Arrays.equals(content, i, i + part.length, part, 0, part.length))
                .findFirst()
                .orElseThrow();
    }

    /** A channel that a thread reads when it is interrupted is closed, for all threads. */
    @Test
    void get_inAnInterruptedThread_harmsNoOther() throws IOException {
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        Map<String, PackedAdapter> all = new HashMap<>();
        IntStream.range(0, 800).forEach(i -> all.put("user-" + i, adapter));
        try (AdapterStore store = open()) {
            store.putAll(all);
        }
        try (AdapterStore store =
                AdapterStore.open(path, StoreSettings.defaults().withCacheMegabytes(1))) {
            Thread.currentThread().interrupt();
            try {
                store.put("new", adapter);
                for (int i = 0; i < 800; i++) {
                    assertArrayEquals(
                            adapter.numbers(),
                            store.get("user-" + i).orElseThrow().numbers());
                }
            } finally {
                assertTrue(Thread.interrupted());
            }
            assertNumbers(1, store.get("new").orElseThrow());
        }
    }

    @Test
    void find_whileOthersPutAndRemove_givesWholeAdapters() throws Exception {
        List<PackedAdapter> versions = List.of(PackedAdapter.read(saved(1)), PackedAdapter.read(saved(2)));
        AtomicBoolean done = new AtomicBoolean();
        try (AdapterStore store = open()) {
            Thread writer = new Thread(() -> {
                try {
                    for (int i = 0; i < 60; i++) {
                        store.put("ada", versions.get(i % 2));
                        if (i % 10 == 9) {
                            store.remove("ada");
                        }
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                } finally {
                    done.set(true);
                }
            });
            writer.start();
            while (!done.get()) {
                store.find("ada").ifPresent(found -> {
                    byte[] numbers = found.adapter().numbers();
                    assertTrue(versions.stream().anyMatch(one -> Arrays.equals(one.numbers(), numbers)));
                });
            }
            writer.join();
            assertEquals(Map.of(), store.check());
        }
    }

    @Test
    void compact_afterReplacing_makesTheFileSmaller() throws IOException {
        Map<String, PackedAdapter> all = new HashMap<>();
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        IntStream.range(0, 800).forEach(i -> all.put("user-" + i, adapter));
        try (AdapterStore store = open()) {
            for (int i = 0; i < 5; i++) {
                store.putAll(all);
            }
        }
        long before = Files.size(path);
        AdapterStore.compact(path);
        assertTrue(Files.size(path) < before / 2, Files.size(path) + " bytes, before " + before);
        try (AdapterStore store = open()) {
            assertEquals(800, store.size());
            assertNumbers(1, store.get("user-799").orElseThrow());
        }
    }

    @Test
    void recover_ofAStoreWithADamagedBlock_keepsTheOthers() throws IOException {
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        Map<String, PackedAdapter> all = new HashMap<>();
        IntStream.range(0, 800).forEach(i -> all.put("user-" + i, adapter));
        try (AdapterStore store = open()) {
            store.putAll(all, Map.of("zoe", "the outcome of a training"));
            store.put("user-7", PackedAdapter.read(saved(2)));
        }
        byte[] content = Files.readAllBytes(path);
        content[content.length / 2] ^= 4;
        Files.write(path, content);
        Path out = folder.resolve("recovered.store");
        List<String> missing = AdapterStore.recover(path, out);
        assertArrayEquals(content, Files.readAllBytes(path));
        assertTrue(missing.size() < 100, missing::toString);
        assertTrue(missing.get(0).matches("user-\\d+@1: .*damaged, in 4,108 bytes from byte .*"), missing::toString);
        try (AdapterStore store = open()) {
            assertEquals(800, store.size());
        }
        try (AdapterStore store = AdapterStore.open(out, base)) {
            assertEquals(Map.of(), store.check());
            assertEquals(800 - missing.size(), store.size());
            assertNumbers(2, store.get("user-7").orElseThrow());
            assertTrue(store.knows("zoe"));
            store.put("new", adapter);
            assertTrue(store.remove("user-7"));
        }
        String message = assertThrows(IllegalArgumentException.class, () -> AdapterStore.recover(path, out))
                .getMessage();
        assertEquals(out + ": there is a file of this name, expected a new store's", message);
    }

    /** The index is at the end of the file: what is left is an older state, which only recovery takes. */
    @Test
    void recover_ofACutStore_takesAnOlderState() throws IOException {
        PackedAdapter adapter = PackedAdapter.read(saved(1));
        byte[] whole;
        try (AdapterStore store = open()) {
            Map<String, PackedAdapter> all = new HashMap<>();
            IntStream.range(0, 300).forEach(i -> all.put("user-" + i, adapter));
            store.putAll(all);
            store.putAll(Map.of("ada", adapter));
            whole = Files.readAllBytes(path);
            all.clear();
            IntStream.range(0, 300).forEach(i -> all.put("new-" + i, adapter));
            store.putAll(all);
        }
        byte[] content = Files.readAllBytes(path);
        Files.write(path, Arrays.copyOf(content, Math.max(whole.length, content.length - 20_000)));
        String message = assertThrows(IOException.class, this::open).getMessage();
        assertTrue(message.contains("damaged") && message.contains("store recover"), message);
        Path out = folder.resolve("recovered.store");
        List<String> missing = AdapterStore.recover(path, out);
        assertTrue(missing.get(0).matches("it has \\d+ changes, but can be read as it was after change \\d+ only"));
        try (AdapterStore store = AdapterStore.open(out, base)) {
            assertEquals(301, store.size());
            assertEquals(Map.of(), store.check());
        }
    }

    @Test
    void recover_ofNothingReadable_saysSo() throws IOException {
        try (AdapterStore store = open()) {
            store.put("ada", saved(1));
        }
        Files.write(path, Arrays.copyOf(Files.readAllBytes(path), 9000));
        Path out = folder.resolve("recovered.store");
        assertThrows(IOException.class, () -> AdapterStore.recover(path, out));
        assertFalse(Files.exists(out));
    }

    @Test
    void open_ofAnotherFile_saysWhatItIsNot() throws IOException {
        Map<String, String> contents = Map.of(
                "", "is empty, expected a store of adapters; remove the file to begin a new store",
                "a,b\n", "is not a store of adapters: it does not begin with LSRSTORE",
                "LSRSTORE\0\0\0\u0007 and more",
                        "is a store of format 7, expected one of format 2; another version of this library wrote it");
        for (Map.Entry<String, String> entry : contents.entrySet()) {
            Files.writeString(path, entry.getKey());
            for (Executable opening : List.<Executable>of(() -> AdapterStore.open(path), this::open)) {
                String message = assertThrows(IOException.class, opening).getMessage();
                assertEquals(path + ": " + entry.getValue(), message);
            }
            assertEquals(entry.getKey(), Files.readString(path));
            boolean store = entry.getKey().startsWith("LSRSTORE");
            assertEquals(store, Files.exists(folder.resolve("users.store.lock")));
            Files.deleteIfExists(folder.resolve("users.store.lock"));
        }
        String message =
                assertThrows(IOException.class, () -> AdapterStore.open(folder)).getMessage();
        assertEquals(folder + ": is a folder, expected a store's file", message);
    }

    @Test
    void compact_keepsTheFilesPermissions() throws IOException {
        open().close();
        Assumptions.assumeTrue(
                Files.getFileStore(path).supportsFileAttributeView("posix"), "the file system has no permissions");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        AdapterStore.compact(path);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
}
