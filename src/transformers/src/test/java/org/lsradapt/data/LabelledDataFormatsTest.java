package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Classification and regression on files of several formats: what is read, and what is not of the format. */
class LabelledDataFormatsTest extends LabelledFiles {

    @Test
    void read_csv_followsRfc4180() throws IOException {
        String rows = """
                id,label,text
                1,bad,"He said ""no"", and
                left"
                2,good,a 6" pipe
                3,bad,"\u00fcber \uD83D\uDE00"
                4,good, two  spaces\s
                """;
        Path train = write("train.csv", rows.replace("\n", "\r\n"));
        LabelledData data = read(train);
        assertEquals(List.of("bad", "good"), data.task().labels());
        assertEquals(
                List.of(
                        new Example("He said \"no\", and\r\nleft", null, new Label.Category(0)),
                        new Example("a 6\" pipe", null, new Label.Category(1)),
                        new Example("\u00fcber \uD83D\uDE00", null, new Label.Category(0)),
                        new Example(" two  spaces ", null, new Label.Category(1))),
                data.train());
    }

    @ParameterizedTest
    @EnumSource(DataFormat.class)
    void read_sameRowsInEveryFormat_areEqual(DataFormat format) throws IOException {
        String content = switch (format) {
            case CSV -> "text,label,other\n\"a\"\"b;c\",1,x\nd e,0,y\n";
            case CSV_SEMICOLON -> "text;label;other\n\"a\"\"b;c\";1;x\nd e;0;y\n";
            case TSV -> "text\tlabel\tother\n\"a\"\"b;c\"\t1\tx\nd e\t0\ty\n";
            case TSV_UNQUOTED -> "text\tlabel\tother\na\"b;c\t1\tx\nd e\t0\ty\n";
            case JSON_LINES -> "{\"text\": \"a\\\"b;c\", \"label\": 1}\n{\"label\": \"0\", \"text\": \"d e\"}\n";
        };
        for (String end : List.of("\n", "\r\n")) {
            for (String start : List.of("", "\uFEFF")) {
                Path file = write("rows.data", start + content.replace("\n", end));
                LabelledData data = LabelledData.classification(Table.of(file).format(format))
                        .dev(file)
                        .read();
                assertEquals(
                        List.of(
                                new Example("a\"b;c", null, new Label.Category(1)),
                                new Example("d e", null, new Label.Category(0))),
                        data.train());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a.csv,CSV",
        "a.b.CSV,CSV",
        "x.tsv,TSV",
        "x.jsonl,JSON_LINES",
        "x.ndjson,JSON_LINES",
        "x.Json,JSON_LINES"
    })
    void format_extension_tells(String file, DataFormat format) {
        assertEquals(format, DataFormat.of(Path.of("folder.txt", file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "csv", "train.gz", "train.csv.zip", "train."})
    void format_otherExtension_isRefused(String file) {
        assertEquals(
                file + ": the extension does not tell the format, expected .csv, .tsv, .jsonl, .ndjson or .json,"
                        + " or a format that is named: csv, csv-semicolon, tsv, tsv-unquoted, json-lines",
                refusal(() -> LabelledData.classification(Path.of(file)).read()));
    }

    @Test
    void format_ofAFolder_saysThatItIsOne() {
        assertEquals(
                ".: this is a folder, expected a file",
                refusal(() -> LabelledData.classification(Path.of(".")).read()));
    }

    @Test
    void format_ofASpreadsheet_saysWhatToDo() {
        assertEquals(
                "train.xlsx: this is a spreadsheet, expected a text file; save the sheet as \"CSV UTF-8\"",
                refusal(() -> LabelledData.classification(Path.of("train.xlsx")).read()));
    }

    @Test
    void read_quotedTsv_keepsTabsAndLineEnds() throws IOException {
        Path train = write("train.tsv", "text\tlabel\n\"a\tb\nc\"\t1\nd\t0\n");
        assertEquals("a\tb\nc", read(train).train().get(0).first());
    }

    @Test
    void read_unquotedTsv_keepsQuotes() throws IOException {
        Path train = write("train.tsv", "text\tlabel\n\"open\t1\n\"closed\"\t0\n");
        LabelledData data = LabelledData.classification(Table.of(train).format(DataFormat.TSV_UNQUOTED))
                .dev(train)
                .read();
        assertEquals(
                List.of("\"open", "\"closed\""),
                data.train().stream().map(Example::first).toList());
    }

    @Test
    void read_jsonLabels_stringsNumbersAndBooleans() throws IOException {
        assertEquals(List.of("false", "true"), labels("train.jsonl", """
                {"text": "a", "label": true}
                {"text": "b", "label": false}
                """));
        assertEquals(List.of("-1", "0", "2", "10"), labels("train.jsonl", """
                {"text": "a", "label": 10}
                {"text": "b", "label": "2"}
                {"text": "c", "label": -1}
                {"text": "d", "label": 0}
                """));
    }

    @Test
    void read_jsonNumbers_areToldApartToTheLastDigit() throws IOException {
        assertEquals(
                List.of("-1E-500", "0.1", "0.10000000000000000000001", "1", "1.0", "1.0E22"),
                labels("train.jsonl", """
                {"text": "a", "label": 0.1}
                {"text": "b", "label": 0.10}
                {"text": "c", "label": 0.10000000000000000000001}
                {"text": "d", "label": 1e-1}
                {"text": "e", "label": 1}
                {"text": "f", "label": 1.0}
                {"text": "g", "label": 1e0}
                {"text": "h", "label": 1e22}
                {"text": "i", "label": -1e-500}
                """));
    }

    @ParameterizedTest
    @CsvSource({"1e400, 1E+400", "-1e999999999, -1E+999999999"})
    void read_jsonNumberThatNoDoubleHolds_isRefused(String number, String shown) throws IOException {
        Path train =
                write("train.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": " + number + "}\n");
        String expected = train + ", line 2: field \"label\" is " + shown + ", expected a finite decimal number";
        assertEquals(expected, failure(train));
        assertEquals(expected, failure(LabelledData.regression(train)));
    }

    @Test
    void read_jsonNumberWithAnExponentBeyondAll_isRefused() throws IOException {
        Path train = write("train.jsonl", "{\"text\": \"a\", \"label\": 1e99999999999}\n");
        assertEquals(
                train + ", line 1: found a number whose exponent has too many digits, expected finite numbers",
                failure(train));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "csv | text;label#a;1# | csv-semicolon | line 1: the header has no column \"text\"",
                "csv | \"text\";\"label\"#\"a\";\"1\"# | csv-semicolon | line 1: unexpected character after closing quote",
                "csv | text;label#a, b;1# | csv-semicolon | line 2: found 2 columns, expected 1 (text;label)",
                "csv | text@label#a@1# | tsv | line 1: the header has no column \"text\"",
                "tsv | text;label#a;1# | csv-semicolon | line 1: the header has no column \"text\"",
                "tsv | text,label#a,1# | csv | line 1: the header has no column \"text\""
            })
    void header_ofAnotherSeparator_isToldWithTheFormat(String extension, String content, String format, String failure)
            throws IOException {
        Path train = write("train." + extension, content.replace('#', '\n').replace('@', '\t'));
        String message = failure(train);
        assertTrue(message.startsWith(train + ", " + failure), message);
        assertTrue(
                message.contains("; by its header the file is " + format + ", expected --format " + format), message);
        LabelledData.FromFiles named =
                LabelledData.classification(Table.of(train).format(DataFormat.named(format)));
        assertFalse(failure(named).contains("by its header"), "one row alone is too few, but read");
    }

    @Test
    void quote_unclosed_namesTheRowItOpensIn() throws IOException {
        Path train = write("train.csv", "text,label\n\"a\nb\",1\nc,\"0\nd,1\ne,0\n");
        assertEquals(
                train + ", line 4: a field of this row begins with a quote that is never closed, expected one"
                        + " more quote; a quote inside of quotes is written twice",
                failure(train));
    }

    @Test
    void quote_charactersAfterTheClosingOne_areRefused() throws IOException {
        Path train = write("train.csv", "text,label\na,1\n\"so\" she said,1\n");
        assertEquals(
                train + ", line 3: unexpected character after closing quote: ' ' (0x20), expected the end of the"
                        + " field after a closing quote; a quote inside of quotes is written twice",
                failure(train));
    }

    @Test
    void quote_unpairedInTsv_namesTheFormatWithoutQuoting() throws IOException {
        Path train = write("train.tsv", "text\tlabel\n\"so\" she said\t1\n");
        assertEquals(
                train + ", line 2: unexpected character after closing quote: ' ' (0x20), expected the end of the"
                        + " field after a closing quote; a quote inside of quotes is written twice, and where quotes"
                        + " are ordinary characters the format is tsv-unquoted",
                failure(train));
        Path open = write("train.tsv", "text\tlabel\n\"so she said\t1\n");
        assertTrue(failure(open).endsWith("the format is tsv-unquoted"));
    }

    @Test
    void quote_unclosedInALongFile_isRefused() throws IOException {
        Path train = write("train.csv", "text,label\n\"a,1\n" + "b,0\n".repeat(5_000_000));
        String message = failure(train);
        assertTrue(message.startsWith(train + ", line 2: the maximum buffer size of "), message);
    }

    @Test
    void file_notUtf8_namesTheLine() throws IOException {
        Path train = Files.write(
                folder.resolve("latin1.csv"),
                "text,label\n\"a\nb\",1\ncaf\u00e9,0\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(
                train
                        + ", line 4: this is not valid UTF-8 text, at byte 4 of the line; convert the file to UTF-8, such as"
                        + " with iconv -f WINDOWS-1252 -t UTF-8, or name the encoding of a table: --encoding windows-1252,"
                        + " in Java Table.encoding",
                failure(train));
        for (DataFormat format : DataFormat.values()) {
            String message = failure(LabelledData.classification(Table.of(train).format(format)));
            assertTrue(message.startsWith(train + ", line "), message);
        }
    }

    @Test
    void json_fieldOfAnotherType_isRefused() throws IOException {
        Path text = write("train.jsonl", "{\"text\": 7, \"label\": 1}\n");
        assertEquals(text + ", line 1: field \"text\" is 7, expected a string", failure(text));
        for (String label : List.of("null", "[1]", "{}")) {
            Path train = write("train.jsonl", "{\"text\": \"a\", \"label\": " + label + "}\n");
            assertEquals(
                    train + ", line 1: field \"label\" is " + label + ", expected a string, a number, true or false",
                    failure(train));
        }
        Path half = write("train.jsonl", "{\"text\": \"a\\ud83d\", \"label\": 1}\n");
        assertEquals(
                half + ", line 1: field \"text\" holds half of a surrogate pair, expected whole characters",
                failure(half));
    }
}
