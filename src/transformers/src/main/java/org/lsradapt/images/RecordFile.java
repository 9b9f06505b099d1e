package org.lsradapt.images;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A file of many small pictures: MNIST's IDX of unsigned bytes (Y. LeCun's {@code idx3-ubyte}, compressed by gzip or
 * not), or CIFAR-10's binary form (A. Krizhevsky; records of a label and 3 × 32 × 32 samples). The whole file is in
 * memory. Immutable.
 */
public final class RecordFile {
    /** Limit of an uncompressed file, in bytes. */
    private static final int LARGEST = 1 << 30;

    private static final int IMAGES = 0x0803;
    private static final int LABELS = 0x0801;
    private static final int SIDE = 32;
    private static final int CIFAR_RECORD = 1 + 3 * SIDE * SIDE;
    private static final int CIFAR_CLASSES = 10;

    private static final Map<Path, Kept> READ = new ConcurrentHashMap<>();

    /** A cached file, identified by size and age. */
    private record Kept(long size, FileTime changed, SoftReference<RecordFile> records) {}

    private final Path file;
    private final int count;
    private final int width;
    private final int height;
    private final byte[] bytes;
    private final boolean cifar;

    private RecordFile(Path file, int count, int width, int height, byte[] bytes, boolean cifar) {
        this.file = file;
        this.count = count;
        this.width = width;
        this.height = height;
        this.bytes = bytes;
        this.cifar = cifar;
    }

    /**
     * Reads a file, or takes it from the cache if it is unchanged and still in memory.
     *
     * @param file an IDX file of images, or one of CIFAR-10 whose name ends with {@code .bin}
     * @throws IOException if it cannot be read, or does not have its format; the message names it
     */
    public static RecordFile of(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        long size = Files.size(file);
        FileTime changed = Files.getLastModifiedTime(file);
        Kept kept = READ.get(file);
        RecordFile known =
                kept != null && kept.size == size && kept.changed.equals(changed) ? kept.records.get() : null;
        if (known == null) {
            known = file.toString().endsWith(".bin") ? cifar(file) : idx(file);
            READ.put(file, new Kept(size, changed, new SoftReference<>(known)));
        }
        return known;
    }

    private static RecordFile idx(Path file) throws IOException {
        try (InputStream in = open(file)) {
            ByteBuffer header = header(file, in, IMAGES, 3);
            int count = header.getInt();
            int height = header.getInt();
            int width = header.getInt();
            return new RecordFile(file, count, width, height, rest(file, in, count, height, width), false);
        }
    }

    /**
     * Reads the labels of an IDX file.
     *
     * @param file an {@code idx1-ubyte} file, compressed by gzip or not
     * @return the labels, each 0 … 255
     * @throws IOException as {@link #of}
     */
    public static int[] labels(Path file) throws IOException {
        try (InputStream in = open(file)) {
            int count = header(file, in, LABELS, 1).getInt();
            byte[] bytes = rest(file, in, count, 1, 1);
            int[] labels = new int[count];
            for (int i = 0; i < count; i++) {
                labels[i] = bytes[i] & 0xff;
            }
            return labels;
        }
    }

    private static InputStream open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        if (!file.toString().endsWith(".gz")) {
            return in;
        }
        try {
            return new GZIPInputStream(in);
        } catch (IOException e) {
            in.close();
            throw new IOException(file + ": is not packed by gzip, which its name says: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer header(Path file, InputStream in, int kind, int dimensions) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(read(file, in, 4 + 4 * dimensions));
        if (header.remaining() < 4 + 4 * dimensions) {
            throw new IOException(file + ": has " + header.remaining() + " bytes, expected an IDX file's header");
        }
        int magic = header.getInt();
        if (magic != kind) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: begins with %08x, expected %08x: an IDX file of unsigned bytes in %d dimensions",
                    file,
                    magic,
                    kind,
                    dimensions));
        }
        return header;
    }

    private static byte[] rest(Path file, InputStream in, int count, int height, int width) throws IOException {
        boolean sizes = count >= 1 && height >= 1 && width >= 1 && height <= LARGEST && width <= LARGEST;
        long length = sizes && (long) height * width <= LARGEST ? (long) count * height * width : -1;
        if (length < 1 || length > LARGEST) {
            throw new IOException(file + ": says " + count + " records of " + height + " x " + width
                    + ", expected at least one and no more than " + LARGEST + " bytes together");
        }
        byte[] bytes = read(file, in, (int) length);
        if (bytes.length < length || in.read() >= 0) {
            throw new IOException(file + ": has " + (bytes.length < length ? bytes.length + " bytes" : "more bytes")
                    + " after its header, expected " + length);
        }
        return bytes;
    }

    private static byte[] read(Path file, InputStream in, int length) throws IOException {
        try {
            return in.readNBytes(length);
        } catch (EOFException | ZipException e) {
            throw new IOException(file + ": its gzip data is damaged: " + e.getMessage(), e);
        }
    }

    private static RecordFile cifar(Path file) throws IOException {
        long size = Files.size(file);
        if (size == 0 || size > LARGEST || size % CIFAR_RECORD != 0) {
            throw new IOException(file + ": has " + size + " bytes, expected a multiple of " + CIFAR_RECORD
                    + ", a label and 3 x 32 x 32 samples");
        }
        byte[] bytes = Files.readAllBytes(file);
        int count = bytes.length / CIFAR_RECORD;
        for (int i = 0; i < count; i++) {
            int label = bytes[i * CIFAR_RECORD] & 0xff;
            if (label >= CIFAR_CLASSES) {
                throw new IOException(file + ": record " + i + " has the label " + label + ", expected 0 to 9");
            }
        }
        return new RecordFile(file, count, SIDE, SIDE, bytes, true);
    }

    /** The number of pictures. */
    public int count() {
        return count;
    }

    /** The label of a record of CIFAR-10. */
    public int label(int index) {
        if (!cifar) {
            throw new IllegalStateException(file + ": its labels are in a file of their own");
        }
        return bytes[index * CIFAR_RECORD];
    }

    /** Returns a picture of the file by its number. */
    public Picture picture(int index) throws IOException {
        if (index < 0 || index >= count) {
            throw new IOException(file + ": has " + count + " pictures, there is no number " + index);
        }
        if (!cifar) {
            int area = width * height;
            return new Picture(width, height, 1, Arrays.copyOfRange(bytes, index * area, (index + 1) * area));
        }
        byte[] samples = new byte[3 * SIDE * SIDE];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < SIDE * SIDE; i++) {
                samples[3 * i + c] = bytes[index * CIFAR_RECORD + 1 + c * SIDE * SIDE + i];
            }
        }
        return new Picture(SIDE, SIDE, 3, samples);
    }
}
