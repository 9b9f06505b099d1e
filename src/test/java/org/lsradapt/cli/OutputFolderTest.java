package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {

    @TempDir
    Path runs;

    @Test
    void fresh_isNamedAfterTaskAndModel_andNumberedWhereThatIsTaken() throws IOException {
        assertFresh("wordnet-minilm", "wordnet", "minilm");
        assertTrue(Files.notExists(runs.resolve("wordnet-minilm")), "a folder in which nothing came to be is gone");
        Files.createDirectory(runs.resolve("wordnet-minilm"));
        assertFresh("wordnet-minilm", "wordnet", "minilm");
        Files.createDirectory(runs.resolve("wordnet-minilm"));
        Files.writeString(runs.resolve("wordnet-minilm/metrics.json"), "{}");
        Files.writeString(runs.resolve("wordnet-minilm-2"), "a file");
        assertFresh("wordnet-minilm-3", "wordnet", "minilm");
    }

    @Test
    void fresh_forAFolderModel_takesItsLastName() throws IOException {
        assertFresh("mrpc-bert", "mrpc", "../models/bert/");
        assertFresh("mrpc-bert", "mrpc", "models/bert/.");
        assertFresh("mrpc-model", "mrpc", "/");
    }

    private void assertFresh(String expected, String task, String model) throws IOException {
        try (TakenFolder taken = OutputFolder.fresh(runs, task, model)) {
            assertEquals(runs.resolve(expected), taken.path());
        }
    }

    @Test
    void take_byManyAtOnce_isOnesAlone() throws Exception {
        Path folder = runs.resolve("deep/er");
        for (int round = 0; round < 20; round++) {
            AtomicInteger winners = new AtomicInteger();
            CyclicBarrier start = new CyclicBarrier(4);
            CyclicBarrier end = new CyclicBarrier(4);
            List<Thread> threads = IntStream.range(0, 4)
                    .mapToObj(i -> new Thread(() -> {
                        try {
                            start.await();
                            try (TakenFolder taken = TakenFolder.take(folder)) {
                                winners.incrementAndGet();
                                end.await();
                            } catch (BadInput e) {
                                assertTrue(e.getMessage().contains("another run writes to the folder"), e.getMessage());
                                end.await();
                            }
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    }))
                    .toList();
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(1, winners.get());
            assertTrue(Files.notExists(folder));
        }
    }

    @Test
    void take_besideAKilledRun_saysSo() throws IOException {
        Files.writeString(runs.resolve(TakenFolder.MARK), "");
        String message = assertThrows(BadInput.class, () -> TakenFolder.take(runs)).getMessage();
        assertTrue(message.contains("another run writes to the folder, or was killed (.lsr-adapt-running in it"), message);
    }

    @Test
    void removeIfEmpty_removesNothingElse() throws IOException {
        Path full = Files.createDirectory(runs.resolve("full"));
        Files.writeString(full.resolve("note"), "");
        OutputFolder.removeIfEmpty(full);
        assertTrue(Files.exists(full));
        Path empty = Files.createDirectory(runs.resolve("empty"));
        OutputFolder.removeIfEmpty(empty);
        assertTrue(Files.notExists(empty));
    }
}
