package org.lsradapt.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.stream.Stream;

/**
 * A folder that this process alone writes to, from before anything is loaded until it is closed: a file in it says so,
 * and whoever makes that file first has the folder. Closing takes the file away, and the folder if nothing else came to
 * be in it.
 */
final class TakenFolder implements AutoCloseable {

    /** The file that says whose the folder is. */
    static final String MARK = ".lsr-adapt-running";

    private final Path folder;

    private TakenFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Takes a folder that is empty or does not exist yet.
     *
     * @throws BadInput if it is neither, or another process has it
     * @throws IOException if it cannot be made
     */
    static TakenFolder take(Path folder) throws IOException {
        OutputFolder.requireFree(folder);
        Files.createDirectories(folder);
        TakenFolder taken = new TakenFolder(folder);
        String text = "A run of process " + ProcessHandle.current().pid() + " writes here since " + Instant.now()
                + ".\nIf there is no such process any more, it was killed: what it finished is whole; remove the folder to"
                + " run again.\n";
        try {
            Files.write(folder.resolve(MARK), text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw OutputFolder.notFree(folder);
        }
        // Another process may have come and gone since the folder was free.
        if (entries(folder) > 1) {
            taken.close();
            throw OutputFolder.notFree(folder);
        }
        return taken;
    }

    private static long entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        }
    }

    Path path() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(folder.resolve(MARK));
        OutputFolder.removeIfEmpty(folder);
    }
}
