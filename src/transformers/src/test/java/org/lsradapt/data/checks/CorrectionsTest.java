package org.lsradapt.data.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.tasks.labels.MultiLabelData;
import org.lsradapt.tasks.labels.MultiLabelText;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenData;

class CorrectionsTest {
    @TempDir
    Path folder;

    private Corrections corrections(String... lines) throws IOException {
        return Corrections.read(Files.write(folder.resolve("corrections.csv"), List.of(lines)));
    }

    private static LabelledData pairs() {
        return LabelledData.classification(IntStream.range(0, 20)
                        .mapToObj(i -> LabelledText.pair("a, \"b\" " + i, "c", i % 2 == 0 ? "x" : "y"))
                        .toList())
                .read();
    }

    private static List<Integer> classes(List<Example> rows) {
        return rows.stream().map(Example::category).toList();
    }

    @Test
    void corrected_changesRemovesAndHoldsOutAgain() throws IOException {
        LabelledData data = pairs();
        LabelledData better = data.corrected(corrections(
                "row,text,second_text,given,label",
                "1,\"a, \"\"b\"\" 0\",c,x,y",
                "2,\"a, \"\"b\"\" 1\",c,y,",
                "3,\"a, \"\"b\"\" 2\",c,x,x"));
        assertEquals(19, better.rows().size());
        assertEquals(List.of(1, 0, 1), classes(better.rows()).subList(0, 3));
        assertEquals(
                data.heldOut().orElseThrow().count(),
                better.heldOut().orElseThrow().count());
        assertTrue(better.notes().get(0).endsWith("corrections.csv: 1 labels changed, 1 rows removed"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0,\"a, \"\"b\"\" 0\",c,x,y; column \"row\" is \"0\", expected a number from 1",
                "21,\"a, \"\"b\"\" 0\",c,x,y; is about row 21, and the data has 20 rows",
                "1,a,c,x,y; the text is \"a\", and that of row 1 of the data is \"a, \"b\" 0\"",
                "1,\"a, \"\"b\"\" 0\",d,x,y; the text is",
                "1,\"a, \"\"b\"\" 0\",c,y,x; the given label is \"y\", and row 1 of the data has \"x\"",
                "1,\"a, \"\"b\"\" 0\",c,x,z; label \"z\" does not occur in the data (labels: x, y)"
            })
    void corrections_thatDoNotFit_areRefusedWithTheLine(String line, String message) {
        IOException refused = assertThrows(
                IOException.class,
                () -> pairs().corrected(corrections("row,text,second_text,given,label", line.strip())));
        assertTrue(refused.getMessage().contains("corrections.csv, line 2: "), refused.getMessage());
        assertTrue(refused.getMessage().contains(message.strip()), refused.getMessage());
    }

    @Test
    void corrections_ofOneRowTwice_areRefused() {
        assertTrue(assertThrows(
                        IOException.class, () -> corrections("row,text,given,label", "1,a,x,y", "2,a,x,y", "1,a,x,x"))
                .getMessage()
                .endsWith("line 4: row 1 of the data is named a second time, expected once"));
    }

    @Test
    void corrected_severalLabels_replacesTheSet() throws IOException {
        MultiLabelData data = MultiLabelData.of(IntStream.range(0, 12)
                        .mapToObj(i -> i % 3 == 0
                                ? MultiLabelText.of("text " + i)
                                : MultiLabelText.of("text " + i, i % 3 == 1 ? "a" : "b"))
                        .toList())
                .read();
        MultiLabelData better = data.corrected(
                corrections("row,text,given,label", "1,text 0,(none),b | a", "2,text 1,a,(none)", "3,text 2,b,"));
        assertEquals(List.of("a", "b"), better.rows().get(0).labels());
        assertEquals(List.of(), better.rows().get(1).labels());
        assertEquals("text 3", better.rows().get(2).text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a|b", "(none)"})
    void corrected_severalLabels_oneOfWhichReadsAsAnother_changesNothing_andRefusesEdits(String label)
            throws IOException {
        MultiLabelData data = MultiLabelData.of(IntStream.range(0, 12)
                        .mapToObj(i -> MultiLabelText.of(
                                "text " + i, List.of("a", "b", label).get(i % 3)))
                        .toList())
                .read();
        String unedited = "3,text 2," + label + "," + label;
        assertEquals(
                List.of(label),
                data.corrected(corrections("row,text,given,label", unedited))
                        .rows()
                        .get(2)
                        .labels());
        IOException refused = assertThrows(
                IOException.class,
                () -> data.corrected(corrections("row,text,given,label", unedited, "1,text 0,a," + label)));
        assertTrue(
                refused.getMessage()
                        .contains("corrections.csv, line 3: the data has the label \"" + label
                                + "\", and in corrections | separates labels and (none) is no label"),
                refused.getMessage());
    }

    @Test
    void corrected_words_changesTagsAndRemovesTexts() throws IOException {
        TokenData data = TokenData.of(IntStream.range(0, 12)
                        .mapToObj(i -> new LabelledWords(List.of("in" + i, "Rome"), List.of("O", "B-LOC")))
                        .toList())
                .read();
        TokenData better = data.corrected(
                corrections("row,word,text,given,label", "1,2,Rome,B-LOC,O", "1,1,in0,O,B-LOC", "2,2,Rome,B-LOC,"));
        assertEquals(List.of("B-LOC", "O"), better.rows().get(0).tags());
        assertEquals(List.of("in2", "Rome"), better.rows().get(1).words());
    }

    @Test
    void corrected_numbers_areRefused() {
        LabelledData data = LabelledData.regression(IntStream.range(0, 12)
                        .mapToObj(i -> LabelledText.of("text " + i, i))
                        .toList())
                .read();
        assertTrue(assertThrows(
                        IOException.class,
                        () -> data.corrected(corrections("row,text,given,label", "1,text 0,0.0,1.0")))
                .getMessage()
                .contains("the rows of the data have numbers, expected labels to correct"));
    }
}
