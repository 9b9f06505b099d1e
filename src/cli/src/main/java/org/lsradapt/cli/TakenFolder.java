package org.lsradapt.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.lsradapt.console.BadInput;
import org.lsradapt.io.internal.FailureText;
import org.lsradapt.io.internal.RealPath;

/**
 * A run's folder, to which only this process writes, from before anything is loaded until it is closed. The mark, a file in
 * the folder, names the process and the arguments for a resumed run. The process holds a lock on the mark; the system
 * releases the lock when the process dies, so the lock tells whether the run is alive. The mark is deleted when the run has
 * finished, and the folder with it if it is empty.
 */
final class TakenFolder implements AutoCloseable {

    /** The name of the mark. */
    static final String MARK = "unfinished-run.properties";

    private static final String PROCESS = "process";
    private static final String STARTED = "started";
    private static final String DIRECTORY = "directory";
    private static final String ARGUMENT = "argument.";
    /** The property for the number of arguments. */
    private static final String ARGUMENTS = "arguments";

    /** The position of the lock, beyond the content, so that others can read the content where locks are mandatory. */
    private static final long LOCKED = Long.MAX_VALUE - 1;

    /** A bound far above the arguments of any run. */
    private static final int MOST_BYTES = 1 << 20;

    /** The marks that this process has locked. To open one a second time and close it would release its lock. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final Path key;
    /** True if an earlier process had started the run. */
    private final boolean resumed;

    private final FileChannel mark;
    private final List<String> arguments;
    private final String directory;
    private boolean closed;

    private TakenFolder(Path folder, boolean resumed, FileChannel mark, List<String> arguments, String directory)
            throws IOException {
        this.folder = folder;
        key = key(folder);
        this.resumed = resumed;
        this.mark = mark;
        this.arguments = arguments;
        this.directory = directory;
    }

    /**
     * Takes a folder that is empty or does not exist yet.
     *
     * @param arguments the run's arguments, which {@link #resume} reads back
     * @throws BadInput if it is neither, or another process has it
     * @throws IOException if it cannot be created
     */
    static TakenFolder take(Path wanted, List<String> arguments) throws IOException {
        Path folder = RealPath.of(wanted);
        // A process that was killed before it began leaves the mark alone.
        if (!hasMarkAlone(folder)) {
            OutputFolder.requireFree(folder);
        }
        OutputFolder.make(folder);
        FileChannel mark = lock(folder, StandardOpenOption.CREATE);
        if (mark == null) {
            throw OutputFolder.taken(folder);
        }
        String here = Path.of("").toAbsolutePath().toString();
        TakenFolder taken = new TakenFolder(folder, false, mark, List.copyOf(arguments), here);
        // Another process may have used the folder since it was free.
        if (entries(folder) > 1) {
            taken.release();
            throw OutputFolder.taken(folder);
        }
        try {
            taken.write();
        } catch (IOException e) {
            taken.close();
            throw new IOException(folder.resolve(MARK) + ": cannot be written: " + FailureText.of(e), e);
        }
        return taken;
    }

    /**
     * Takes the folder of a run that was killed or failed before it had finished.
     *
     * @throws BadInput if it is not such a folder, or the run is still alive
     * @throws IOException if it cannot be read
     */
    static TakenFolder resume(Path folder) throws IOException {
        if (!Files.isRegularFile(folder.resolve(MARK))) {
            throw new BadInput("--resume " + folder + ": there is no " + MARK
                    + " in it, expected the folder of a run that was stopped before it had finished");
        }
        FileChannel mark = lock(folder);
        if (mark == null) {
            throw new BadInput.FolderTaken("--resume " + folder + ": the run is still active, in another process");
        }
        try {
            Properties properties = new Properties();
            if (mark.size() <= MOST_BYTES) {
                InputStream content = Channels.newInputStream(mark);
                try {
                    properties.load(content);
                } catch (IllegalArgumentException e) {
                    throw new BadInput("--resume " + folder + ": " + MARK + ": " + e.getMessage());
                }
            }
            List<String> arguments = arguments(folder, properties);
            return new TakenFolder(folder, true, mark, arguments, properties.getProperty(DIRECTORY, ""));
        } catch (IOException | RuntimeException e) {
            unlock(key(folder), mark);
            throw e;
        }
    }

    private static List<String> arguments(Path folder, Properties properties) {
        List<String> arguments = new ArrayList<>();
        while (properties.containsKey(ARGUMENT + arguments.size())) {
            arguments.add(properties.getProperty(ARGUMENT + arguments.size()));
        }
        if (arguments.isEmpty() || !String.valueOf(arguments.size()).equals(properties.getProperty(ARGUMENTS))) {
            throw new BadInput("--resume " + folder + ": " + MARK + " does not say how the run was started, expected "
                    + ARGUMENTS + " and as many as that says, from " + ARGUMENT + "0 on; start it again");
        }
        return arguments;
    }

    /** Whether the folder contains only the mark of a run, whether alive or stopped. */
    static boolean hasMarkAlone(Path folder) throws IOException {
        return Files.exists(folder.resolve(MARK)) && entries(folder) == 1;
    }

    /** Opens and locks the mark; returns null if another process or this one holds the lock. */
    private static FileChannel lock(Path folder, StandardOpenOption... more) throws IOException {
        Path file = folder.resolve(MARK);
        Path key = key(folder);
        if (!HELD.add(key)) {
            return null;
        }
        List<StandardOpenOption> options = new ArrayList<>(List.of(more));
        options.addAll(List.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, options.toArray(new StandardOpenOption[0]));
            // The previous owner may have deleted the file in between.
            if (channel.tryLock(LOCKED, 1, false) != null && Files.exists(file)) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // This process holds the lock; treat it like another process.
        } catch (IOException e) {
            unlock(key, channel);
            throw e;
        }
        unlock(key, channel);
        return null;
    }

    private static void unlock(Path key, FileChannel channel) throws IOException {
        if (channel != null) {
            channel.close();
        }
        HELD.remove(key);
    }

    /** Returns the mark's real path, which is the same for every link to its folder. */
    private static Path key(Path folder) throws IOException {
        return folder.toRealPath().resolve(MARK);
    }

    private void write() throws IOException {
        Properties properties = new Properties();
        properties.setProperty(PROCESS, String.valueOf(ProcessHandle.current().pid()));
        properties.setProperty(STARTED, Instant.now().toString());
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

    private static long entries(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.count();
        }
    }

    Path path() {
        return folder;
    }

    boolean isResumed() {
        return resumed;
    }

    List<String> arguments() {
        return arguments;
    }

    /** Returns the directory in which the run was started. */
    String directory() {
        return directory;
    }

    /** Marks the run as finished. */
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
        release();
        OutputFolder.removeIfEmpty(folder);
    }

    private void release() throws IOException {
        unlock(key, mark);
    }
}
