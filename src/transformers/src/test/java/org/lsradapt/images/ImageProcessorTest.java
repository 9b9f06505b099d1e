package org.lsradapt.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Decoding and processing against Pillow and transformers; golden/images has the generator. */
class ImageProcessorTest {
    private static final List<String> PROCESSORS = List.of(
            "vit",
            "vit-nearest",
            "vit-lanczos",
            "vit-box",
            "vit-hamming",
            "clip",
            "clip-padded",
            "deit",
            "deit-plain",
            "dinov2",
            "siglip");
    private static final Map<String, INDArray> EXPECTED = new TreeMap<>();
    private static Path folder;

    @BeforeAll
    static void read() throws IOException, URISyntaxException {
        folder = Path.of(ImageProcessorTest.class.getResource("/golden/images").toURI());
        try (SafeTensors tensors = SafeTensors.open(folder.resolve("expected.safetensors"))) {
            for (String name : tensors.names()) {
                EXPECTED.put(name, tensors.read(name).castTo(DataType.FLOAT));
            }
        }
    }

    static Stream<String> pictures() {
        return Stream.of(
                "rgb.png",
                "alpha.png",
                "grey.png",
                "grey-alpha.png",
                "palette.png",
                "two-colours.png",
                "four-bits.png",
                "tall.jpg",
                "wide.jpg",
                "half.jpg",
                "grey.jpg",
                "progressive.jpg",
                "turned.jpg",
                "transversed.jpg");
    }

    private static ImageProcessor processor(String name) throws IOException {
        Path file = folder.resolve("processors").resolve(name).resolve("preprocessor_config.json");
        return ImageProcessor.of(new JsonFields(file.toString(), JsonFile.readObject(file)), "ViTImageProcessor", 3);
    }

    /** Every sample is Pillow's. */
    @ParameterizedTest
    @MethodSource("pictures")
    void decodedAndProcessed_everyPicture_equalsPillow(String name) throws IOException {
        Picture picture = Picture.read(folder.resolve(name));
        assertSamples(EXPECTED.get(name), picture.withChannels(3), name);
        for (String key : PROCESSORS) {
            Picture sized = processor(key).sized(picture.withChannels(3));
            assertSamples(EXPECTED.get(name + "/" + key), sized, name + " by " + key);
        }
    }

    /** The picture beside it is what Pillow makes of the inks. */
    @ParameterizedTest
    @ValueSource(strings = {"cmyk", "ycck"})
    void read_aJpegOfInks_equalsPillow(String name) throws IOException {
        Picture expected = Picture.read(folder.resolve(name + ".png"));
        assertArrayEquals(
                expected.samples(), Picture.read(folder.resolve(name + ".jpg")).samples());
    }

    private static void assertSamples(INDArray expected, Picture picture, String what) {
        assertArrayEquals(new long[] {picture.height(), picture.width(), picture.channels()}, expected.shape(), what);
        float[] numbers = expected.reshape(expected.length()).toFloatVector();
        byte[] samples = picture.samples();
        for (int i = 0; i < numbers.length; i++) {
            assertEquals((int) numbers[i], samples[i] & 0xff, what + ", sample " + i);
        }
    }

    @Test
    void numbers_everyProcessor_areThoseOfTransformersToTheBit() throws IOException {
        Picture picture = Picture.read(folder.resolve("wide.jpg"));
        for (String key : PROCESSORS) {
            INDArray expected = EXPECTED.get("wide.jpg/" + key + "/numbers");
            assertArrayEquals(
                    expected.reshape(expected.length()).toFloatVector(),
                    processor(key).numbers(picture),
                    key);
        }
    }

    @Test
    void withChannels_one_isPillowsLuma() throws IOException {
        Picture grey = Picture.read(folder.resolve("rgb.png")).withChannels(1);
        assertSamples(EXPECTED.get("rgb.png/luma"), grey, "luma");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"size\": 0} | field \"size\": found 0, expected 1 to 4096 pixels",
                "{\"size\": {\"height\": 3}} | field \"size.width\": missing",
                "{\"size\": {\"shortest_edge\": 4, \"longest_edge\": 9}} | field \"size.longest_edge\": found 9, not supported",
                "{\"resample\": 9} | field \"resample\": found 9, expected 0 to 5",
                "{\"image_mean\": [1, 2]} | field \"image_mean\": found 2 numbers, expected one for each of 3",
                "{\"image_std\": 0} | field \"image_std\": found 0",
                "{\"do_pad\": true} | field \"do_pad\": found true, not supported",
                "{\"image_processor_type\": \"LevitImageProcessor\"} | found LevitImageProcessor, expected ViT-, DeiT-, CLIP-",
                "{\"do_center_crop\": true} | field \"crop_size\": missing"
            })
    void of_whatIsNotSupported_isRefusedByName(String json, String message) throws IOException {
        JsonFields config = new JsonFields("preprocessor_config.json", new JsonMapper().readTree(json));
        String found = assertThrows(IOException.class, () -> ImageProcessor.of(config, "ViTImageProcessor", 3))
                .getMessage();
        assertTrue(found.contains(message), found);
    }

    @Test
    void augmentation_sameSeedAndEpoch_isTheSame() throws IOException {
        Picture picture = Picture.read(folder.resolve("rgb.png"));
        Augmentation varied = new Augmentation(true, 0.3, 7);
        Random choices = new Random(3);
        int flipped = 0;
        for (int i = 0; i < 20; i++) {
            Picture one = varied.apply(picture, new Random(1000L * i));
            assertArrayEquals(
                    one.samples(), varied.apply(picture, new Random(1000L * i)).samples());
            double area = (double) one.width() * one.height() / (picture.width() * picture.height());
            assertTrue(area > 0.25 && area <= 1, "area " + area);
            Picture only = new Augmentation(true, 1, 7).apply(picture, choices);
            flipped += only == picture ? 0 : 1;
        }
        assertTrue(flipped > 4 && flipped < 16, flipped + " of 20 flipped");
    }
}
