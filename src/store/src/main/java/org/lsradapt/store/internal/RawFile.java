package org.lsradapt.store.internal;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

/** The bytes of a store's file. Safe for many threads. */
interface RawFile extends Closeable {

    @FunctionalInterface
    interface Opener {
        /** Creates the file if it is missing and may be written. */
        RawFile open(Path path, boolean readOnly) throws IOException;
    }

    long size() throws IOException;

    /** Reads up to {@code length} bytes; returns the number read, fewer at the end of the file. */
    int read(byte[] into, int length, long position) throws IOException;

    void write(byte[] from, int length, long position) throws IOException;

    void truncate(long size) throws IOException;

    void force() throws IOException;

    /**
     * Opens a file of the file system. It stays open if a thread that reads it is interrupted. An interrupt would close a
     * channel for all threads, and servers interrupt threads of requests that take too long.
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

    /**
     * Whether a second lock is free, for names of one file in different folders; {@link StoreLock} has the authoritative
     * one.
     */
    private static boolean isFree(RandomAccessFile file, boolean shared) throws IOException {
        try {
            // Beyond the content: where locks are mandatory others can still read it.
            FileLock lock = file.getChannel().tryLock(Long.MAX_VALUE - 1, 1, shared);
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

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
