package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.internal.CloseOnFailure;

/**
 * A folder's tensor file as the configuration names it, with length and checksum. A save into a folder that already has an adapter takes
 * a new name, so that no tensor file changes while a configuration names it.
 *
 * @param name the file's name, {@link #FIRST} or {@code adapter_model-XXXXXXXX.safetensors} with hexadecimal digits
 * @param bytes the file's length in bytes
 * @param crc32c the CRC-32C of all bytes, eight hexadecimal digits
 */
record TensorFile(String name, long bytes, String crc32c) {

    /** The name in a folder without an earlier adapter. */
    static final String FIRST = "adapter_model.safetensors";

    private static final Pattern NAME = Pattern.compile("adapter_model(-[0-9a-f]{8})?\\.safetensors");
    private static final int BUFFER_BYTES = 1 << 16;

    /** The age in milliseconds from which tensor files without a configuration are removed; a save takes less. */
    private static final long ABANDONED = 3_600_000;

    static TensorFile of(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return of(file, channel);
        }
    }

    private static TensorFile of(Path file, FileChannel channel) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long bytes = 0;
        for (int read = channel.read(buffer, 0); read >= 0; read = channel.read(buffer.clear(), bytes)) {
            crc.update(buffer.flip());
            bytes += read;
        }
        return new TensorFile(file.getFileName().toString(), bytes, String.format(Locale.ROOT, "%08x", crc.getValue()));
    }

    static TensorFile of(String name, byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return new TensorFile(name, content.length, String.format(Locale.ROOT, "%08x", crc.getValue()));
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** A random name, different from those of other saves. */
    static String newName() {
        return "adapter_model-" + UUID.randomUUID().toString().substring(0, 8) + ".safetensors";
    }

    TensorFile named(String other) {
        return new TensorFile(other, bytes, crc32c);
    }

    /** Removes the remains of killed saves: old tensor files other than the one in use. */
    static void removeAbandoned(Path folder, Path used) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(
                folder, file -> isName(file.getFileName().toString()) && !file.equals(used))) {
            for (Path file : files) {
                if (System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis() > ABANDONED) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // No configuration names these files: a file that cannot be removed now stays until the next save.
            return;
        }
    }

    boolean isIn(Path folder) {
        Path file = folder.resolve(name);
        try {
            return Files.size(file) == bytes && of(file).equals(this);
        } catch (IOException e) {
            return false;
        }
    }

    /** Opens the file in the folder; throws an {@link IOException} unless it has this length and checksum. */
    SafeTensors open(Path folder) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            FileChannel channel = opened.add(FileChannel.open(file));
            requireLength(file.toString(), channel.size());
            require(file.toString(), of(file, channel));
            return opened.release(SafeTensors.of(file.toString(), channel));
        }
    }

    void require(String file, byte[] content) throws IOException {
        requireLength(file, content.length);
        require(file, of(name, content));
    }

    private void requireLength(String file, long size) throws IOException {
        if (size != bytes) {
            throw new IOException(file + ": " + (size < bytes ? "truncated" : "altered") + ", found " + size
                    + " bytes, " + AdapterConfigFile.NAME + " expects " + bytes);
        }
    }

    private void require(String file, TensorFile found) throws IOException {
        if (!found.equals(this)) {
            throw new IOException(
                    file + ": altered, found " + found + ", " + AdapterConfigFile.NAME + " expects " + this);
        }
    }

    @Override
    public String toString() {
        return bytes + " bytes with CRC-32C " + crc32c;
    }
}
