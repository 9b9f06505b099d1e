package org.lsradapt.report.internal.suite;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.stream.Stream;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;

/**
 * A suite's folder: {@code suite.json} with all its cells, a run's folder for each in {@code runs}, the message of each
 * that failed in {@code failures}, and in {@code state} how often a cell was begun and how long it took. What belongs to
 * one cell is written by whoever has the cell's run folder.
 */
public final class SuiteFolder {
    /** The file with all cells. */
    public static final String INDEX = "suite.json";

    private static final String LOCK = "suite.lock";
    private static final String BEGUN = "begun";
    private static final String PROGRESS = "progress";
    private static final String SECONDS = "seconds";

    private final Path folder;

    /** Of a folder that may not exist yet. */
    public SuiteFolder(Path folder) {
        this.folder = folder;
    }

    /** The folder. */
    public Path path() {
        return folder;
    }

    /** The run's folder of a cell. */
    public Path run(SuiteCell cell) {
        return folder.resolve("runs").resolve(cell.name());
    }

    /**
     * Adds cells to those that the suite has. One that is there with other arguments is replaced if it failed and left
     * nothing in its run's folder; it has not failed then.
     *
     * @throws IOException if one has the name of another with other arguments that is not replaced, the folder is not a
     *     suite's, or it cannot be written; nothing is changed then
     */
    public void add(List<SuiteCell> cells) throws IOException {
        // The index comes last: another process may write it, and more, while this one looks at what is there.
        Optional<String> foreign = somethingElse();
        if (foreign.isPresent() && !Files.exists(folder.resolve(INDEX))) {
            throw new IOException("--out " + folder + ": " + foreign.get()
                    + "; expected a suite's folder, or one that is empty or does not exist yet");
        }
        Files.createDirectories(folder.resolve("runs"));
        try (FileChannel channel = openLock();
                FileLock lock = channel.lock()) {
            Map<String, SuiteCell> all = new LinkedHashMap<>();
            if (Files.exists(folder.resolve(INDEX))) {
                cells().forEach(cell -> all.put(cell.name(), cell));
            }
            boolean changed = false;
            List<SuiteCell> replaced = new ArrayList<>();
            for (SuiteCell cell : cells) {
                SuiteCell other = all.put(cell.name(), cell);
                changed |= !cell.equals(other);
                if (other != null && !other.equals(cell)) {
                    requireReplaceable(other, cell);
                    replaced.add(cell);
                }
            }
            if (changed) {
                SuiteIndex.write(folder.resolve(INDEX), all.values());
            }
            for (SuiteCell cell : replaced) {
                forget(cell);
            }
        }
    }

    private FileChannel openLock() throws IOException {
        return FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Checks that cells that were trained, or may be in progress, keep their settings. */
    private void requireReplaceable(SuiteCell there, SuiteCell cell) throws IOException {
        boolean failed = failure(there).isPresent();
        if (!failed || Files.exists(run(there))) {
            throw new IOException(folder.resolve(INDEX) + ": cell " + cell.name() + " is there with other settings: "
                    + String.join(" ", there.arguments()) + "; now found: " + String.join(" ", cell.arguments())
                    + "; give what changed another name, or the suite another folder"
                    + (failed ? ", or remove " + run(there) + ", which is of the cell that failed" : ""));
        }
    }

    /** Names what stands in the folder's place, or an entry that no process makes before it writes the cells. */
    private Optional<String> somethingElse() throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        if (!Files.isDirectory(folder)) {
            return Optional.of("it is not a folder");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals("runs") && !name.equals(LOCK) && !name.startsWith("." + INDEX))
                    .min(Comparator.naturalOrder())
                    .map(name -> "there is no " + INDEX + " in it, but " + name);
        }
    }

    /**
     * All cells that the suite ever had, in the order in which they came.
     *
     * @throws IOException if the folder is no suite's, or a file in it is malformed; the message names it
     */
    public List<SuiteCell> cells() throws IOException {
        return SuiteIndex.read(folder.resolve(INDEX));
    }

    /** Why a cell failed; empty if it did not. */
    public Optional<String> failure(SuiteCell cell) throws IOException {
        Path file = failureFile(cell);
        return Files.exists(file) ? Optional.of(text(file).lines().findFirst().orElse("")) : Optional.empty();
    }

    /**
     * Records that a cell failed.
     *
     * @param message why, in a line
     * @param details what else there is to say
     * @return the file
     */
    public Path fail(SuiteCell cell, String message, String details) throws IOException {
        Path file = failureFile(cell);
        Files.createDirectories(file.getParent());
        AtomicFile.write(file, (message + "\n\n" + details).getBytes(StandardCharsets.UTF_8));
        return file;
    }

    /** Forgets that a cell failed, and how often it was begun. */
    private void forget(SuiteCell cell) throws IOException {
        Files.deleteIfExists(failureFile(cell));
        Files.deleteIfExists(stateFile(cell));
    }

    /**
     * Records that a cell begins, and forgets that it failed.
     *
     * @param cell the cell, whose run's folder this process has
     * @param progress how far it is; where that is further than the time before, counting starts anew
     * @return how many times in a row it was begun and came no further, this time not counted; empty if it must not begin,
     *     as the suite has it with other arguments by now
     */
    public OptionalInt begin(SuiteCell cell, String progress) throws IOException {
        try (FileChannel channel = openLock();
                FileLock lock = channel.lock()) {
            if (!cells().contains(cell)) {
                return OptionalInt.empty();
            }
            if (failure(cell).isPresent()) {
                forget(cell);
            }
            Properties state = state(cell);
            int before = progress.equals(state.getProperty(PROGRESS)) ? number(state.getProperty(BEGUN)) : 0;
            state.setProperty(BEGUN, String.valueOf(before + 1));
            state.setProperty(PROGRESS, progress);
            write(cell, state);
            return OptionalInt.of(before);
        }
    }

    /** Takes back a {@link #begin}, of a cell that somebody stopped. */
    public void stopped(SuiteCell cell) throws IOException {
        Properties state = state(cell);
        state.setProperty(BEGUN, String.valueOf(Math.max(0, number(state.getProperty(BEGUN)) - 1)));
        write(cell, state);
    }

    /**
     * Records that a cell has finished.
     *
     * @param seconds how long that took; empty if that is not known
     */
    public void finished(SuiteCell cell, OptionalDouble seconds) throws IOException {
        Properties state = new Properties();
        seconds.ifPresent(value -> state.setProperty(SECONDS, String.valueOf(value)));
        write(cell, state);
    }

    /** How long a cell took, where that is known. */
    public OptionalDouble seconds(SuiteCell cell) throws IOException {
        String seconds = state(cell).getProperty(SECONDS, "");
        return seconds.matches("\\d+(\\.\\d+)?(E-?\\d+)?")
                ? OptionalDouble.of(Double.parseDouble(seconds))
                : OptionalDouble.empty();
    }

    private static int number(String text) {
        return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    private Properties state(SuiteCell cell) throws IOException {
        Path file = stateFile(cell);
        Properties state = new Properties();
        if (Files.exists(file)) {
            try {
                state.load(new StringReader(text(file)));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": not valid properties: " + e.getMessage(), e);
            }
        }
        return state;
    }

    private static String text(Path file) throws IOException {
        return BoundedFile.text(file.toString(), BoundedFile.read(file, BoundedFile.SMALL));
    }

    private void write(SuiteCell cell, Properties state) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        state.store(content, null);
        Files.createDirectories(stateFile(cell).getParent());
        AtomicFile.write(stateFile(cell), content.toByteArray());
    }

    private Path failureFile(SuiteCell cell) {
        return folder.resolve("failures").resolve(cell.name() + ".txt");
    }

    private Path stateFile(SuiteCell cell) {
        return folder.resolve("state").resolve(cell.name() + ".properties");
    }
}
