package org.lsradapt.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where an image is. Immutable; safe for use by many threads. */
public final class ImageSource {
    /** A file of many pictures, and which. */
    private static final Pattern RECORD = Pattern.compile("(.+)#(\\d{1,9})");

    private final String name;
    private final Reader<Picture> picture;
    private final Reader<String> fingerprint;

    /** Reads a picture, or its checksum. */
    @FunctionalInterface
    private interface Reader<T> {
        T read() throws IOException;
    }

    private ImageSource(String name, Reader<Picture> picture, Reader<String> fingerprint) {
        this.name = name;
        this.picture = picture;
        this.fingerprint = fingerprint;
    }

    /** A JPEG or PNG file; see {@link Picture#read(Path)}. */
    public static ImageSource of(Path file) {
        return new ImageSource(file.toString(), () -> Picture.read(file), () -> PictureFile.checksum(file));
    }

    /** A picture in memory. */
    public static ImageSource of(String name, Picture picture) {
        return new ImageSource(name, () -> picture, () -> PictureFile.checksum(picture.samples()));
    }

    /**
     * A file, or a picture of a {@link RecordFile}.
     *
     * @param location a path, or that of a record file with {@code #} and the picture's number, from 0, behind it
     * @throws IOException if there is no such file; the message names it
     */
    public static ImageSource at(String location) throws IOException {
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
        Reader<Picture> reader = () -> RecordFile.of(records).picture(index);
        return new ImageSource(
                location, reader, () -> PictureFile.checksum(reader.read().samples()));
    }

    private static Path path(String location) throws IOException {
        try {
            return Path.of(location);
        } catch (InvalidPathException e) {
            throw new IOException("picture " + location + ": " + e.getMessage(), e);
        }
    }

    /** Its path, or what else tells it from others. */
    public String name() {
        return name;
    }

    /**
     * Decodes it.
     *
     * @throws IOException if it cannot be read or decoded; the message names it
     */
    public Picture read() throws IOException {
        return picture.read();
    }

    /**
     * A checksum, which tells it from other pictures under the same name.
     *
     * @throws IOException if it cannot be read; the message names it
     */
    public String fingerprint() throws IOException {
        return fingerprint.read();
    }
}
