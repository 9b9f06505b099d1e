package org.lsradapt.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.NodeList;

/** One picture, 16 wide and 8 high, in files of other segments; all are read as libjpeg (and so Pillow) reads them. */
class JpegFileTest {
    private static final int JFIF_BYTES = 18;
    private static final byte[] NONE = {};

    /** Begins with JFIF's segment; its components are YCbCr in full size. */
    private static byte[] plain() throws IOException {
        BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 16; x++) {
            for (int y = 0; y < 8; y++) {
                image.setRGB(x, y, x < 8 ? 0xc93c28 : 0x3c28c9);
            }
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file)) {
            IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
            IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree(metadata.getNativeMetadataFormatName());
            NodeList components = tree.getElementsByTagName("componentSpec");
            for (int i = 0; i < components.getLength(); i++) {
                ((IIOMetadataNode) components.item(i)).setAttribute("HsamplingFactor", "1");
                ((IIOMetadataNode) components.item(i)).setAttribute("VsamplingFactor", "1");
            }
            metadata.setFromTree(metadata.getNativeMetadataFormatName(), tree);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, metadata), null);
        } finally {
            writer.dispose();
        }
        return file.toByteArray();
    }

    private static byte[] segment(int marker, byte[]... data) {
        byte[] all = join(data);
        int length = all.length + 2;
        return join(new byte[] {-1, (byte) marker, (byte) (length >> 8), (byte) length}, all);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Stream.of(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static byte[] bytes(String ascii) {
        byte[] bytes = new byte[ascii.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ascii.charAt(i);
        }
        return bytes;
    }

    private static byte[] adobe(int transform) {
        return segment(0xee, bytes("Adobe"), new byte[] {0, 100, 0, 0, 0, 0, (byte) transform});
    }

    private static byte[] exif(int orientation) {
        return segment(0xe1, bytes("Exif\0\0MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"), new byte[] {
            (byte) orientation, 0, 0, 0, 0, 0, 0
        });
    }

    private static byte[] profile(int space) {
        return segment(
                0xe2,
                bytes("ICC_PROFILE\0\u0001\u0001"),
                ICC_Profile.getInstance(space).getData());
    }

    /** With segments in place of JFIF's, or, if it stays, behind it, and other names of the components. */
    private static byte[] file(boolean jfif, byte[] segments, String names) throws IOException {
        byte[] file = plain();
        byte[] rest = Arrays.copyOfRange(file, 2 + JFIF_BYTES, file.length);
        for (int i = 0; i + 1 < rest.length; i++) {
            boolean frame = rest[i] == -1 && rest[i + 1] == (byte) 0xc0;
            boolean scan = rest[i] == -1 && rest[i + 1] == (byte) 0xda;
            for (int c = 0; c < names.length() && (frame || scan); c++) {
                rest[frame ? i + 10 + 3 * c : i + 5 + 2 * c] = (byte) names.charAt(c);
            }
            if (scan) {
                break;
            }
        }
        return join(Arrays.copyOf(file, jfif ? 2 + JFIF_BYTES : 2), segments, rest);
    }

    static Stream<Arguments> asThePlainOne() throws IOException {
        return Stream.of(
                Arguments.of("profile of linear RGB", file(true, profile(ColorSpace.CS_LINEAR_RGB), "")),
                Arguments.of("profile of grey", file(true, profile(ColorSpace.CS_GRAY), "")),
                Arguments.of("half a profile", file(true, segment(0xe2, bytes("ICC_PROFILE\0\u0001\u0002half")), "")),
                Arguments.of("no JFIF", file(false, NONE, "")),
                Arguments.of("components 0, 1, 2", file(false, NONE, "\0\u0001\u0002")),
                Arguments.of("components 2, 5, 6", file(false, NONE, "\u0002\u0005\u0006")),
                Arguments.of("components Y, C, c", file(false, NONE, "YCc")),
                Arguments.of("components 0, 1, 2 in EXIF", file(false, exif(1), "\0\u0001\u0002")),
                Arguments.of("components R, G, B in JFIF", file(true, NONE, "RGB")),
                Arguments.of("JFIF and Adobe's RGB", file(true, adobe(0), "")),
                Arguments.of("Adobe's YCbCr", file(false, adobe(1), "")),
                Arguments.of("Adobe's RGB and then YCbCr", file(false, join(adobe(0), adobe(1)), "")),
                Arguments.of("Adobe's YCbCr of components R, G, B", file(false, adobe(1), "RGB")),
                Arguments.of(
                        "a comment behind fill bytes",
                        file(true, join(new byte[] {-1, -1}, segment(0xfe, bytes("x"))), "")));
    }

    @ParameterizedTest
    @MethodSource("asThePlainOne")
    void read_otherSegments_givesTheSamples(String what, byte[] file) throws IOException {
        assertArrayEquals(samples(Picture.read("plain.jpg", plain())), samples(Picture.read(what, file)));
    }

    @Test
    void read_componentsOfRgb_areNotConverted() throws IOException {
        int[] adobe = samples(Picture.read("Adobe's RGB", file(false, adobe(0), "")));
        assertArrayEquals(adobe, samples(Picture.read("R, G, B", file(false, NONE, "RGB"))));
        assertFalse(Arrays.equals(adobe, samples(Picture.read("plain.jpg", plain()))));
    }

    @Test
    void read_exifBehindOtherSegments_turnsThePicture() throws IOException {
        byte[] xmp = segment(0xe1, bytes("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"));
        for (byte[] segments : new byte[][] {exif(6), join(xmp, exif(6)), join(xmp, new byte[] {-1}, exif(6))}) {
            Picture picture = Picture.read("turned.jpg", file(true, segments, ""));
            assertEquals(8, picture.width());
            assertEquals(16, picture.height());
        }
        assertEquals(16, Picture.read("upright.jpg", file(true, xmp, "")).width());
    }

    private static int[] samples(Picture picture) {
        int[] samples = new int[picture.width() * picture.height() * 3];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = picture.sample(i / 3 % picture.width(), i / 3 / picture.width(), i % 3);
        }
        return samples;
    }
}
