package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.tasks.TestFiles;

/** Classification and regression on files of one's own: what is read, and what each mistake is called. */
class LabelledDataFilesTest {

    private static final String FILMS = "text,label\na great film,good\ndull,bad\nso so,bad\n";

    @TempDir
    Path folder;

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
        LabelledData data = LabelledData.classification(train).dev(train).read();
        assertEquals(List.of("bad", "good"), data.task().labels());
        assertEquals(
                List.of(
                        new Example("He said \"no\", and\r\nleft", null, new Label.Category(0)),
                        new Example("a 6\" pipe", null, new Label.Category(1)),
                        new Example("\u00fcber \uD83D\uDE00", null, new Label.Category(0)),
                        new Example(" two  spaces ", null, new Label.Category(1))),
                data.train());
    }

    @Test
    void read_pairOfTexts_fillsBoth() throws IOException {
        Path train = write("train.csv", "a,b,c\none,two,1\nthree,four,0\n");
        LabelledData data = LabelledData.classification(train)
                .dev(train)
                .text("b", "a")
                .label("c")
                .read();
        assertEquals(
                List.of(
                        new Example("two", "one", new Label.Category(1)),
                        new Example("four", "three", new Label.Category(0))),
                data.train());
        assertEquals(data.train(), data.evaluation());
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
                LabelledData data = LabelledData.classification(file)
                        .dev(file)
                        .format(format)
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
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.classification(Path.of(file)).read())
                        .getMessage());
    }

    @Test
    void format_ofASpreadsheet_saysWhatToDo() {
        assertEquals(
                "train.xlsx: this is a spreadsheet, expected a text file; save the sheet as \"CSV UTF-8\"",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.classification(Path.of("train.xlsx"))
                                        .read())
                        .getMessage());
    }

    @Test
    void read_quotedTsv_keepsTabsAndLineEnds() throws IOException {
        Path train = write("train.tsv", "text\tlabel\n\"a\tb\nc\"\t1\nd\t0\n");
        assertEquals(
                "a\tb\nc",
                LabelledData.classification(train)
                        .dev(train)
                        .read()
                        .train()
                        .get(0)
                        .first());
    }

    @Test
    void read_unquotedTsv_keepsQuotes() throws IOException {
        Path train = write("train.tsv", "text\tlabel\n\"open\t1\n\"closed\"\t0\n");
        LabelledData data = LabelledData.classification(train)
                .dev(train)
                .format(DataFormat.TSV_UNQUOTED)
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
        assertEquals(expected, failure(LabelledData.classification(train)));
        assertEquals(expected, failure(LabelledData.regression(train)));
    }

    @Test
    void read_jsonNumberWithAnExponentBeyondAll_isRefused() throws IOException {
        Path train = write("train.jsonl", "{\"text\": \"a\", \"label\": 1e99999999999}\n");
        assertEquals(
                train + ", line 1: found a number whose exponent has too many digits, expected finite numbers",
                failure(LabelledData.classification(train)));
    }

    @Test
    void labels_order_isNumericOrAlphabetical_notThatOfTheRows() throws IOException {
        assertEquals(List.of("2", "9", "10", "1e2"), labels("train.csv", "text,label\na,10\nb,9\nc,1e2\nd,2\ne,9\n"));
        assertEquals(List.of("10", "9", "x"), labels("train.csv", "text,label\na,x\nb,9\nc,10\n"));
        assertEquals(List.of("B", "a", "\u00e4"), labels("train.csv", "text,label\na,\u00e4\nb,a\nc,B\n"));
        assertEquals(List.of("01", "1", "1.0"), labels("train.csv", "text,label\na,1.0\nb,1\nc,01\n"));
    }

    @Test
    void read_givenClasses_haveTheirOrder_andNoOthersAreTaken() throws IOException {
        Path train = write("train.csv", FILMS);
        LabelledData.FromFiles files = LabelledData.classification(train).dev(train);
        LabelledData data = files.classes(List.of("good", "odd", "bad")).read();
        assertEquals(List.of("good", "odd", "bad"), data.task().labels());
        assertEquals(
                List.of(new Label.Category(0), new Label.Category(2), new Label.Category(2)),
                data.train().stream().map(Example::label).toList());
        files.classes(List.of("good", "odd"));
        assertEquals(
                train + ", line 3: unknown label \"bad\", expected one of good, odd",
                assertThrows(IOException.class, files::read).getMessage());
    }

    @Test
    void read_regression_takesFiniteNumbers() throws IOException {
        Path train = write("train.csv", "text,label\na,1.75\nb,-3e-2\nc,7\n");
        LabelledData data = LabelledData.regression(train).dev(train).read();
        assertEquals(
                List.of(1.75, -0.03, 7.0),
                data.train().stream().map(Example::value).toList());
        assertEquals(Label.Value.class, data.task().labelType());
        assertEquals(List.of("pearson", "spearman", "mae"), data.task().metricNames());
        assertEquals("regression", data.task().name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "1e400", "good", "\"3,5\"", "0x1p2", "4f", "1 000", "\u0663"})
    void read_regression_otherLabels_areRefused(String label) throws IOException {
        Path train = write("train.csv", "text,label\na,1\nb," + label + "\n");
        assertEquals(
                train + ", line 3: label is \"" + label.replace("\"", "") + "\", expected a finite decimal number",
                failure(LabelledData.regression(train)));
    }

    @Test
    void task_classification_hasMetricsByNumberOfClasses() throws IOException {
        Path two = write("two.csv", FILMS);
        LabelledData data = LabelledData.classification(two).dev(two).read();
        assertEquals(List.of("f1", "accuracy", "matthews"), data.task().metricNames());
        assertEquals("f1", data.task().primaryMetric());
        assertEquals(2, data.task().outputWidth());
        assertEquals(data.train(), data.task().load().train());
        assertEquals(data.evaluation(), data.task().load().evaluation());
        assertEquals("classification", data.task().name());
        assertEquals(false, data.task().needsFolder());
        assertEquals(
                1.0,
                data.task()
                        .evaluate(data.evaluation(), new double[][] {{0, 1}, {1, 0}, {1, 0}})
                        .get("matthews"));
        Path three = write("three.csv", FILMS + "odd,strange\n");
        assertEquals(
                List.of("f1", "accuracy"),
                LabelledData.classification(three).dev(three).read().task().metricNames());
    }

    @Test
    void name_ownAndOfficial() throws IOException {
        Path train = write("train.csv", FILMS);
        assertEquals(
                "films-2",
                LabelledData.classification(train).name("films-2").read().task().name());
        for (String name : List.of("", "..", "Films", "a b", "a/b")) {
            assertEquals(
                    "name \"" + name + "\": expected small letters a to z, digits, and then perhaps dots, hyphens"
                            + " and underscores",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> LabelledData.classification(train).name(name))
                            .getMessage());
        }
        for (String name : List.of("mrpc", "sst-2")) {
            assertEquals(
                    "name \"" + name + "\" is that of a task with official files, expected another one",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> LabelledData.classification(train).name(name))
                            .getMessage());
        }
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
                train + ": every row has the label \"good\", expected at least two different labels",
                failure(LabelledData.classification(train)));
    }

    @Test
    void column_missing_listsThoseThereAre() throws IOException {
        Path train = write("train.csv", "sentence,label\na,1\n");
        assertEquals(
                train + ", line 1: the header has no column \"text\", expected text, label, found sentence," + " label",
                failure(LabelledData.classification(train)));
        assertEquals(
                train + ", line 1: the header has no column \"b\", expected sentence, b, label, found sentence,"
                        + " label",
                failure(LabelledData.classification(train).text("sentence", "b")));
        Path lines = write("train.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"sentence\": \"b\", \"label\": 0}\n");
        assertEquals(
                lines + ", line 2: there is no field \"text\", found sentence, label",
                failure(LabelledData.classification(lines)));
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
        String message = failure(LabelledData.classification(train));
        assertTrue(message.startsWith(train + ", " + failure), message);
        assertTrue(
                message.contains("; by its header the file is " + format + ", expected --format " + format), message);
        LabelledData.FromFiles named = LabelledData.classification(train).format(DataFormat.named(format));
        assertFalse(failure(named).contains("by its header"), "one row alone is too few, but read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\"\"", "\" \t\""})
    void text_empty_isRefused(String text) throws IOException {
        Path train = write("train.csv", "text,label\na,1\n" + text + ",0\n");
        assertEquals(
                train + ", line 3: column \"text\" is empty, expected a text",
                failure(LabelledData.classification(train)));
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
        assertEquals(
                empty + ", line 3: column \"label\" is empty, expected a label",
                failure(LabelledData.classification(empty)));
        Path spaces = write("train.csv", "text,label\na, good\nb,bad\n");
        assertEquals(
                spaces + ", line 2: column \"label\" is \" good\", expected a label without white space around" + " it",
                failure(LabelledData.classification(spaces)));
    }

    @Test
    void row_anotherWidth_isRefused() throws IOException {
        Path few = write("train.csv", "text,label,id\na,1,7\nb,0\n");
        assertEquals(
                few + ", line 3: found 2 columns, expected 3 (text, label, id)",
                failure(LabelledData.classification(few)));
        Path many = write("train.csv", "text,label\n\"a\nb\",1\nwell, no,0\n");
        assertEquals(
                many + ", line 4: found 3 columns, expected 2 (text, label); a field with the separator must"
                        + " be in double quotes",
                failure(LabelledData.classification(many)));
        Path unquoted = write("train.tsv", "text\tlabel\na\t1\t2\n");
        assertEquals(
                unquoted + ", line 2: found 3 columns, expected 2 (text, label)",
                failure(LabelledData.classification(unquoted).format(DataFormat.TSV_UNQUOTED)));
    }

    @Test
    void line_empty_isRefusedButAtTheEnd() throws IOException {
        Path end = write("train.csv", FILMS + "\n\r\n\n");
        assertEquals(3, LabelledData.classification(end).dev(end).read().train().size());
        Path between = write("train.csv", FILMS + "\n\nlate,good\n");
        assertEquals(
                between + ", line 5: found an empty line, expected a row",
                failure(LabelledData.classification(between)));
        Path first = write("train.csv", "\n" + FILMS);
        assertEquals(
                first + ", line 1: found an empty line, expected a header with the columns text, label",
                failure(LabelledData.classification(first)));
        Path json = write("train.jsonl", "{\"text\": \"a\", \"label\": 1}\n\n{\"text\": \"b\", \"label\": 0}\n");
        assertEquals(
                json + ", line 2: found an empty line, expected a JSON object",
                failure(LabelledData.classification(json)));
    }

    @Test
    void header_duplicateNames_areRefused() throws IOException {
        Path train = write("train.csv", "text,label,text\na,1,b\n");
        assertEquals(
                train + ", line 1: the header has two columns \"text\", expected different names",
                failure(LabelledData.classification(train)));
        Path unnamed = write("train.csv", ",text,label,\n0,a,1,\n1,b,0,\n");
        assertEquals(
                2,
                LabelledData.classification(unnamed).dev(unnamed).read().train().size());
    }

    @Test
    void quote_unclosed_namesTheRowItOpensIn() throws IOException {
        Path train = write("train.csv", "text,label\n\"a\nb\",1\nc,\"0\nd,1\ne,0\n");
        assertEquals(
                train + ", line 4: a field of this row begins with a quote that is never closed, expected one"
                        + " more quote; a quote inside of quotes is written twice",
                failure(LabelledData.classification(train)));
    }

    @Test
    void quote_charactersAfterTheClosingOne_areRefused() throws IOException {
        Path train = write("train.csv", "text,label\na,1\n\"so\" she said,1\n");
        assertEquals(
                train + ", line 3: unexpected character after closing quote: ' ' (0x20), expected the end of the"
                        + " field after a closing quote; a quote inside of quotes is written twice",
                failure(LabelledData.classification(train)));
    }

    @Test
    void quote_unpairedInTsv_namesTheFormatWithoutQuoting() throws IOException {
        Path train = write("train.tsv", "text\tlabel\n\"so\" she said\t1\n");
        assertEquals(
                train + ", line 2: unexpected character after closing quote: ' ' (0x20), expected the end of the"
                        + " field after a closing quote; a quote inside of quotes is written twice, and where quotes"
                        + " are ordinary characters the format is tsv-unquoted",
                failure(LabelledData.classification(train)));
        Path open = write("train.tsv", "text\tlabel\n\"so she said\t1\n");
        assertTrue(failure(LabelledData.classification(open)).endsWith("the format is tsv-unquoted"));
    }

    @Test
    void quote_unclosedInALongFile_isRefused() throws IOException {
        Path train = write("train.csv", "text,label\n\"a,1\n" + "b,0\n".repeat(5_000_000));
        String message = failure(LabelledData.classification(train));
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
                failure(LabelledData.classification(train)));
        for (DataFormat format : DataFormat.values()) {
            String message = failure(LabelledData.classification(train).format(format));
            assertTrue(message.startsWith(train + ", line "), message);
        }
    }

    @Test
    void file_emptyOrHeaderOnly_isRefused() throws IOException {
        for (String content : List.of("", "\uFEFF")) {
            Path train = write("train.csv", content);
            assertEquals(
                    train + ": the file is empty, expected a header with the columns text, label",
                    failure(LabelledData.classification(train)));
            Path lines = write("train.jsonl", content + "\n\n");
            assertEquals(
                    lines + ": the file is empty, expected one JSON object per line",
                    failure(LabelledData.classification(lines)));
        }
        Path header = write("train.csv", "text,label\r\n\r\n");
        assertEquals(
                header + ": the file has no rows, expected at least one after the header",
                failure(LabelledData.classification(header)));
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
        assertEquals(
                directory + ": this is a folder, expected a file", failure(LabelledData.classification(directory)));
    }

    @Test
    void json_fieldOfAnotherType_isRefused() throws IOException {
        Path text = write("train.jsonl", "{\"text\": 7, \"label\": 1}\n");
        assertEquals(
                text + ", line 1: field \"text\" is 7, expected a string", failure(LabelledData.classification(text)));
        for (String label : List.of("null", "[1]", "{}")) {
            Path train = write("train.jsonl", "{\"text\": \"a\", \"label\": " + label + "}\n");
            assertEquals(
                    train + ", line 1: field \"label\" is " + label + ", expected a string, a number, true or false",
                    failure(LabelledData.classification(train)));
        }
        Path half = write("train.jsonl", "{\"text\": \"a\\ud83d\", \"label\": 1}\n");
        assertEquals(
                half + ", line 1: field \"text\" holds half of a surrogate pair, expected whole characters",
                failure(LabelledData.classification(half)));
    }

    @Test
    void columns_sameTwice_areRefused() throws IOException {
        Path train = write("train.csv", FILMS);
        assertEquals(
                "columns text, text, label: expected different ones",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.classification(train)
                                        .text("text", "text")
                                        .read())
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.classification(train).label("text").read());
        assertThrows(
                IllegalArgumentException.class,
                () -> LabelledData.classification(train).text("").read());
    }

    @Test
    void heldOut_withDevFileOrOutOfRange_isRefused() throws IOException {
        Path train = write("train.csv", FILMS);
        assertEquals(
                "held-out fraction 0.25 and evaluation data (" + train + "): expected one or the other",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.classification(train)
                                        .dev(train)
                                        .heldOut(0.25)
                                        .read())
                        .getMessage());
        for (double fraction : new double[] {0, 1, -0.5, Double.NaN}) {
            assertEquals(
                    "held-out fraction is " + fraction + ", expected a number above 0 and below 1",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> LabelledData.classification(train).heldOut(fraction))
                            .getMessage());
        }
    }

    @Test
    void heldOut_noDevFile_isCountedAndNoted() throws IOException {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < 1230; i++) {
            rows.append("text number ").append(i).append(i % 3 == 0 ? ",good\n" : ",bad\n");
        }
        Path train = write("train.csv", rows.toString());
        LabelledData data = LabelledData.classification(train).seed(7).read();
        assertEquals(Optional.of(new HeldOut(123, 1230, HeldOut.Unit.ROWS, 0, 7)), data.heldOut());
        assertEquals(List.of("held out 123 of 1,230 rows of " + train + " (seed 7)"), data.notes());
        assertEquals(123, data.evaluation().size());
        assertEquals(
                41,
                data.evaluation().stream().filter(row -> row.category() == 1).count());
        assertEquals(1107, data.train().size());
        assertEquals(
                410,
                LabelledData.classification(train)
                        .heldOut(1 / 3.0)
                        .read()
                        .evaluation()
                        .size());
    }

    @Test
    void heldOut_tooFewRows_isRefused() throws IOException {
        Path train = write("train.csv", "text,label\na,1\nb,0\n");
        assertEquals(
                train + ": of 2 rows none can be held out to evaluate on, as one of each class is to train on and"
                        + " equal texts stay together; expected more rows, or evaluation data",
                failure(LabelledData.classification(train)));
        Path one = write("train.csv", "text,label\na,1\n");
        assertEquals(
                one + ": of 1 row none can be held out to evaluate on, as one is to train on and equal texts stay"
                        + " together; expected more rows, or evaluation data",
                failure(LabelledData.regression(one)));
    }

    @Test
    void notes_repeatedAndContradictoryTexts_areCounted() throws IOException {
        Path train = write("train.csv", """
                text,label
                x,good
                x,good
                x,bad
                y,bad
                y,bad
                z,good
                w,good
                v,rare
                """);
        Path dev = write("dev.csv", "text,label\nx,bad\nq,good\n");
        assertEquals(
                List.of(
                        "texts of " + train + " that repeat an earlier one: 3 of 8 rows",
                        "texts of " + train + " that have different labels in different rows: 1",
                        "texts of " + dev + " that are also in " + train + ": 1 of 2 rows",
                        "labels that no evaluation row has, whose F1 cannot be measured (the mean is over 2 of 3): rare"),
                LabelledData.classification(train).dev(dev).read().notes());
        LabelledData held = LabelledData.classification(train).heldOut(0.2).read();
        assertEquals(3, held.heldOut().orElseThrow().duplicates());
        assertTrue(
                held.notes()
                        .contains("texts of " + train
                                + " that repeat an earlier one: 3 of 8 rows; equal texts are"
                                + " on the same side"),
                held.notes().toString());
    }

    @Test
    void notes_labelPerRow_suggestsARegression() throws IOException {
        Path train = write("train.csv", "text,label\na,1.5\nb,2.5\nc,3.5\nd,3.5\ne,4.5\n");
        assertTrue(LabelledData.classification(train)
                .dev(train)
                .read()
                .notes()
                .contains(
                        "different labels in " + train + ": 4 in 5 rows; for numbers to predict, choose a regression"));
    }

    /** Time that grows with the square of labels or digits would be minutes here. */
    @Test
    @Timeout(20)
    void read_manyLabels_takesTimeInProportion() throws IOException {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < 200_000; i++) {
            rows.append("text ").append(i).append(",label ").append(i / 2).append('\n');
        }
        LabelledData data = LabelledData.classification(write("train.csv", rows.toString()))
                .heldOut(0.5)
                .read();
        assertEquals(100_000, data.task().labels().size());
        assertEquals(100_000, data.evaluation().size());
    }

    @Test
    @Timeout(20)
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

    private List<String> labels(String name, String content) throws IOException {
        Path train = write(name, content);
        return LabelledData.classification(train).dev(train).read().task().labels();
    }

    private Path write(String name, String content) throws IOException {
        return TestFiles.write(folder, name, content);
    }

    private static String failure(LabelledData.FromFiles files) {
        return assertThrows(IOException.class, files::read).getMessage();
    }
}
