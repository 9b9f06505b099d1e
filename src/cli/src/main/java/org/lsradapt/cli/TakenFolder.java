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
 * A run's folder, which this process alone writes to, from before anything is loaded until it is closed. A file in it
 * says so, and how to go on if the run does not come to its end; a lock of that file, which the system takes away when
 * the process dies, says whether the run lives. The file goes when the run has finished, and the folder with it if
 * nothing came to be in it.
 */
final class TakenFolder implements AutoCloseable {

    /** The file that says whose the folder is. */
    static final String MARK = "unfinished-run.properties";

    private static final String PROCESS = "process";
    private static final String STARTED = "started";
    private static final String DIRECTORY = "directory";
    private static final String ARGUMENT = "argument.";
    /** How many arguments there are. */
    private static final String ARGUMENTS = "arguments";

    /** Beyond the content, so that where locks are mandatory others can still read it. */
    private static final long LOCKED = Long.MAX_VALUE - 1;

    /** Far more than the arguments of a run. */
    private static final int MOST_BYTES = 1 << 20;

    /** The files that this process has locked: opening one a second time and closing it would release its lock. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final Path key;
    /** Whether an earlier process had it. */
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
     * @param arguments what the run was started with, to be told by {@link #resume}
     * @throws BadInput if it is neither, or another process has it
     * @throws IOException if it cannot be made
     */
    static TakenFolder take(Path wanted, List<String> arguments) throws IOException {
        Path folder = RealPath.of(wanted);
        // A mark alone is what a process left that was killed before it began.
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
        // Another process may have come and gone since the folder was free.
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
     * Takes the folder of a run that was killed, or failed, before it had finished.
     *
     * @throws BadInput if it is no such folder, or the run still lives
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

    /** Whether a folder has the mark of a run that lives or was stopped, and nothing else. */
    static boolean hasMarkAlone(Path folder) throws IOException {
        return Files.exists(folder.resolve(MARK)) && entries(folder) == 1;
    }

    /** The file, locked; null if another has it. */
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
            // Whoever had it may have removed it in between.
            if (channel.tryLock(LOCKED, 1, false) != null && Files.exists(file)) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // As if another process had it.
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

    /** The one name of the mark, by whatever link its folder was given. */
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

    /** Whether an earlier process had it, and this one goes on. */
    boolean isResumed() {
        return resumed;
    }

    /** The arguments that the run was started with. */
    List<String> arguments() {
        return arguments;
    }

    /** Where it was started. */
    String directory() {
        return directory;
    }

    /** Says that the run has come to its end. */
    void finished() throws IOException {
        Files.deleteIfExists(folder.resolve(MARK));
    }

    /**
     * Leaves the folder, with its mark unless the run has finished or nothing came of a first attempt; a second call does
     * nothing.
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
