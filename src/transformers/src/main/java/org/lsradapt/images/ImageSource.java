package org.lsradapt.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where an image is. Safe for use by many threads. */
public interface ImageSource {
    /** A file of many pictures, and which. */
    Pattern RECORD = Pattern.compile("(.+)#(\\d{1,9})");

    /** What tells it from others. */
    String name();

    /**
     * Decodes it.
     *
     * @throws IOException if it cannot be read or decoded; the message names it
     */
    Picture read() throws IOException;

    /**
     * What tells it from other pictures under the same name, such as a checksum; empty if it cannot be said.
     *
     * @throws IOException if it cannot be read; the message names it
     */
    default String fingerprint() throws IOException {
        return "";
    }

    /** A JPEG or PNG file; see {@link Picture#read(Path)}. */
    static ImageSource of(Path file) {
        return new NamedSource(file.toString(), () -> Picture.read(file), () -> PictureFile.checksum(file));
    }

    /**
     * A file, or a picture of a {@link RecordFile}.
     *
     * @param location a path, or that of a record file with {@code #} and the picture's number, from 0, behind it
     * @throws IOException if there is no such file; the message names it
     */
    static ImageSource at(String location) throws IOException {
        Path file = path(location);
        if (Files.isRegularFile(file)) {
            return of(file);
        }
        Matcher record = RECORD.matcher(location);
        if (!record.matches()) {
            throw new IOException(location + ": there is no such file, expected a picture");
        }
        Path records = path(record.group(1));
        int index = Integer.parseInt(record.group(2));
        Reader reader = () -> RecordFile.of(records).picture(index);
        return new NamedSource(
                location, reader, () -> PictureFile.checksum(reader.read().samples()));
    }

    private static Path path(String location) throws IOException {
        try {
            return Path.of(location);
        } catch (InvalidPathException e) {
            throw new IOException("picture " + location + ": " + e.getMessage(), e);
        }
    }

    /** A picture in memory. */
    static ImageSource of(String name, Picture picture) {
        return new NamedSource(name, () -> picture, () -> PictureFile.checksum(picture.samples()));
    }

    /** Reads a picture. */
    @FunctionalInterface
    interface Reader {
        Picture read() throws IOException;
    }

    /** A picture from anywhere, which cannot say whether it has changed. */
    static ImageSource of(String name, Reader reader) {
        return new NamedSource(name, reader, () -> "");
    }
}
