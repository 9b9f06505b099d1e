package org.lsradapt.tasks.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.retrieval.PairData;

class CaptionDataTest {
    @TempDir
    Path folder;

    /** Files that are there; what is in them is not read here. */
    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(folder.resolve("pictures"));
        for (int i = 0; i < 20; i++) {
            Files.writeString(folder.resolve("pictures/" + i + ".png"), "");
        }
    }

    private Path jsonLines(int rows) throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            lines.add(
                    "{\"image\": \"pictures/" + i + ".png\", \"caption\": [\"number " + i + "\", \"No. " + i + "\"]}");
        }
        return Files.write(folder.resolve("captions.jsonl"), lines);
    }

    @Test
    void read_jsonLines_holdsImagesOutWithAllTheirCaptions() throws IOException {
        PairData data = CaptionData.of(jsonLines(20)).heldOut(0.2).seed(3).read();
        assertEquals(4, data.evaluation().queries().size());
        assertEquals(8, data.evaluation().corpus().size(), "captions to train on are not searched");
        assertEquals(32, data.train().size());
        Set<String> trained =
                new HashSet<>(data.train().stream().map(TextPair::anchor).toList());
        for (IdentifiedText image : data.evaluation().queries()) {
            assertFalse(trained.contains(image.text()));
            assertEquals(2, data.evaluation().judgements().get(image.id()).size());
            assertTrue(Files.isRegularFile(Path.of(image.text())), image.text());
        }
    }

    @Test
    void read_tableWithOtherColumns_andDev() throws IOException {
        Path train = Files.writeString(
                folder.resolve("train.csv"), "file,says\npictures/0.png,one\npictures/1.png,\"two, more\"\n");
        Path dev = Files.writeString(folder.resolve("dev.csv"), "file,says\npictures/2.png,three\n");
        PairData data =
                CaptionData.of(train).image("file").caption("says").dev(dev).read();
        assertEquals("two, more", data.train().get(1).positive());
        assertEquals(
                List.of("three"),
                data.evaluation().corpus().stream().map(IdentifiedText::text).toList());
    }

    @Test
    void hasCaptions_whereThereAreNoLabels() throws IOException {
        assertTrue(CaptionData.of(jsonLines(2)).hasCaptions("label"));
        assertFalse(CaptionData.of(jsonLines(2)).caption("text").hasCaptions("label"));
        Path both = Files.writeString(folder.resolve("both.csv"), "image,caption,label\npictures/0.png,a,b\n");
        assertFalse(CaptionData.of(both).hasCaptions("label"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"image\": \"no.png\", \"caption\": \"a\"} | line 2: field \"image\" is \"no.png\", but there is no file",
                "{\"image\": \"\", \"caption\": \"a\"} | line 2: field \"image\" is \"\", but there is no file",
                "{\"image\": \"a\\u0000b\", \"caption\": \"a\"} | line 2: field \"image\" is \"a b\", expected the path",
                "{\"image\": 3, \"caption\": \"a\"} | line 2: field \"image\" is 3, expected a string",
                "{\"image\": \"pictures/1.png\"} | line 2: there is no field \"caption\", found image",
                "{\"image\": \"pictures/1.png\", \"caption\": \" \"} | line 2: field \"caption\" is empty, expected a text",
                "{\"image\": \"pictures/1.png\", \"caption\": []} | line 2: field \"caption\" is an empty array, expected a text",
                "{\"image\": \"pictures/1.png\", \"caption\": [1]} | line 2: field \"caption\" is [1], expected a string or an array",
                "{\"image\": \"pictures/1.png\", \"caption\": \"\\ud800\"} | line 2: field \"caption\" holds half of a surrogate",
                "[] | line 2: found [], expected a JSON object"
            })
    void read_flawedRow_isNamedWithItsLine(String line, String expected) throws IOException {
        Path file = folder.resolve("flawed.jsonl");
        Files.writeString(file, "{\"image\": \"pictures/0.png\", \"caption\": \"a\"}\n" + line + "\n");
        String message = assertThrows(
                        IOException.class, () -> CaptionData.of(file).read())
                .getMessage();
        assertTrue(message.startsWith(file.toString()) && message.contains(expected), message);
    }

    @Test
    void read_nothingToHoldOut_isRefused() throws IOException {
        Path one = jsonLines(1);
        String message = assertThrows(
                        IOException.class, () -> CaptionData.of(one).read())
                .getMessage();
        assertTrue(message.startsWith(one + ": of 2 pairs none can be held out"), message);
        String both = assertThrows(
                        IllegalArgumentException.class,
                        () -> CaptionData.of(one).heldOut(0.5).dev(one).read())
                .getMessage();
        assertTrue(both.contains("expected one or the other"), both);
        String same = assertThrows(
                        IllegalArgumentException.class,
                        () -> CaptionData.of(one).image("a").caption("a").read())
                .getMessage();
        assertTrue(same.contains("columns a, a: expected different ones"), same);
    }
}
