package org.lsradapt.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The source of an image. Immutable; safe for use by many threads. */
public final class ImageSource {
    /** A file of many pictures, and the picture's number. */
    private static final Pattern RECORD = Pattern.compile("(.+)#(\\d{1,9})");

    private final String name;
    private final Reader<Picture> picture;
    private final Reader<String> fingerprint;

    @FunctionalInterface
    private interface Reader<T> {
        T read() throws IOException;
    }

    private ImageSource(String name, Reader<Picture> picture, Reader<String> fingerprint) {
        this.name = name;
        this.picture = picture;
        this.fingerprint = fingerprint;
    }

    /** Returns the source of a JPEG or PNG file; see {@link Picture#read(Path)}. */
    public static ImageSource of(Path file) {
        return new ImageSource(file.toString(), () -> Picture.read(file), () -> PictureFile.checksum(file));
    }

    /** Returns the source of a picture in memory. */
    public static ImageSource of(String name, Picture picture) {
        return new ImageSource(name, () -> picture, () -> PictureFile.checksum(picture.samples()));
    }

    /**
     * Returns the source of a file, or of a picture in a {@link RecordFile}.
     *
     * @param location a path, or the path of a record file followed by {@code #} and the picture's number, from 0
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

    /** The path, or another name that distinguishes the source. */
    public String name() {
        return name;
    }

    /** Decodes the picture, which an exception names. */
    public Picture read() throws IOException {
        return picture.read();
    }

    /**
     * Computes a checksum, which distinguishes the picture from others with the same name.
     *
     * @throws IOException if it cannot be read; the message names it
     */
    public String fingerprint() throws IOException {
        return fingerprint.read();
    }
}
