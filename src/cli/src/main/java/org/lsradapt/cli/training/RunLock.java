package org.lsradapt.cli.training;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.console.BadInput;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.RealPath;

/**
 * The lock of a run's folder: only this process writes to the folder, from before anything is loaded until the lock is
 * closed. The mark, a file in the folder, names the process and the arguments for a resumed run. The process holds a lock on
 * the mark; the system releases the lock when the process dies, so the lock tells whether the run is alive. The mark is
 * deleted when the run has finished, and the folder with it if it is empty.
 */
final class RunLock implements AutoCloseable {

    static final String MARK = OutputFolder.RUN_MARK;

    static final Path RUNS = Path.of("runs");

    private static final String DIRECTORY = "directory";
    private static final String ARGUMENT = "argument.";
    private static final String ARGUMENTS = "arguments";

    /** The position of the lock, beyond the content, so that others can read the content where locks are mandatory. */
    private static final long LOCKED = Long.MAX_VALUE - 1;

    /** A bound far above the arguments of any run. */
    private static final int MOST_BYTES = 1 << 20;

    /** The marks that this process has locked. To open one a second time and close it would release its lock. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final Path key;
    private final FileChannel mark;
    /** True if an earlier process had started the run. */
    private final boolean resumed;

    private final List<String> arguments = new ArrayList<>();
    private String directory = "";
    private boolean closed;

    private RunLock(Path folder, Path key, FileChannel mark, boolean resumed) {
        this.folder = folder;
        this.key = key;
        this.mark = mark;
        this.resumed = resumed;
    }

    /** Takes a folder that is empty or does not exist yet, and keeps the arguments, which {@link #resume} reads back. */
    static RunLock take(Path wanted, List<String> arguments) throws IOException {
        Path folder = RealPath.of(wanted);
        // A process that was killed before it began leaves the mark alone.
        if (!hasMarkAlone(folder)) {
            OutputFolder.requireFree(folder);
        }
        OutputFolder.make(folder);
        RunLock lock = open(folder, false, CREATE, READ, WRITE).orElseThrow(() -> OutputFolder.taken(folder));
        // Another process may have used the folder since it was free.
        if (entries(folder) > 1) {
            release(lock.key, lock.mark);
            throw OutputFolder.taken(folder);
        }
        try {
            lock.write(arguments);
        } catch (IOException e) {
            lock.close();
            throw new IOException(folder.resolve(MARK) + ": cannot be written: " + FailureText.of(e), e);
        }
        return lock;
    }

    /** Takes the first free folder of {@code wordnet-minilm}, {@code wordnet-minilm-2} … */
    static RunLock fresh(Path runs, String task, String model, List<String> arguments) throws IOException {
        String name = name(task, model);
        Path folder = runs.resolve(name);
        for (int i = 2; ; i++) {
            if (AtomicFolder.isFree(folder) || hasMarkAlone(folder)) {
                try {
                    return take(folder, arguments);
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

    /** Returns the name of the first folder for a task and a model. */
    static String name(String task, String model) {
        Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        return task + "-" + (last == null ? "model" : last);
    }

    /** Takes the folder of a run that was killed or failed before it had finished; refuses a run that is still alive. */
    static RunLock resume(Path folder) throws IOException {
        String place = "--resume " + folder + ": ";
        BadInput.throwIf(
                !Files.isRegularFile(folder.resolve(MARK)),
                place + "there is no " + MARK
                        + " in it, expected the folder of a run that was stopped before it had finished");
        RunLock lock = open(folder, true, READ, WRITE)
                .orElseThrow(() -> new BadInput.FolderTaken(place + "the run is still active, in another process"));
        try {
            lock.read(place + MARK);
            return lock;
        } catch (IOException | RuntimeException e) {
            release(lock.key, lock.mark);
            throw e;
        }
    }

    /** Whether the folder contains only the mark of a run, whether alive or stopped. */
    static boolean hasMarkAlone(Path folder) throws IOException {
        return Files.exists(folder.resolve(MARK)) && entries(folder) == 1;
    }

    private static long entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        }
    }

    /** Opens and locks the mark; returns nothing if another process or this one holds the lock. */
    private static Optional<RunLock> open(Path folder, boolean resumed, OpenOption... options) throws IOException {
        Path file = folder.resolve(MARK);
        // The real path is the same for every link to the folder.
        Path key = folder.toRealPath().resolve(MARK);
        if (!HELD.add(key)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(file, options);
            // The previous owner may have deleted the file in between.
            locked = channel.tryLock(LOCKED, 1, false) != null && Files.exists(file);
        } catch (OverlappingFileLockException e) {
            // This process holds the lock; treat it like another process.
        } finally {
            if (!locked) {
                release(key, channel);
            }
        }
        return locked ? Optional.of(new RunLock(folder, key, channel, resumed)) : Optional.empty();
    }

    private static void release(Path key, FileChannel channel) throws IOException {
        if (channel != null) {
            channel.close();
        }
        HELD.remove(key);
    }

    private void write(List<String> given) throws IOException {
        arguments.addAll(given);
        directory = Path.of("").toAbsolutePath().toString();
        Properties properties = new Properties();
        properties.setProperty("process", String.valueOf(ProcessHandle.current().pid()));
        properties.setProperty("started", Instant.now().toString());
        properties.setProperty(DIRECTORY, directory);
        properties.setProperty(ARGUMENTS, String.valueOf(arguments.size()));
        for (int i = 0; i < arguments.size(); i++) {
            properties.setProperty(ARGUMENT + i, arguments.get(i));
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        properties.store(
                content,
                "This run has not finished. If its process has ended, continue with:\n" + " finetune --resume "
                        + folder);
        mark.truncate(0);
        ByteBuffer bytes = ByteBuffer.wrap(content.toByteArray());
        while (bytes.hasRemaining()) {
            mark.write(bytes, bytes.position());
        }
        mark.force(true);
    }

    private void read(String place) throws IOException {
        Properties properties = new Properties();
        if (mark.size() <= MOST_BYTES) {
            try {
                properties.load(Channels.newInputStream(mark));
            } catch (IllegalArgumentException e) {
                throw new BadInput(place + ": " + e.getMessage());
            }
        }
        directory = properties.getProperty(DIRECTORY, "");
        while (properties.containsKey(ARGUMENT + arguments.size())) {
            arguments.add(properties.getProperty(ARGUMENT + arguments.size()));
        }
        if (arguments.isEmpty() || !String.valueOf(arguments.size()).equals(properties.getProperty(ARGUMENTS))) {
            throw new BadInput(place + " does not have all arguments of the run, expected their number as " + ARGUMENTS
                    + ", and " + ARGUMENT + "0, " + ARGUMENT + "1 and so on; start the run again");
        }
    }

    Path path() {
        return folder;
    }

    boolean isResumed() {
        return resumed;
    }

    List<String> arguments() {
        return List.copyOf(arguments);
    }

    /** Returns the directory in which the run was started. */
    String directory() {
        return directory;
    }

    void finished() throws IOException {
        Files.deleteIfExists(folder.resolve(MARK));
    }

    /**
     * Releases the folder. The mark stays unless the run has finished or a first attempt wrote nothing. A second call has
     * no effect.
     */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (!resumed && hasMarkAlone(folder)) {
            finished();
        }
        release(key, mark);
        OutputFolder.removeIfEmpty(folder);
    }
}
