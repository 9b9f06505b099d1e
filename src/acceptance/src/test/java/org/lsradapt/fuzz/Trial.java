package org.lsradapt.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;

/**
 * Gives a reader edited inputs and checks what it does with them: a result, or an {@link IOException} or {@link
 * IllegalArgumentException} whose message names a file of the input; within a time that the caller sets; and with memory that
 * grows with the length of the input alone.
 */
final class Trial {

    /** Bytes of objects, dead ones too, beside those that the subject allows for each byte of the files. */
    private static final long HEAP = 4 << 20;

    /** Bytes of arrays outside of the heap that may be left, some and so many for each byte of the files. */
    private static final long NATIVE = 1 << 20;

    private static final int NATIVE_PER_BYTE = 32;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * What reading an input took.
     *
     * @param result whether there was one
     * @param seconds of processor time
     * @param heap bytes of objects
     * @param left bytes outside of the heap that were not freed
     */
    private record Usage(boolean result, double seconds, long heap, long left) {
        boolean isWithin(double mostSeconds, Subject subject, FileSet input) {
            return seconds <= mostSeconds
                    && heap <= HEAP + subject.heapPerByte() * input.bytes()
                    && left <= NATIVE + NATIVE_PER_BYTE * input.bytes();
        }
    }

    /** What is expected of no input. */
    static final class Finding extends AssertionError {
        private static final long serialVersionUID = 1;

        Finding(String message, Throwable cause) {
            super(message, cause);
            if (cause != null) {
                // Equal places are equal findings.
                setStackTrace(cause.getStackTrace());
            }
        }
    }

    private final Subject subject;
    private final List<FileSet> seeds;
    private final Path folder;
    private final double mostSeconds;
    private final Map<String, byte[]> written = new HashMap<>();
    private long inputs;
    private long accepted;

    /**
     * Makes the valid inputs.
     *
     * @param folder an empty folder, where inputs are written
     * @param mostSeconds the processor time that reading an input may take
     */
    Trial(Subject subject, Path folder, double mostSeconds) throws IOException {
        this.mostSeconds = mostSeconds;
        this.subject = subject;
        this.folder = folder;
        seeds = subject.seeds().make();
    }

    /** The valid inputs. */
    List<FileSet> seeds() {
        return seeds;
    }

    /** How many inputs were read so far. */
    long inputs() {
        return inputs;
    }

    /** How many of them had a result. */
    long accepted() {
        return accepted;
    }

    /** Reads what a program makes of the valid inputs. */
    void run(byte[] program) throws IOException {
        check(Edits.apply(subject, seeds, program));
    }

    /**
     * Reads an input.
     *
     * @return whether there was a result
     * @throws Finding if it did what no input may do
     */
    boolean check(FileSet input) throws IOException {
        write(input);
        inputs++;
        Usage usage = measured();
        if (!usage.isWithin(mostSeconds, subject, input)) {
            // The first to come by a place may have loaded its classes.
            usage = measured();
        }
        if (!usage.isWithin(mostSeconds, subject, input)) {
            throw new Finding(
                    subject.name() + ": " + usage + " for the " + input.bytes() + " bytes in " + folder, null);
        }
        accepted += usage.result ? 1 : 0;
        return usage.result;
    }

    private Usage measured() {
        long id = Thread.currentThread().getId();
        long outside = Pointer.totalBytes();
        long cpu = THREADS.getCurrentThreadCpuTime();
        long heap = THREADS.getThreadAllocatedBytes(id);
        boolean result = read();
        return new Usage(
                result,
                1e-9 * (THREADS.getCurrentThreadCpuTime() - cpu),
                THREADS.getThreadAllocatedBytes(id) - heap,
                Pointer.totalBytes() - outside);
    }

    private boolean read() {
        try {
            subject.reading().read(folder);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            if (e.getMessage() == null || !e.getMessage().contains(folder.toString())) {
                throw new Finding(subject.name() + ": " + e + " does not name a file in " + folder, e);
            }
            return false;
        } catch (RuntimeException | Error e) {
            throw new Finding(subject.name() + ": " + e + " for the files in " + folder, e);
        }
    }

    /** Files that are there already stay. */
    private void write(FileSet input) throws IOException {
        for (Iterator<String> names = written.keySet().iterator(); names.hasNext(); ) {
            String name = names.next();
            if (!input.files().containsKey(name)) {
                Files.delete(folder.resolve(name));
                removeIfEmpty(folder.resolve(name).getParent());
                names.remove();
            }
        }
        for (Map.Entry<String, byte[]> file : input.files().entrySet()) {
            if (!Arrays.equals(written.get(file.getKey()), file.getValue())) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                // A file that is cut off and written again is forced to the disk by some file systems, which takes
                // long.
                Files.deleteIfExists(path);
                Files.write(path, file.getValue());
                written.put(file.getKey(), file.getValue());
            }
        }
    }

    private void removeIfEmpty(Path parent) throws IOException {
        if (!parent.equals(folder)) {
            try {
                Files.delete(parent);
            } catch (DirectoryNotEmptyException e) {
                // Others are still in it.
                return;
            }
        }
    }
}
