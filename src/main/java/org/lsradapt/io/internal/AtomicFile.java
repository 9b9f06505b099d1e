package org.lsradapt.io.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Replaces a file as a whole: after a crash at any moment the old content is there or the new, never a part. */
public final class AtomicFile {

    /** Writes the new content. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to the channel, which the caller closes. */
        void writeTo(FileChannel channel) throws IOException;
    }

    private AtomicFile() {}

    /**
     * Writes to a temporary file in the target's folder, forces it to the disk and moves it over the target. If
     * anything fails the target is as it was and the temporary file is gone.
     *
     * @param target the file to create or replace; its folder must exist
     * @throws IOException if the folder does not exist, or writing or moving fails; the message names the target
     */
    public static void write(Path target, Content content) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(target + ": cannot be written, there is no folder " + folder);
        }
        if (Files.isDirectory(target)) {
            throw new IOException(target + ": cannot be written, it is a folder");
        }
        Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IOException(target + ": cannot be written: " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(temporary);
        }
        forceFolder(folder);
    }

    /**
     * As {@link #write(Path, Content)}, with content that is in memory.
     *
     * @param target the file to create or replace; its folder must exist
     * @param content the whole content
     * @throws IOException if the folder does not exist, or writing or moving fails; the message names the target
     */
    public static void write(Path target, byte[] content) throws IOException {
        write(target, channel -> {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        });
    }

    /** Makes the move itself durable. Where a folder cannot be opened (Windows) the file system sees to that. */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // The new content is complete and in place; only how soon its name reaches the disk is left open.
            return;
        }
    }
}
