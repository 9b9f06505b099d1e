package org.lsradapt.data.files;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A text that can be opened any number of times: a file, or a stream whose bytes are kept. Immutable and thread-safe. */
public final class TextSource {
    private final String name;
    private final Opener bytes;
    private final Charset encoding;

    private TextSource(String name, Opener bytes, Charset encoding) {
        this.name = name;
        this.bytes = bytes;
        this.encoding = encoding;
    }

    @FunctionalInterface
    private interface Opener {
        InputStream open() throws IOException;
    }

    /** Returns a file in UTF-8. */
    public static TextSource of(Path file) {
        return new TextSource(file.toString(), () -> open(file), StandardCharsets.UTF_8);
    }

    /** Returns a named stream in UTF-8, which is read to its end when it is first needed, and never closed. */
    public static TextSource of(InputStream in, String name) {
        return new TextSource(name, new Kept(in)::open, StandardCharsets.UTF_8);
    }

    /** Returns a file in the encoding of this one. */
    public TextSource at(Path file) {
        return of(file).encoding(encoding);
    }

    /** Returns the same bytes in another encoding. */
    public TextSource encoding(Charset other) {
        return new TextSource(name, bytes, other);
    }

    /** Opens the text at its start; the caller closes the reader. */
    public LineReader open() throws IOException {
        return new LineReader(bytes.open(), name, encoding);
    }

    /** Returns the name for messages. */
    @Override
    public String toString() {
        return name;
    }

    static InputStream open(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": this is a folder, expected a file");
        }
        return Files.newInputStream(file);
    }

    private static final class Kept {
        private final InputStream in;
        private byte[] all;

        Kept(InputStream in) {
            this.in = in;
        }

        synchronized InputStream open() throws IOException {
            all = all == null ? in.readAllBytes() : all;
            return new ByteArrayInputStream(all);
        }
    }
}
