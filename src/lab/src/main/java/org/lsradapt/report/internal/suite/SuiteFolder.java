package org.lsradapt.report.internal.suite;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.JsonFile;

/**
 * A suite's folder: {@code suite.json} with all cells, a run's folder for each cell in {@code runs}, the message of each
 * failed cell in {@code failures}, and in {@code state} the number of attempts and the duration of each cell. Only the
 * process that has taken a cell's run folder writes the cell's other files.
 */
public final class SuiteFolder {
    public static final String INDEX = "suite.json";

    private static final int FORMAT = 1;
    private static final String LOCK = "suite.lock";
    private static final String BEGUN = "begun";
    private static final String PROGRESS = "progress";
    private static final String SECONDS = "seconds";

    private final Path folder;

    /** Keeps the folder, which need not exist yet. */
    public SuiteFolder(Path folder) {
        this.folder = folder;
    }

    public Path path() {
        return folder;
    }

    public Path run(SuiteCell cell) {
        return folder.resolve("runs").resolve(cell.name());
    }

    /**
     * Adds cells to the suite. A cell that exists with other arguments is replaced if it failed and its run's folder does
     * not exist; its failure is then forgotten.
     *
     * @throws IOException if a cell exists with other arguments and cannot be replaced, the folder is not a suite's, or it
     *     cannot be written; the suite's list of cells is then unchanged
     */
    public void add(List<SuiteCell> cells) throws IOException {
        // Look for the index last: another process may write it, and other files, during this check.
        Optional<String> foreign = somethingElse();
        if (foreign.isPresent() && !Files.exists(folder.resolve(INDEX))) {
            throw new IOException("--out " + folder + ": " + foreign.get()
                    + "; expected a suite's folder, or one that is empty or does not exist yet");
        }
        Files.createDirectories(folder.resolve("runs"));
        try (FileChannel channel = openLock();
                FileLock lock = channel.lock()) {
            List<SuiteCell> before = Files.exists(folder.resolve(INDEX)) ? cells() : List.of();
            Map<String, SuiteCell> all = new LinkedHashMap<>();
            before.forEach(cell -> all.put(cell.name(), cell));
            List<SuiteCell> replaced = new ArrayList<>();
            for (SuiteCell cell : cells) {
                SuiteCell other = all.put(cell.name(), cell);
                if (other != null && !other.equals(cell)) {
                    requireReplaceable(other, cell);
                    replaced.add(cell);
                }
            }
            if (!before.equals(List.copyOf(all.values()))) {
                writeIndex(all.values());
            }
            for (SuiteCell cell : replaced) {
                forget(cell);
            }
        }
    }

    private FileChannel openLock() throws IOException {
        return FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Throws if the existing cell was trained or may be in progress; such a cell keeps its settings. */
    private void requireReplaceable(SuiteCell there, SuiteCell cell) throws IOException {
        boolean failed = failure(there).isPresent();
        if (!failed || Files.exists(run(there))) {
            throw new IOException(
                    folder.resolve(INDEX) + ": cell " + cell.name() + " already exists with other settings: "
                            + String.join(" ", there.arguments()) + "; now found: " + String.join(" ", cell.arguments())
                            + "; give the changed entry another name or the suite another folder"
                            + (failed ? ", or delete " + run(there) + ", the folder of the failed cell" : ""));
        }
    }

    /** Describes a file in the folder's place, or an entry of the folder that no process creates before the index. */
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

    /** Returns all cells that were ever added to the suite, in that order. */
    public List<SuiteCell> cells() throws IOException {
        Path file = folder.resolve(INDEX);
        JsonFields root = new JsonFields(file.toString(), JsonFile.readObject(file));
        int format = root.integer("format");
        if (format != FORMAT) {
            throw new IOException(file + ": format is " + format + ", expected " + FORMAT);
        }
        Map<String, SuiteCell> cells = new LinkedHashMap<>();
        for (JsonFields fields : root.objects("cells")) {
            SuiteCell cell = SuiteCell.read(fields);
            if (cells.put(cell.name(), cell) != null) {
                throw fields.failure("name", "found \"" + cell.name() + "\" again, expected each name once");
            }
        }
        return List.copyOf(cells.values());
    }

    private void writeIndex(Collection<SuiteCell> cells) throws IOException {
        ObjectNode root = JsonFile.newObject();
        root.put("format", FORMAT);
        ArrayNode all = root.putArray("cells");
        cells.forEach(cell -> cell.write(all.addObject()));
        JsonFile.write(folder.resolve(INDEX), root);
    }

    /** Returns the reason of a cell's failure; empty if it did not fail. */
    public Optional<String> failure(SuiteCell cell) throws IOException {
        Path file = failureFile(cell);
        return Files.exists(file) ? Optional.of(text(file).lines().findFirst().orElse("")) : Optional.empty();
    }

    /** Records that a cell failed, with the reason in one line and more text. */
    public Path fail(SuiteCell cell, String message, String details) throws IOException {
        Path file = failureFile(cell);
        Files.createDirectories(file.getParent());
        AtomicFile.write(file, (message + "\n\n" + details).getBytes(StandardCharsets.UTF_8));
        return file;
    }

    private void forget(SuiteCell cell) throws IOException {
        Files.deleteIfExists(failureFile(cell));
        Files.deleteIfExists(stateFile(cell));
    }

    /**
     * Records that a cell begins, and forgets its failure.
     *
     * @param cell the cell, whose run's folder this process has taken
     * @param progress the progress of its run; the count of attempts restarts whenever it changes
     * @return the number of earlier attempts in a row without progress; empty if the cell must not begin because the suite
     *     now has it with other arguments
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

    /** Takes back a {@link #begin}, for a cell whose process was stopped in an orderly way. */
    public void stopped(SuiteCell cell) throws IOException {
        Properties state = state(cell);
        state.setProperty(BEGUN, String.valueOf(Math.max(0, number(state.getProperty(BEGUN)) - 1)));
        write(cell, state);
    }

    /** Records that a cell has finished, with the seconds if they are known. */
    public void finished(SuiteCell cell, OptionalDouble seconds) throws IOException {
        Properties state = new Properties();
        seconds.ifPresent(value -> state.setProperty(SECONDS, String.valueOf(value)));
        write(cell, state);
    }

    /** Returns the duration of a cell in seconds, if it is known. */
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
