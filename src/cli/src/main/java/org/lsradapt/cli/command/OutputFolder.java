package org.lsradapt.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.lsradapt.console.BadInput;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.RealPath;

/** An output folder. It is empty or does not exist yet, so that a command never overwrites anything. */
public final class OutputFolder {

    /** The file by which a run marks its folder until it has finished. */
    public static final String RUN_MARK = "unfinished-run.properties";

    private OutputFolder() {}

    /** Writes the content of a folder. */
    @FunctionalInterface
    public interface Content {
        /** Writes it into the given folder. */
        void write(Path folder) throws IOException;
    }

    /** Writes a folder, empty or new, as {@link AtomicFolder#write} does, with messages about {@code --out}. */
    public static void write(Path out, Content content) throws IOException {
        requireFree(out);
        makeParents(out);
        AtomicFolder.write(out, content::write);
    }

    /** Creates a folder and its parents. */
    public static void make(Path folder) {
        make(folder, folder);
    }

    /** Creates the parents of a folder as {@link AtomicFolder} does, with messages about {@code --out}. */
    public static void makeParents(Path folder) throws IOException {
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

    /** Returns the given folder, or throws if it evidently cannot be created. */
    public static Path requirePossible(Path folder) throws IOException {
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

    static void requireNoFile(String option, Path folder) {
        BadInput.throwIf(
                Files.exists(folder) && !Files.isDirectory(folder),
                option + " " + folder + ": found a file, expected a folder or a new name");
    }

    private static BadInput notMade(Path folder, String reason) {
        return new BadInput(
                "--out " + folder + ": cannot create a folder there: " + reason + "; expected another place");
    }

    /** Throws unless the folder is free; returns it. */
    public static Path requireFree(Path folder) throws IOException {
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
        } else if (Files.exists(folder.resolve(RUN_MARK))) {
            found = "another run writes to the folder, or was stopped; finetune --resume continues it (" + RUN_MARK
                    + " in it says which)";
        }
        return new BadInput(refusal(folder, found));
    }

    /** Makes the exception for a folder that another run uses. */
    public static BadInput.FolderTaken taken(Path folder) {
        return new BadInput.FolderTaken(refusal(folder, "another run writes to the folder"));
    }

    private static String refusal(Path folder, String found) {
        return "--out " + folder + ": " + found
                + ", expected a folder that is empty or does not exist yet; nothing was overwritten";
    }

    /** Deletes a folder unless something is in it. */
    public static void removeIfEmpty(Path folder) throws IOException {
        if (AtomicFolder.isEmpty(folder)) {
            Files.delete(folder);
        }
    }
}
