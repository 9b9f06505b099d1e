package org.lsradapt.store.internal;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

/** The bytes of a store's file. Safe for many threads. */
interface RawFile extends Closeable {

    /** Opens a file. */
    @FunctionalInterface
    interface Opener {
        /** Creates the file if it is missing and may be written. */
        RawFile open(Path path, boolean readOnly) throws IOException;
    }

    /** The number of bytes. */
    long size() throws IOException;

    /** Reads up to {@code length} bytes; the number of bytes read, less at the end of the file. */
    int read(byte[] into, int length, long position) throws IOException;

    /** Writes all bytes. */
    void write(byte[] from, int length, long position) throws IOException;

    /** Makes the file shorter. */
    void truncate(long size) throws IOException;

    /** Forces what was written to the disk. */
    void force() throws IOException;

    /**
     * Opens a file of the file system. It stays open when a thread that reads it is interrupted: a channel would be closed
     * for all threads, and servers interrupt threads of requests that take too long.
     *
     * @throws IOException if another process has it open
     */
    static RawFile open(Path path, boolean readOnly) throws IOException {
        RandomAccessFile file = new RandomAccessFile(path.toFile(), readOnly ? "r" : "rw");
        try {
            if (isFree(file, readOnly)) {
                return new Steady(file);
            }
            throw new IOException("is open already in another process, expected one at a time");
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** A second lock, for names of one file in different folders; {@link StoreLock} has the one to rely on. */
    private static boolean isFree(RandomAccessFile file, boolean shared) throws IOException {
        try {
            // Beyond the content: where locks are mandatory others can still read it.
            FileLock lock = file.getChannel().tryLock(Long.MAX_VALUE - 1, 1, shared);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** A file that no interrupt closes. */
    final class Steady implements RawFile {
        private final RandomAccessFile file;

        private Steady(RandomAccessFile file) {
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return file.length();
        }

        @Override
        public synchronized int read(byte[] into, int length, long position) throws IOException {
            file.seek(position);
            int done = 0;
            while (done < length) {
                int read = file.read(into, done, length - done);
                if (read < 0) {
                    break;
                }
                done += read;
            }
            return done;
        }

        @Override
        public synchronized void write(byte[] from, int length, long position) throws IOException {
            file.seek(position);
            file.write(from, 0, length);
        }

        @Override
        public synchronized void truncate(long size) throws IOException {
            if (size < file.length()) {
                file.setLength(size);
            }
        }

        @Override
        public void force() throws IOException {
            file.getFD().sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
