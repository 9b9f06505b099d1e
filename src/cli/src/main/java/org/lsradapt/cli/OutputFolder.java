package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.console.BadInput;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.RealPath;

/** Where a run writes: a folder that does not exist yet or is empty, so that nothing is ever overwritten. */
final class OutputFolder {

    /** Where runs go that are not told where. */
    static final Path RUNS = Path.of("runs");

    private OutputFolder() {}

    /**
     * Takes the first of {@code wordnet-minilm}, {@code wordnet-minilm-2} … in a folder that is free.
     *
     * @throws BadInput if no folder can be made there; the message says why
     */
    static TakenFolder fresh(Path runs, String task, String model, List<String> arguments) throws IOException {
        Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        String name = task + "-" + (last == null ? "model" : last);
        Path folder = runs.resolve(name);
        for (int i = 2; ; i++) {
            if (AtomicFolder.isFree(folder) || TakenFolder.hasMarkAlone(folder)) {
                try {
                    return TakenFolder.take(folder, arguments);
                } catch (BadInput.FolderTaken e) {
                    // Another process was faster; the next name is as good.
                } catch (BadInput e) {
                    if (AtomicFolder.isFree(folder)) {
                        throw e;
                    }
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
        makeParents(out);
        AtomicFolder.write(out, content);
    }

    /** Makes a folder and those above it. */
    static void make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw notMade(folder, FailureText.of(e));
        }
    }

    /** Makes the folders above a folder, as {@link AtomicFolder} does, which does not know whose choice it is. */
    static void makeParents(Path folder) throws IOException {
        Path parent = RealPath.of(folder).toAbsolutePath().normalize().getParent();
        if (parent != null && !Files.isDirectory(folder)) {
            try {
                Files.createDirectories(parent);
            } catch (IOException e) {
                throw notMade(folder, FailureText.of(e));
            }
        }
    }

    /**
     * Throws if it can be seen that there can be no folder of that name.
     *
     * @param folder the folder, or nothing yet
     * @return the same
     */
    static Path requirePossible(Path folder) throws IOException {
        Path above = RealPath.of(folder).toAbsolutePath().normalize().getParent();
        while (above != null && !Files.exists(above, LinkOption.NOFOLLOW_LINKS)) {
            above = above.getParent();
        }
        if (above != null && !Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            if (!Files.isDirectory(above)) {
                throw notMade(folder, above + " is not a folder");
            }
            if (!Files.isWritable(above)) {
                throw notMade(folder, above + " cannot be written to");
            }
        }
        return folder;
    }

    /** Throws if a folder for event files is something else. */
    static void requireNoFile(String option, Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new BadInput(option + " " + folder + ": found a file, expected a folder or a new name");
        }
    }

    private static BadInput notMade(Path folder, String reason) {
        return new BadInput(
                "--out " + folder + ": cannot create a folder there: " + reason + "; expected another place");
    }

    /** Throws unless the folder is free. */
    static Path requireFree(Path folder) throws IOException {
        requirePossible(folder);
        if (!AtomicFolder.isFree(folder)) {
            throw notFree(folder);
        }
        return folder;
    }

    /** Says why a folder cannot be written to. */
    private static BadInput notFree(Path folder) {
        if (!Files.exists(folder)) {
            return refused(folder, "there is a broken link of this name");
        }
        if (!Files.isDirectory(folder)) {
            return refused(folder, "there is a file of this name");
        }
        return refused(
                folder,
                Files.exists(folder.resolve(TakenFolder.MARK))
                        ? "another run writes to the folder, or was stopped; finetune --resume continues it ("
                                + TakenFolder.MARK + " in it says which)"
                        : "the folder is not empty");
    }

    /** The exception for a folder that another process has taken. */
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
