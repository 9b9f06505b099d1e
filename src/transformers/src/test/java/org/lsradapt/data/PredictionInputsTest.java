package org.lsradapt.data;

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
import org.lsradapt.tasks.TestFiles;

class PredictionInputsTest {

    private static final List<String> LABELS = List.of("good", "bad");

    @TempDir
    Path folder;

    @Test
    void inputs_textsAlone_haveNoLabels() throws IOException {
        Path file = write("texts.csv", "review\n\"one, two\"\nthree\n");
        PredictionInputs inputs = LabelledData.classification(file)
                .text("review")
                .label("opinion")
                .inputs(LABELS);
        assertEquals(List.of(new Example("one, two", null), new Example("three", null)), inputs.examples());
        assertFalse(inputs.hasLabels());
        assertThrows(IllegalStateException.class, () -> inputs.evaluate(new double[2][2]));
    }

    @Test
    void inputs_labelColumnThere_isReadInTheOrderOfTheModel() throws IOException {
        Path file = write("texts.csv", "text,opinion\na,bad\nb,good\n");
        PredictionInputs inputs =
                LabelledData.classification(file).label("opinion").inputs(LABELS);
        assertTrue(inputs.hasLabels());
        assertEquals(
                List.of(new Example("a", null, new Label.Category(1)), new Example("b", null, new Label.Category(0))),
                inputs.examples());
        assertEquals(Map.of("accuracy", 0.5, "f1", 1 / 3.0, "matthews", 0.0), inputs.evaluate(new double[][] {
            {1, 0}, {1, 0}
        }));
    }

    @Test
    void texts_labelColumn_isNotRead() throws IOException {
        Path file = write("texts.csv", "text,label\na,strange\n");
        assertEquals(
                List.of(new Example("a", null)),
                LabelledData.classification(file).texts());
    }

    @Test
    void inputs_regressionPairsInJson_areRead() throws IOException {
        Path file = write("pairs.ndjson", "{\"a\": \"x\", \"b\": \"y\", \"score\": 2.5}\n");
        PredictionInputs inputs =
                LabelledData.regression(file).text("a", "b").label("score").inputs(List.of());
        assertEquals(List.of(new Example("x", "y", new Label.Value(2.5))), inputs.examples());
        assertEquals(0.75, inputs.evaluate(new double[][] {{1.75}}).get("mae"));
        assertFalse(
                LabelledData.regression(file).text("a", "b").inputs(List.of()).hasLabels());
    }

    @Test
    void inputs_unknownLabel_isRefusedByLine() throws IOException {
        Path file = write("texts.csv", "text,label\na,bad\nb,odd\n");
        assertEquals(file + ", line 3: unknown label \"odd\", expected one of good, bad", failure(file));
        Path json = write("texts.jsonl", "{\"text\": \"a\", \"label\": \"bad\"}\n{\"text\": \"b\"}\n");
        assertEquals(json + ", line 2: there is no field \"label\", found text", failure(json));
    }

    @Test
    void inputs_emptyText_isRefusedByLine() throws IOException {
        Path file = write("texts.csv", "text\na\n\"\"\n");
        assertEquals(file + ", line 3: column \"text\" is empty, expected a text", failure(file));
        Path line = write("texts.csv", "text\na\n\nb\n");
        assertEquals(line + ", line 3: found an empty line, expected a row", failure(line));
    }

    @Test
    void inputs_oneClass_isRefused() {
        assertEquals(
                "labels are [good], expected none or at least two",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.classification(Path.of("x.csv"))
                                        .inputs(List.of("good")))
                        .getMessage());
    }

    private Path write(String name, String content) throws IOException {
        return TestFiles.write(folder, name, content);
    }

    private static String failure(Path file) {
        return assertThrows(
                        IOException.class,
                        () -> LabelledData.classification(file).inputs(LABELS))
                .getMessage();
    }
}
