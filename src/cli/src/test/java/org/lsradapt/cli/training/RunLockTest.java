package org.lsradapt.cli.training;

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
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.console.BadInput;

class RunLockTest {

    private static final List<String> ARGUMENTS = List.of("finetune", "--data", "a folder\n= #");

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
        try (RunLock lock = RunLock.fresh(runs, task, model, ARGUMENTS)) {
            assertEquals(runs.resolve(expected), lock.path());
        }
    }

    @Test
    void take_aPathThroughFoldersThatAreNotThere_isTheFolderAtItsEnd() throws IOException {
        try (RunLock lock = RunLock.take(runs.resolve("a/../b/../run"), ARGUMENTS)) {
            assertEquals(runs.toRealPath().resolve("run"), lock.path());
        }
    }

    @Test
    void take_byAnInterruptedThread_saysSo() throws IOException {
        Path folder = runs.resolve("run");
        Thread.currentThread().interrupt();
        IOException refused = assertThrows(IOException.class, () -> RunLock.take(folder, ARGUMENTS));
        assertTrue(Thread.interrupted());
        assertEquals(
                folder.resolve(RunLock.MARK) + ": cannot be written: the thread was interrupted", refused.getMessage());
        assertTrue(Files.notExists(folder), "nothing came of it");
        RunLock.take(folder, ARGUMENTS).close();
    }

    @Test
    void take_byManyAtOnce_isOnesAlone() throws Exception {
        Path folder = runs.resolve("deep/er");
        for (int round = 0; round < 20; round++) {
            AtomicInteger winners = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            CyclicBarrier start = new CyclicBarrier(4);
            CyclicBarrier end = new CyclicBarrier(4);
            List<Thread> threads = IntStream.range(0, 4)
                    .mapToObj(i -> new Thread(() -> {
                        try {
                            start.await();
                            try (RunLock lock = RunLock.take(folder, ARGUMENTS)) {
                                winners.incrementAndGet();
                                end.await();
                            } catch (BadInput e) {
                                if (e.getMessage().contains("another run writes to the folder")) {
                                    refused.incrementAndGet();
                                }
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
            assertEquals(3, refused.get());
            assertTrue(Files.notExists(folder));
        }
    }

    @Test
    void take_whereARunWasStopped_saysHowToGoOn() throws IOException {
        try (RunLock lock = RunLock.take(runs, ARGUMENTS)) {
            Files.writeString(lock.path().resolve("metrics.json"), "{}");
        }
        String message = assertThrows(BadInput.class, () -> RunLock.take(runs, ARGUMENTS))
                .getMessage();
        assertTrue(message.contains("was stopped; finetune --resume continues it (unfinished-run.properties"), message);
    }

    /** Every command that writes a folder, by which the folder is refused first. */
    private void assertRefused(String message, String out) {
        String none = runs.resolve("none").toString();
        for (String command : List.of(
                "finetune",
                "merge --adapter " + none,
                "export --adapter " + none,
                "import --from {} --model " + none,
                "reduce --adapter " + none)) {
            CommandLineRun run = CommandLineRun.line(command.replace("{}", none) + " --out {}", out);
            assertEquals("error: " + message + "\n", run.err());
            assertEquals(2, run.code(), run.out());
        }
    }

    @Test
    void out_thatIsEmpty_isRefusedByEveryCommand() {
        assertRefused("--out is empty, expected a name", "");
    }

    @Test
    void out_belowAFile_isRefusedByEveryCommand() throws IOException {
        Path file = Files.writeString(runs.resolve("file"), "");
        Path out = file.resolve("a/b");
        assertRefused(
                "--out " + out + ": cannot create a folder there: " + file + " is not a folder; expected another place",
                out.toString());
        assertEquals("", Files.readString(file));
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere there is no /proc, in which nothing can be made")
    void out_whereNothingCanBeMade_isRefused() {
        Path out = Path.of("/proc/lsr/run");
        String expected = "--out /proc/lsr/run: cannot create a folder there: /proc";
        for (Executable making : List.<Executable>of(
                () -> RunLock.take(out, ARGUMENTS),
                () -> OutputFolder.write(out, folder -> Files.createDirectory(folder)),
                () -> OutputFolder.makeParents(out))) {
            String message = assertThrows(BadInput.class, making).getMessage();
            assertTrue(message.startsWith(expected), message);
        }
    }

    @Test
    void out_thatIsALinkToNowhere_isRefusedByEveryCommand() throws IOException {
        for (String target : List.of("nowhere", "link")) {
            Path link = Files.createSymbolicLink(runs.resolve("link"), Path.of(target));
            assertRefused(
                    "--out " + link + ": there is a broken link of this name, expected a folder that is empty"
                            + " or does not exist yet; nothing was overwritten",
                    link.toString());
            assertEquals(Path.of(target), Files.readSymbolicLink(link));
            assertTrue(Files.notExists(runs.resolve("nowhere")));
            Files.delete(link);
        }
    }

    @Test
    void fresh_whereALinkLeadsNowhere_takesTheNextName() throws IOException {
        Path link = Files.createSymbolicLink(runs.resolve("wordnet-minilm"), Path.of("nowhere"));
        assertFresh("wordnet-minilm-2", "wordnet", "minilm");
        assertTrue(Files.isSymbolicLink(link));
    }

    @Test
    void fresh_whereNoFolderCanBeMade_isRefused() throws IOException {
        Path file = Files.writeString(runs.resolve("file"), "mine");
        String message = assertThrows(BadInput.class, () -> RunLock.fresh(file, "wordnet", "minilm", ARGUMENTS))
                .getMessage();
        assertEquals(
                "--out " + file.resolve("wordnet-minilm") + ": cannot create a folder there: " + file
                        + " is not a folder; expected another place",
                message);
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void take_whereAProcessWasKilledBeforeItBegan_takesTheFolder() throws IOException {
        Files.writeString(runs.resolve(RunLock.MARK), "");
        try (RunLock lock = RunLock.take(runs, ARGUMENTS)) {
            assertEquals(ARGUMENTS, lock.arguments());
        }
        assertTrue(Files.notExists(runs), "nothing came to be in it");
    }

    @Test
    void resume_tellsHowTheRunWasStarted_andKeepsOthersAway() throws IOException {
        try (RunLock lock = RunLock.take(runs, ARGUMENTS)) {
            Files.writeString(lock.path().resolve("metrics.json"), "{}");
            String message =
                    assertThrows(BadInput.class, () -> RunLock.resume(runs)).getMessage();
            assertTrue(message.contains("still active"), message);
        }
        try (RunLock again = RunLock.resume(runs)) {
            assertEquals(ARGUMENTS, again.arguments());
            assertEquals(Path.of("").toAbsolutePath().toString(), again.directory());
            assertThrows(BadInput.class, () -> RunLock.resume(runs));
            again.finished();
        }
        assertTrue(Files.notExists(runs.resolve(RunLock.MARK)));
        String message =
                assertThrows(BadInput.class, () -> RunLock.resume(runs)).getMessage();
        assertTrue(message.contains("there is no unfinished-run.properties"), message);
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

    /** Closing any descriptor of the mark would take this process's lock away. */
    @Test
    void resume_byALinkToTheFolderOfALivingRun_leavesItsLock() throws IOException {
        Path locks = Path.of("/proc/locks");
        Assumptions.assumeTrue(Files.isReadable(locks), "the system does not list locks");
        try (RunLock lock = RunLock.take(runs.resolve("run"), ARGUMENTS)) {
            String inode = ":" + Files.getAttribute(lock.path().resolve(RunLock.MARK), "unix:ino") + " ";
            Assumptions.assumeTrue(Files.readString(locks).contains(inode), "the system does not list this lock");
            Path link = Files.createSymbolicLink(runs.resolve("link"), lock.path());
            assertThrows(BadInput.class, () -> RunLock.resume(link));
            assertTrue(Files.readString(locks).contains(inode), "the lock is gone");
        }
    }
}
