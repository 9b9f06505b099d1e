package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mistakes in own files of texts and labels, each named with its file and line. */
class LabelledDataMistakesTest extends LabelledFiles {

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "1e400", "good", "\"3,5\"", "0x1p2", "4f", "1 000", "\u0663"})
    void read_regression_otherLabels_areRefused(String label) throws IOException {
        Path train = write("train.csv", "text,label\na,1\nb," + label + "\n");
        assertEquals(
                train + ", line 3: label is \"" + label.replace("\"", "") + "\", expected a finite decimal number",
                failure(LabelledData.regression(train)));
    }

    @Test
    void dev_unknownLabel_namesFileLineAndLabels() throws IOException {
        Path train = write("train.csv", FILMS);
        Path dev = write("dev.csv", "text,label\nx,good\ny,neutral\n");
        assertEquals(
                dev + ", line 3: label \"neutral\" does not occur in the training file " + train
                        + " (labels: bad, good)",
                failure(LabelledData.classification(train).dev(dev)));
    }

    @Test
    void train_oneLabel_isRefused() throws IOException {
        Path train = write("train.csv", "text,label\na,good\nb,good\n");
        assertEquals(
                train + ": every row has the label \"good\", expected at least two different labels", failure(train));
    }

    @Test
    void column_missing_listsThoseThereAre() throws IOException {
        Path train = write("train.csv", "sentence,label\na,1\n");
        assertEquals(
                train + ", line 1: the header has no column \"text\", expected text, label, found sentence," + " label",
                failure(train));
        assertEquals(
                train + ", line 1: the header has no column \"b\", expected sentence, b, label, found sentence,"
                        + " label",
                failure(LabelledData.classification(train).text("sentence", "b")));
        Path lines = write("train.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"sentence\": \"b\", \"label\": 0}\n");
        assertEquals(lines + ", line 2: there is no field \"text\", found sentence, label", failure(lines));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\"\"", "\" \t\""})
    void text_empty_isRefused(String text) throws IOException {
        Path train = write("train.csv", "text,label\na,1\n" + text + ",0\n");
        assertEquals(train + ", line 3: column \"text\" is empty, expected a text", failure(train));
    }

    @Test
    void secondText_empty_isRefused() throws IOException {
        Path train = write("train.csv", "a,b,label\nx,y,1\nx,,0\n");
        assertEquals(
                train + ", line 3: column \"b\" is empty, expected a text",
                failure(LabelledData.classification(train).text("a", "b")));
    }

    @Test
    void label_emptyOrInWhiteSpace_isRefused() throws IOException {
        Path empty = write("train.csv", "text,label\na,1\nb,\n");
        assertEquals(empty + ", line 3: column \"label\" is empty, expected a label", failure(empty));
        Path spaces = write("train.csv", "text,label\na, good\nb,bad\n");
        assertEquals(
                spaces + ", line 2: column \"label\" is \" good\", expected a label without white space around" + " it",
                failure(spaces));
    }

    @Test
    void row_anotherWidth_isRefused() throws IOException {
        Path few = write("train.csv", "text,label,id\na,1,7\nb,0\n");
        assertEquals(few + ", line 3: found 2 columns, expected 3 (text, label, id)", failure(few));
        Path many = write("train.csv", "text,label\n\"a\nb\",1\nwell, no,0\n");
        assertEquals(
                many + ", line 4: found 3 columns, expected 2 (text, label); a field with the separator must"
                        + " be in double quotes",
                failure(many));
        Path unquoted = write("train.tsv", "text\tlabel\na\t1\t2\n");
        assertEquals(
                unquoted + ", line 2: found 3 columns, expected 2 (text, label)",
                failure(LabelledData.classification(Table.of(unquoted).format(DataFormat.TSV_UNQUOTED))));
    }

    @Test
    void line_empty_isRefusedButAtTheEnd() throws IOException {
        Path end = write("train.csv", FILMS + "\n\r\n\n");
        assertEquals(3, read(end).train().size());
        Path between = write("train.csv", FILMS + "\n\nlate,good\n");
        assertEquals(between + ", line 5: found an empty line, expected a row", failure(between));
        Path first = write("train.csv", "\n" + FILMS);
        assertEquals(
                first + ", line 1: found an empty line, expected a header with the columns text, label",
                failure(first));
        Path json = write("train.jsonl", "{\"text\": \"a\", \"label\": 1}\n\n{\"text\": \"b\", \"label\": 0}\n");
        assertEquals(json + ", line 2: found an empty line, expected a JSON object", failure(json));
    }

    @Test
    void header_duplicateNames_areRefused() throws IOException {
        Path train = write("train.csv", "text,label,text\na,1,b\n");
        assertEquals(train + ", line 1: the header has two columns \"text\", expected different names", failure(train));
        Path unnamed = write("train.csv", ",text,label,\n0,a,1,\n1,b,0,\n");
        assertEquals(2, read(unnamed).train().size());
    }

    @Test
    void file_emptyOrHeaderOnly_isRefused() throws IOException {
        for (String content : List.of("", "\uFEFF")) {
            Path train = write("train.csv", content);
            assertEquals(train + ": the file is empty, expected a header with the columns text, label", failure(train));
            Path lines = write("train.jsonl", content + "\n\n");
            assertEquals(lines + ": the file is empty, expected one JSON object per line", failure(lines));
        }
        Path header = write("train.csv", "text,label\r\n\r\n");
        assertEquals(header + ": the file has no rows, expected at least one after the header", failure(header));
    }

    @Test
    void file_missingOrFolder_isRefused() throws IOException {
        Path none = folder.resolve("none.csv");
        assertEquals(
                none.toString(),
                assertThrows(
                                NoSuchFileException.class,
                                () -> LabelledData.classification(none).read())
                        .getFile());
        Path directory = Files.createDirectory(folder.resolve("dir.csv"));
        assertEquals(directory + ": this is a folder, expected a file", failure(directory));
    }

    @Test
    void columns_sameTwice_areRefused() throws IOException {
        Path train = write("train.csv", FILMS);
        assertEquals(
                "columns text, text, label: expected different ones",
                refusal(() ->
                        LabelledData.classification(train).text("text", "text").read()));
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.classification(train).label("text").read());
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.classification(train).text("").read());
    }

    @Test
    void read_numberOfAMillionDigits_isRefused() throws IOException {
        Path train = write("train.csv", "text,label\na,1\nb," + "1".repeat(1_000_000) + "\n");
        assertEquals(
                train + ", line 3: label is \"" + "1".repeat(100) + "...\", expected a finite decimal number",
                failure(LabelledData.regression(train)));
        Path exact = write("exact.csv", "text,label\na,1\nb,0.5" + "0".repeat(900) + "\n");
        assertEquals(
                0.5,
                LabelledData.regression(exact).dev(exact).read().train().get(1).value());
    }
}
