package org.lsradapt.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionInputsTest {

    private static final List<String> LABELS = List.of("good", "bad");

    @TempDir
    Path folder;

    @Test
    void read_textsAlone_haveNoLabels() throws IOException {
        Path file = write("texts.csv", "review\n\"one, two\"\nthree\n");
        PredictionInputs inputs = PredictionInputs.from(file)
                .text("review")
                .label("opinion", LABELS)
                .read();
        assertEquals(List.of(new Example("one, two", null), new Example("three", null)), inputs.examples());
        assertFalse(inputs.hasLabels());
        assertThrows(IllegalStateException.class, () -> inputs.evaluate(new double[2][2]));
    }

    @Test
    void read_labelColumnThere_isReadInTheOrderOfTheModel() throws IOException {
        Path file = write("texts.csv", "text,opinion\na,bad\nb,good\n");
        PredictionInputs inputs =
                PredictionInputs.from(file).label("opinion", LABELS).read();
        assertTrue(inputs.hasLabels());
        assertEquals(
                List.of(new Example("a", null, new Label.Category(1)), new Example("b", null, new Label.Category(0))),
                inputs.examples());
        assertEquals(Map.of("accuracy", 0.5, "f1", 1 / 3.0, "matthews", 0.0), inputs.evaluate(new double[][] {
            {1, 0}, {1, 0}
        }));
    }

    @Test
    void read_labelColumnNotAskedFor_isNotRead() throws IOException {
        Path file = write("texts.csv", "text,label\na,strange\n");
        assertFalse(PredictionInputs.from(file).read().hasLabels());
    }

    @Test
    void read_regressionPairsInJson_areRead() throws IOException {
        Path file = write("pairs.ndjson", "{\"a\": \"x\", \"b\": \"y\", \"score\": 2.5}\n");
        PredictionInputs inputs = PredictionInputs.from(file)
                .text("a", "b")
                .label("score", List.of())
                .read();
        assertEquals(List.of(new Example("x", "y", new Label.Value(2.5))), inputs.examples());
        assertEquals(0.75, inputs.evaluate(new double[][] {{1.75}}).get("mae"));
        assertFalse(PredictionInputs.from(file).text("a", "b").read().hasLabels());
    }

    @Test
    void read_unknownLabel_isRefusedByLine() throws IOException {
        Path file = write("texts.csv", "text,label\na,bad\nb,odd\n");
        assertEquals(
                file + ", line 3: unknown label \"odd\", expected one of good, bad",
                failure(PredictionInputs.from(file).label("label", LABELS)));
        Path json = write("texts.jsonl", "{\"text\": \"a\", \"label\": \"bad\"}\n{\"text\": \"b\"}\n");
        assertEquals(
                json + ", line 2: there is no field \"label\", found text",
                failure(PredictionInputs.from(json).label("label", LABELS)));
    }

    @Test
    void read_emptyText_isRefusedByLine() throws IOException {
        Path file = write("texts.csv", "text\na\n\"\"\n");
        assertEquals(
                file + ", line 3: column \"text\" is empty, expected a text", failure(PredictionInputs.from(file)));
        Path line = write("texts.csv", "text\na\n\nb\n");
        assertEquals(line + ", line 3: found an empty line, expected a row", failure(PredictionInputs.from(line)));
    }

    @Test
    void label_oneClass_isRefused() {
        assertEquals(
                "labels are [good], expected none or at least two",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PredictionInputs.from(Path.of("x.csv")).label("label", List.of("good")))
                        .getMessage());
    }

    private Path write(String name, String content) throws IOException {
        return TestFiles.write(folder, name, content);
    }

    private static String failure(PredictionInputs.Reader reader) {
        return assertThrows(IOException.class, reader::read).getMessage();
    }
}
