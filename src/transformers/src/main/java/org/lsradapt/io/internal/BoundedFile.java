package org.lsradapt.io.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files as a whole, up to a length that does not fill the memory. */
public final class BoundedFile {

    /** The limit of configurations, indexes and vocabularies: 64 MB. */
    public static final int SMALL = 64_000_000;

    private BoundedFile() {}

    /** Reads a file of at most {@code maxBytes}; an exception names it. */
    public static byte[] read(Path file, int maxBytes) throws IOException {
        requireFile(file);
        if (Files.size(file) > maxBytes) {
            throw new IOException(file + ": " + Files.size(file) + " bytes long, expected at most " + maxBytes);
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(maxBytes);
            if (content.length == maxBytes && in.read() >= 0) {
                throw new IOException(file + ": grows while it is read, expected at most " + maxBytes + " bytes");
            }
            return content;
        }
    }

    /** Refuses a path at which there is no file. */
    public static void requireFile(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
    }

    /**
     * Decodes bytes as text.
     *
     * @return the text without the mark
     * @throws IOException if the content is not UTF-8
     */
    public static String text(String location, byte[] content) throws IOException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IOException(location + ": not UTF-8 text", e);
        }
    }
}
