package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.JavaProcess;

class TemporaryFolderIT {

    private static final String KIND = "lsr-adapt-test";

    @TempDir
    private Path parent;

    private static Path aged(Path folder) throws IOException {
        return Files.setLastModifiedTime(folder, FileTime.fromMillis(System.currentTimeMillis() - 3_600_000));
    }

    @Test
    void close_removesFolderAndFiles() throws IOException {
        TemporaryFolder folder = TemporaryFolder.create(parent, KIND);
        Files.write(folder.file("weights"), new byte[100]);
        assertTrue(Files.exists(folder.path().resolve("weights")));
        folder.close();
        assertFalse(Files.exists(folder.path()));
    }

    @Test
    void create_afterAKilledProcess_removesItsFolder() throws Exception {
        Path left = leftBy("halt");
        aged(left);
        try (TemporaryFolder folder = TemporaryFolder.create(parent, KIND)) {
            assertFalse(Files.exists(left));
            assertTrue(Files.exists(folder.path()));
        }
    }

    @Test
    void create_besideFoldersInUseAndOthers_leavesThem() throws Exception {
        Path without = aged(Files.createDirectory(parent.resolve(KIND + "-no-lock")));
        Path elsewhere = aged(Files.createDirectory(parent.resolve("elsewhere")));
        Files.createSymbolicLink(parent.resolve(KIND + "-link"), elsewhere);
        Path fresh = leftBy("halt");
        try (TemporaryFolder mine = TemporaryFolder.create(parent, KIND)) {
            aged(mine.path());
            Process other = process("wait");
            try {
                Path theirs = Path.of(other.inputReader().readLine());
                aged(theirs);
                TemporaryFolder.create(parent, KIND).close();
                for (Path kept : new Path[] {mine.path(), theirs, without, elsewhere, fresh}) {
                    assertTrue(Files.exists(kept), kept.toString());
                }
            } finally {
                other.destroyForcibly().waitFor();
            }
        }
    }

    /** What is written while the JVM ends is not seen by it; the lock file stays with it, so that the next one takes both. */
    @Test
    void create_afterAProcessThatWasAskedToEnd_removesItsFolder() throws Exception {
        Process writing = process("write");
        Path left = Path.of(writing.inputReader().readLine());
        writing.destroy();
        assertTrue(writing.waitFor(60, TimeUnit.SECONDS));
        if (Files.exists(left)) {
            aged(left);
        }
        TemporaryFolder.create(parent, KIND).close();
        assertFalse(Files.exists(left));
    }

    private Process process(String end) throws IOException {
        List<String> command = JavaProcess.command(Other.class);
        command.addAll(List.of(parent.toString(), end));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private Path leftBy(String end) throws Exception {
        Process process = process(end);
        Path left = Path.of(process.inputReader().readLine());
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(7, process.exitValue());
        assertTrue(Files.exists(left.resolve("weights")));
        return left;
    }

    /** Makes a folder, says where, and ends without any cleaning up or waits to be ended. */
    static final class Other {
        private Other() {}

        public static void main(String[] args) throws Exception {
            TemporaryFolder folder = TemporaryFolder.create(Path.of(args[0]), KIND);
            Files.write(folder.file("weights"), new byte[100]);
            System.out.println(folder.path());
            if (args[1].equals("halt")) {
                Runtime.getRuntime().halt(7);
            }
            Path content = Files.createDirectory(folder.path().resolve("content"));
            for (int i = 0; args[1].equals("write"); i++) {
                Path deep = Files.createDirectory(content.resolve(String.valueOf(i)));
                Files.write(deep.resolve("weights"), new byte[100]);
            }
            Thread.sleep(60_000);
        }
    }
}
