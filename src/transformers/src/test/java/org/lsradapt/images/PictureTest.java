package org.lsradapt.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no pictures, or none to be decoded. */
class PictureTest {

    private static byte[] golden(String name) throws IOException {
        try {
            return Files.readAllBytes(Path.of(
                    PictureTest.class.getResource("/golden/images/" + name).toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String message(byte[] bytes) {
        String message = assertThrows(IOException.class, () -> Picture.read("some.png", bytes))
                .getMessage();
        assertTrue(message.startsWith("picture some.png: "), message);
        return message;
    }

    /** A PNG file whose header says a size, and whose pixels are as many zeros as fit into some bytes. */
    static byte[] png(int width, int height, int zeros) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        chunk(file, "IHDR", header);
        Deflater deflater = new Deflater(9);
        deflater.setInput(new byte[zeros]);
        deflater.finish();
        byte[] packed = new byte[zeros + 100];
        chunk(file, "IDAT", Arrays.copyOf(packed, deflater.deflate(packed)));
        deflater.end();
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream file, String type, byte[] data) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(type.getBytes(StandardCharsets.US_ASCII));
        crc.update(data);
        file.write(ByteBuffer.allocate(4).putInt(data.length).array());
        file.write(type.getBytes(StandardCharsets.US_ASCII));
        file.write(data);
        file.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    @Test
    void read_sixtyThousandPixelsOnASideInTwoKilobytes_costsAMessage() throws IOException {
        byte[] bomb = png(60_000, 60_000, 1_500_000);
        assertTrue(bomb.length < 2048, bomb.length + " bytes");
        assertTrue(message(bomb).contains("60000 x 60000 pixels, expected 1 to 100000000"));
        byte[] smaller = png(9_000, 9_000, 1_500_000);
        assertTrue(
                message(smaller).contains("9000 x 9000 pixels in " + smaller.length + " bytes, expected no more than"));
        assertTrue(message(png(0, 5, 10)).startsWith("picture some.png: "));
    }

    @Test
    void read_blankPicture_isOne() throws IOException {
        Picture blank = Picture.read("blank.png", png(700, 700, 700 * 701 * 3));
        assertEquals(700, blank.width());
        assertEquals(0, blank.sample(699, 699, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rgb.png", "palette.png", "tall.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"})
    void read_cutShort_isRefused(String name) throws IOException {
        byte[] whole = golden(name);
        for (int length : new int[] {0, 1, 10, 40, whole.length / 2, whole.length - 30}) {
            message(Arrays.copyOf(whole, length));
        }
    }

    @Test
    void read_otherKinds_areRefused() throws IOException {
        assertTrue(message("no picture at all".getBytes(StandardCharsets.UTF_8)).contains("expected JPEG or PNG"));
        ByteArrayOutputStream gif = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(new BufferedImage(3, 3, BufferedImage.TYPE_INT_RGB), "gif", gif));
        assertTrue(message(gif.toByteArray()).contains("found gif, expected JPEG or PNG"));
        String missing = assertThrows(IOException.class, () -> Picture.read(Path.of("nowhere.png")))
                .getMessage();
        assertEquals("nowhere.png: there is no such file", missing);
    }

    @Test
    void of_sixteenBits_keepsTheUpperHalf() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSample(0, 0, 0, 0xabcd);
        image.getRaster().setSample(1, 0, 0, 0x00ff);
        Picture picture = Picture.of(image);
        assertEquals(0xab, picture.sample(0, 0, 0));
        assertEquals(0, picture.sample(1, 0, 0));
    }

    @Test
    void of_wrongNumberOfSamples_isRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> Picture.of(2, 2, 3, new byte[11]))
                .getMessage();
        assertEquals("picture: 11 samples for 2 x 2 pixels of 3 channels", message);
    }
}
