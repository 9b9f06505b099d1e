package org.lsradapt.images;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The segments of a JPEG file (ITU-T T.81, annex B) before its first scan. */
final class JpegMarkers {
    private static final int BEGIN = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int FIRST_APPLICATION = 0xe0;
    private static final int LAST_APPLICATION = 0xef;
    private static final int COMMENT = 0xfe;
    private static final int JFIF = 0xe0;
    private static final int EXIF = 0xe1;
    private static final int ADOBE = 0xee;

    /** Version 1.01, no density, no thumbnail. */
    private static final byte[] JFIF_SEGMENT = {-1, (byte) JFIF, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
    };

    private final byte[] file;
    private final List<Segment> segments = new ArrayList<>();
    /** Where the first scan begins, at its marker; the file's length if there is none. */
    private int scan;

    /** A marker, from its first byte to the end of its data. */
    private record Segment(int marker, int from, int to) {

        int data() {
            return from + 4;
        }

        boolean isApplication() {
            return marker >= FIRST_APPLICATION && marker <= LAST_APPLICATION;
        }

        /** Whether it begins a frame, and says what its components are. */
        boolean isFrame() {
            return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        }
    }

    private JpegMarkers(byte[] file) {
        this.file = file;
        scan = file.length;
        int at = 2;
        while (at + 4 <= file.length && (file[at] & 0xff) == 0xff) {
            int marker = file[at + 1] & 0xff;
            if (marker == 0xff) {
                // Any number of these may stand before a marker.
                at++;
                continue;
            }
            if (marker == SCAN) {
                scan = at;
                return;
            }
            int length = ByteBuffer.wrap(file).getShort(at + 2) & 0xffff;
            int to = at + 2 + length;
            if (length < 2 || to > file.length) {
                return;
            }
            segments.add(new Segment(marker, at, to));
            at = to;
        }
    }

    /** Of a file; empty if it does not begin as a JPEG does. */
    static Optional<JpegMarkers> of(byte[] file) {
        boolean begins = file.length >= 2 && (file[0] & 0xff) == 0xff && (file[1] & 0xff) == BEGIN;
        return begins ? Optional.of(new JpegMarkers(file)) : Optional.empty();
    }

    /** Whether there is an end of the image behind the beginning of its first scan. */
    boolean hasEnd() {
        for (int i = scan; i + 1 < file.length; i++) {
            if ((file[i] & 0xff) == 0xff && (file[i + 1] & 0xff) == END) {
                return true;
            }
        }
        return false;
    }

    /** What EXIF says, from its TIFF header on. */
    Optional<ByteBuffer> exif() {
        return find(EXIF, "Exif\0\0", 6)
                .map(segment -> ByteBuffer.wrap(file).slice(segment.data() + 6, segment.to() - segment.data() - 6));
    }

    /**
     * The file without what applications have put in, such as colour profiles, which the JDK would apply, and with what makes
     * it take three components as libjpeg takes them: for YCbCr unless Adobe's segment or their names say RGB.
     */
    byte[] samplesAlone() {
        boolean jfif = find(JFIF, "JFIF\0", 14).isPresent();
        // Of several the last counts, as in libjpeg.
        Optional<Segment> adobe =
                jfif ? Optional.empty() : all(ADOBE, "Adobe", 12).reduce((first, last) -> last);
        Optional<Segment> frame = segments.stream().filter(Segment::isFrame).findFirst();
        boolean three = frame.isPresent() && components(frame.get()) == 3;
        boolean rgb =
                three && (adobe.isPresent() ? file[adobe.get().data() + 11] == 0 : !jfif && named(frame.get(), "RGB"));
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + JFIF_SEGMENT.length);
        out.write(file, 0, 2);
        if (three && !rgb) {
            out.writeBytes(JFIF_SEGMENT);
        } else {
            adobe.ifPresent(segment -> out.write(file, segment.from(), segment.to() - segment.from()));
        }
        int to = 2;
        for (Segment segment : segments) {
            to = segment.to();
            if (!segment.isApplication() && segment.marker() != COMMENT) {
                out.write(file, segment.from(), to - segment.from());
            }
        }
        int rest = scan < file.length ? scan : to;
        out.write(file, rest, file.length - rest);
        return out.toByteArray();
    }

    /** How many components a frame says that it has; 0 if it is cut short. */
    private int components(Segment frame) {
        int at = frame.data() + 5;
        return at < frame.to() && frame.to() - at > 3 * file[at] ? file[at] : 0;
    }

    private boolean named(Segment frame, String names) {
        for (int i = 0; i < names.length(); i++) {
            if (file[frame.data() + 6 + 3 * i] != names.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private Optional<Segment> find(int marker, String begin, int bytes) {
        return all(marker, begin, bytes).findFirst();
    }

    /** The segments of a kind that begin so and have at least so many bytes. */
    private Stream<Segment> all(int marker, String begin, int bytes) {
        byte[] wanted = begin.getBytes(StandardCharsets.ISO_8859_1);
        return segments.stream()
                .filter(segment -> segment.marker() == marker && segment.to() - segment.data() >= bytes)
                .filter(segment ->
                        ByteBuffer.wrap(file, segment.data(), wanted.length).equals(ByteBuffer.wrap(wanted)));
    }
}
