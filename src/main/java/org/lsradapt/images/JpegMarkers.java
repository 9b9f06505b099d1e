package org.lsradapt.images;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The segments of a JPEG file (ITU-T T.81, annex B) before its first scan. */
final class JpegMarkers {
    private static final int BEGIN = 0xffd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xffda;
    private static final int APP1 = 0xffe1;
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};

    private JpegMarkers() {}

    /** Whether a file begins as one. */
    static boolean isJpeg(byte[] file) {
        return file.length >= 2 && (ByteBuffer.wrap(file).getShort() & 0xffff) == BEGIN;
    }

    /** Whether there is an end of the image behind the beginning of its first scan. */
    static boolean hasEnd(byte[] file) {
        for (int i = find(file, SCAN); i >= 0 && i + 1 < file.length; i++) {
            if ((file[i] & 0xff) == 0xff && (file[i + 1] & 0xff) == END) {
                return true;
            }
        }
        return false;
    }

    /** What EXIF says, from its TIFF header on. */
    static Optional<ByteBuffer> exif(byte[] file) {
        int at = find(file, APP1);
        if (at < 0) {
            return Optional.empty();
        }
        int length = ByteBuffer.wrap(file).getShort(at + 2) & 0xffff;
        int from = at + 4 + EXIF.length;
        if (at + 2 + length > file.length || from > at + 2 + length) {
            return Optional.empty();
        }
        for (int i = 0; i < EXIF.length; i++) {
            if (file[at + 4 + i] != EXIF[i]) {
                return Optional.empty();
            }
        }
        return Optional.of(ByteBuffer.wrap(file).slice(from, at + 2 + length - from));
    }

    /** Where the first segment of a kind begins, at its marker; negative if there is none. */
    private static int find(byte[] file, int wanted) {
        ByteBuffer in = ByteBuffer.wrap(file);
        try {
            in.position(2);
            while (true) {
                int at = in.position();
                int marker = in.getShort() & 0xffff;
                if (marker == wanted) {
                    return at;
                }
                int length = in.getShort() & 0xffff;
                if (marker >>> 8 != 0xff || marker == SCAN || length < 2) {
                    return -1;
                }
                in.position(at + 2 + length);
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return -1;
        }
    }
}
