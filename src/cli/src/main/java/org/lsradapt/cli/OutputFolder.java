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

/** The output folder of a run. It is empty or does not exist yet, so a run never overwrites anything. */
final class OutputFolder {

    /** The parent folder of runs without {@code --out}. */
    static final Path RUNS = Path.of("runs");

    private OutputFolder() {}

    /**
     * Takes the first free folder of {@code wordnet-minilm}, {@code wordnet-minilm-2} …
     *
     * @throws BadInput if no folder can be created there; the message gives the reason
     */
    static RunLock fresh(Path runs, String task, String model, List<String> arguments) throws IOException {
        Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        String name = task + "-" + (last == null ? "model" : last);
        Path folder = runs.resolve(name);
        for (int i = 2; ; i++) {
            if (AtomicFolder.isFree(folder) || RunLock.hasMarkAlone(folder)) {
                try {
                    return RunLock.take(folder, arguments);
                } catch (BadInput.FolderTaken e) {
                    // Another process took this folder first; try the next name.
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
     * Writes a folder as {@link AtomicFolder#write} does, with messages about {@code --out}.
     *
     * @param out the folder, which is empty or does not exist yet
     * @param content writes the folder's content, under a temporary name
     */
    static void write(Path out, AtomicFolder.Content content) throws IOException {
        requireFree(out);
        makeParents(out);
        AtomicFolder.write(out, content);
    }

    /** Creates a folder and its parents. */
    static void make(Path folder) {
        make(folder, folder);
    }

    /** Creates the parents of a folder as {@link AtomicFolder} does, with messages about {@code --out}. */
    static void makeParents(Path folder) throws IOException {
        Path parent = RealPath.of(folder).toAbsolutePath().normalize().getParent();
        if (parent != null && !Files.isDirectory(folder)) {
            make(parent, folder);
        }
    }

    private static void make(Path made, Path folder) {
        try {
            Files.createDirectories(made);
        } catch (IOException e) {
            throw notMade(folder, FailureText.of(e));
        }
    }

    /**
     * Throws if a folder of that name evidently cannot be created.
     *
     * @param folder a folder, which need not exist yet
     * @return {@code folder}
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

    /** Throws if the folder for event files is a file. */
    static void requireNoFile(String option, Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new BadInput(option + " " + folder + ": found a file, expected a folder or a new name");
        }
    }

    private static BadInput notMade(Path folder, String reason) {
        return new BadInput(
                "--out " + folder + ": cannot create a folder there: " + reason + "; expected another place");
    }

    /** Throws unless the folder is free; returns it. */
    static Path requireFree(Path folder) throws IOException {
        requirePossible(folder);
        if (!AtomicFolder.isFree(folder)) {
            throw notFree(folder);
        }
        return folder;
    }

    private static BadInput notFree(Path folder) {
        String found = "the folder is not empty";
        if (!Files.exists(folder)) {
            found = "there is a broken link of this name";
        } else if (!Files.isDirectory(folder)) {
            found = "there is a file of this name";
        } else if (Files.exists(folder.resolve(RunLock.MARK))) {
            found = "another run writes to the folder, or was stopped; finetune --resume continues it (" + RunLock.MARK
                    + " in it says which)";
        }
        return new BadInput(refusal(folder, found));
    }

    static BadInput.FolderTaken taken(Path folder) {
        return new BadInput.FolderTaken(refusal(folder, "another run writes to the folder"));
    }

    private static String refusal(Path folder, String found) {
        return "--out " + folder + ": " + found
                + ", expected a folder that is empty or does not exist yet; nothing was overwritten";
    }

    static void removeIfEmpty(Path folder) throws IOException {
        if (AtomicFolder.isEmpty(folder)) {
            Files.delete(folder);
        }
    }
}
