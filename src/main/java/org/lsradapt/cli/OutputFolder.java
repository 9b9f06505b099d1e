package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where a run writes: a folder that does not exist yet or is empty, so that nothing is ever overwritten. */
final class OutputFolder {

    /** Where runs go that are not told where. */
    static final Path RUNS = Path.of("runs");

    private OutputFolder() {}

    /** The first of {@code wordnet-minilm}, {@code wordnet-minilm-2} … in a folder that is free. */
    static Path fresh(Path runs, String task, String model) throws IOException {
        Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        String name = task + "-" + (last == null ? "model" : last);
        Path folder = runs.resolve(name);
        for (int i = 2; !isFree(folder); i++) {
            folder = runs.resolve(name + "-" + i);
        }
        return folder;
    }

    /** Throws unless the folder is free. */
    static Path requireFree(Path folder) throws IOException {
        if (!isFree(folder)) {
            throw new BadInput("--out " + folder + ": "
                    + (Files.isDirectory(folder) ? "the folder is not empty" : "there is a file of this name")
                    + ", expected a folder that is empty or does not exist yet; nothing was overwritten");
        }
        return folder;
    }

    private static boolean isFree(Path folder) throws IOException {
        return !Files.exists(folder) || isEmptyFolder(folder);
    }

    private static boolean isEmptyFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    /** Removes a folder in which nothing came to be written. */
    static void removeIfEmpty(Path folder) throws IOException {
        if (isEmptyFolder(folder)) {
            Files.delete(folder);
        }
    }
}
