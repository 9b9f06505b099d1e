package org.lsradapt.adapters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Length and checksum of a file, by which damage is noticed.
 *
 * @param bytes the length
 * @param crc32c CRC-32C of all bytes, eight hexadecimal digits
 */
record FileCheck(long bytes, String crc32c) {

    private static final int BUFFER_BYTES = 1 << 16;

    static FileCheck of(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[BUFFER_BYTES];
        long bytes = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                crc.update(buffer, 0, read);
                bytes += read;
            }
        }
        return new FileCheck(bytes, String.format(Locale.ROOT, "%08x", crc.getValue()));
    }

    /** Throws unless the file is as it was when this check was made. */
    void require(Path file, String source) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        long size = Files.size(file);
        if (size != bytes) {
            throw new IOException(file + ": " + (size < bytes ? "truncated" : "altered") + ", found " + size + " bytes, "
                    + source + " expects " + bytes);
        }
        FileCheck found = of(file);
        if (!found.equals(this)) {
            throw new IOException(file + ": altered, found " + found + ", " + source + " expects " + this);
        }
    }

    @Override
    public String toString() {
        return bytes + " bytes with CRC-32C " + crc32c;
    }
}
