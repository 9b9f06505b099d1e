package org.lsradapt.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.TinyModels;

/** One process at a time has a store open, whatever an application does with its files. */
class StoreLockIT {
    @TempDir
    Path folder;

    private Path file;
    private PackedAdapter adapter;

    @BeforeEach
    void makeStore() throws IOException {
        file = Files.createDirectory(folder.resolve("stores")).resolve("users.store");
        Path saved = folder.resolve("adapter");
        try (BaseModel base = BaseModel.load(TinyModels.writeBert(Files.createDirectory(folder.resolve("base")), 1)
                        .toString());
                TinyAdapter tiny = TinyAdapter.lsr();
                AdapterStore store = AdapterStore.open(file, base)) {
            AdapterCard card = new AdapterCard(base.name(), base.modelType(), base.fingerprint(), tiny.card.task(), 16);
            AdapterFolder.save(saved, card, tiny.adapters, tiny.head);
            store.put(StoreWriter.SEED, saved);
        }
        adapter = PackedAdapter.read(saved);
    }

    /** Opens a store, puts an adapter and closes it, in a process of its own. */
    static final class Opener {
        private Opener() {}

        /** Takes the path of the store. */
        public static void main(String[] args) throws IOException {
            try (AdapterStore store = AdapterStore.open(Path.of(args[0]))) {
                store.put("other", store.get(StoreWriter.SEED).orElseThrow());
                System.out.println("opened");
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String openInAnotherProcess(Path path) throws Exception {
        List<String> command = JavaProcess.command(Opener.class, "-Xmx512m");
        command.add(path.toString());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        return out.strip();
    }

    private void requireRefused(Path path) throws Exception {
        String said = openInAnotherProcess(path);
        assertTrue(said.startsWith(path + ": is open already in "), said);
    }

    private void readAllFiles() throws IOException {
        try (Stream<Path> files = Files.list(file.getParent())) {
            for (Path one : files.toList()) {
                Files.copy(one, folder.resolve("copy"), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void open_inAnotherProcess_isRefusedWhateverThisOneReads() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link.store"), file);
        try (AdapterStore store = AdapterStore.open(file)) {
            assertThrows(IOException.class, () -> AdapterStore.open(file));
            requireRefused(file);
            Files.copy(file, folder.resolve("backup.store"));
            store.put("ada", adapter);
            requireRefused(link);
            readAllFiles();
            requireRefused(file);
            for (int i = 0; i < 5; i++) {
                store.put("user-" + i, adapter);
                readAllFiles();
            }
            requireRefused(file);
        }
        assertEquals("opened", openInAnotherProcess(file));
        try (AdapterStore store = AdapterStore.open(file)) {
            assertEquals(8, store.size());
            assertEquals(0, store.check().size());
        }
    }

    /** In a container numbers of processes mean nothing to others: there the lock alone tells. */
    @Test
    void put_whenAnotherProcessHasTakenTheStore_isRefused() throws Exception {
        Path lock = file.resolveSibling("users.store.lock");
        Process writer;
        try (AdapterStore store = AdapterStore.open(file)) {
            Files.copy(file, folder.resolve("backup.store"));
            Files.writeString(lock, "1 2026-01-01T00:00:00Z pid:[1]\n");
            writer = new ProcessBuilder(writerCommand())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertEquals('p', writer.getInputStream().read());
            String message = assertThrows(IOException.class, () -> store.put("ada", adapter))
                    .getMessage();
            assertTrue(message.startsWith(file + ": is open in another process by now"), message);
        }
        requireRefused(file);
        assertTrue(writer.isAlive());
        writer.destroyForcibly().waitFor();
        assertEquals("opened", openInAnotherProcess(file));
        try (AdapterStore store = AdapterStore.open(file)) {
            assertFalse(store.knows("ada"));
            assertEquals(0, store.check().size());
        }
    }

    private List<String> writerCommand() {
        List<String> command = JavaProcess.command(StoreWriter.class, "-Xmx512m");
        command.addAll(List.of(file.toString(), "1"));
        return command;
    }
}
