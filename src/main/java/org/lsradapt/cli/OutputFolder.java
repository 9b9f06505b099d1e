package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.io.internal.AtomicFolder;

/** Where a run writes: a folder that does not exist yet or is empty, so that nothing is ever overwritten. */
final class OutputFolder {

    /** Where runs go that are not told where. */
    static final Path RUNS = Path.of("runs");

    private OutputFolder() {}

    /** Takes the first of {@code wordnet-minilm}, {@code wordnet-minilm-2} … in a folder that is free. */
    static TakenFolder fresh(Path runs, String task, String model, List<String> arguments) throws IOException {
        Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        String name = task + "-" + (last == null ? "model" : last);
        Path folder = runs.resolve(name);
        for (int i = 2; ; i++) {
            if (AtomicFolder.isFree(folder) || TakenFolder.hasMarkAlone(folder)) {
                try {
                    return TakenFolder.take(folder, arguments);
                } catch (BadInput e) {
                    // Another process was faster; the next name is as good.
                }
            }
            folder = runs.resolve(name + "-" + i);
        }
    }

    /**
     * As {@link AtomicFolder#write}, where the folder is the user's choice.
     *
     * @param out the folder, empty or not there yet
     * @param content writes it, under another name
     */
    static void write(Path out, AtomicFolder.Content content) throws IOException {
        requireFree(out);
        AtomicFolder.write(out, content);
    }

    /** Throws unless the folder is free. */
    static Path requireFree(Path folder) throws IOException {
        if (!AtomicFolder.isFree(folder)) {
            throw notFree(folder);
        }
        return folder;
    }

    /** Says why a folder cannot be written to. */
    private static BadInput notFree(Path folder) {
        if (!Files.exists(folder)) {
            return refused(folder, "there is a link of this name that leads nowhere");
        }
        if (!Files.isDirectory(folder)) {
            return refused(folder, "there is a file of this name");
        }
        return refused(
                folder,
                Files.exists(folder.resolve(TakenFolder.MARK))
                        ? "another run writes to the folder, or was stopped, and finetune --resume goes on with it ("
                                + TakenFolder.MARK + " in it says which)"
                        : "the folder is not empty");
    }

    /** What to say of a folder that another process was faster to take. */
    static BadInput.FolderTaken taken(Path folder) {
        return new BadInput.FolderTaken(refusal(folder, "another run writes to the folder"));
    }

    private static BadInput refused(Path folder, String found) {
        return new BadInput(refusal(folder, found));
    }

    private static String refusal(Path folder, String found) {
        return "--out " + folder + ": " + found
                + ", expected a folder that is empty or does not exist yet; nothing was overwritten";
    }

    /** Removes a folder in which nothing came to be written. */
    static void removeIfEmpty(Path folder) throws IOException {
        if (AtomicFolder.isEmpty(folder)) {
            Files.delete(folder);
        }
    }
}
