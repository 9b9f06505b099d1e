package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.tokens.TokenData;

class TableTest {
    private static final String CSV = "text,label\n\"café, \uD83D\uDE00\",1\n\"a\nb\",0\n";
    private static final String JSON =
            "{\"text\": \"café, \uD83D\uDE00\", \"label\": 1}\n{\"text\": \"a\\nb\", \"label\": 0}\n";

    @TempDir
    Path folder;

    @Test
    void read_compressedFile_hasTheSameRows() throws IOException {
        List<Example> expected = rows(Table.of(write("train.csv", CSV.getBytes(StandardCharsets.UTF_8))));
        assertEquals("café, \uD83D\uDE00", expected.get(0).first());
        for (String name : List.of("train.csv.gz", "TRAIN.CSV.GZ", "other.csv")) {
            assertEquals(expected, rows(Table.of(write(name, gzip(CSV)))));
        }
        assertEquals(
                expected,
                rows(Table.of(
                        write("train.tsv.gz", gzip(CSV.replace("\",", "\"\t").replace("text,", "text\t"))))));
        assertEquals(expected, rows(Table.of(write("train.jsonl.gz", gzip(JSON)))));
        byte[] twoMembers = concat(gzip("text,label\n"), gzip(CSV.substring(11)));
        assertEquals(expected, rows(Table.of(write("members.csv.gz", twoMembers))));
    }

    @Test
    void resource_isFoundOnTheClassPath() throws IOException {
        Files.writeString(folder.resolve("sample.csv"), CSV);
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            assertEquals(
                    "café, \uD83D\uDE00",
                    rows(Table.resource("sample.csv")).get(0).first());
            IOException missing = assertThrows(IOException.class, () -> Table.resource("other.csv"));
            assertTrue(missing.getMessage().startsWith("resource other.csv: found no such file"), missing.getMessage());
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void read_jsonArray_hasTheRowsOfItsElements() throws IOException {
        List<Example> expected = rows(Table.of(write("train.jsonl", JSON.getBytes(StandardCharsets.UTF_8))));
        String array = "\n [" + JSON.strip().replace("}\n", "},\n") + "]\n";
        for (String name : List.of("train.json", "array.jsonl")) {
            assertEquals(expected, rows(Table.of(write(name, array.getBytes(StandardCharsets.UTF_8)))));
        }
        Path wrong = write(
                "wrong.json",
                "[{\"text\": \"a\", \"label\": 1},\n{\"text\": 7, \"label\": 1}]".getBytes(StandardCharsets.UTF_8));
        assertEquals(wrong + ", line 2: field \"text\" is 7, expected a string", failure(Table.of(wrong)));
        Path cut = write("cut.json", "[{\"text\": \"a\",\n".getBytes(StandardCharsets.UTF_8));
        assertTrue(
                failure(Table.of(cut)).startsWith(cut + ", line 2: this is not valid JSON: "), failure(Table.of(cut)));
    }

    @Test
    void read_stream_takesTheFormatFromTheFirstLine() throws IOException {
        List<Example> expected = rows(stream(CSV));
        assertEquals(expected, rows(stream(CSV.replace("text,", "text;").replace("\",", "\";"))));
        assertEquals(expected, rows(stream(CSV.replace("text,", "text\t").replace("\",", "\"\t"))));
        assertEquals(expected, rows(stream(JSON)));
        assertEquals(expected, rows(stream("[" + JSON.strip().replace("}\n", "},\n") + "]")));
        assertEquals(expected, rows(Table.of(new ByteArrayInputStream(gzip(JSON)), "standard input")));
        assertEquals(
                "standard input, line 1: the header has no column \"text\", expected text, label, found a",
                failure(stream("a\nb\n")));
        Table twice = stream(CSV);
        assertEquals(rows(twice), rows(twice));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-8", "GB18030"})
    void read_namedEncoding_hasTheSameRows(String name) throws IOException {
        Charset encoding = Charset.forName(name);
        String padded = CSV + "\"" + "é\uD83D\uDE00".repeat(9_000) + "\",1\n";
        List<Example> expected = rows(stream(padded));
        assertEquals(
                expected,
                rows(Table.of(write("train.csv", padded.getBytes(encoding))).encoding(encoding)));
        ByteArrayInputStream marked = new ByteArrayInputStream(("\uFEFF" + padded).getBytes(encoding));
        assertEquals(expected, rows(Table.of(marked, "input").encoding(encoding)));
    }

    @Test
    void read_otherEncodingThanNamed_namesLineByteAndOption() throws IOException {
        byte[] latin = "text,label\ncafé,1\n".getBytes(StandardCharsets.ISO_8859_1);
        Path file = write("latin.csv", latin);
        assertEquals(
                "café",
                LabelledData.classification(Table.of(file).encoding(StandardCharsets.ISO_8859_1))
                        .texts()
                        .get(0)
                        .first());
        assertTrue(failure(Table.of(file))
                .startsWith(file + ", line 2: this is not valid UTF-8 text, at byte 4 of the line"));
        assertEquals(
                file
                        + ", line 2: byte 15 of the file is not US-ASCII text, expected the encoding that --encoding names,"
                        + " in Java Table.encoding",
                failure(Table.of(file).encoding(StandardCharsets.US_ASCII)));
        Path half = write("half.csv", Arrays.copyOf("text,label\n".getBytes(StandardCharsets.UTF_16LE), 21));
        assertTrue(failure(Table.of(half).encoding(StandardCharsets.UTF_16LE))
                .contains("byte 21 of the file is not UTF-16LE"));
    }

    @Test
    void read_gzipThatIsDamagedOrABomb_isRefused() throws IOException {
        byte[] whole = gzip(CSV.repeat(50));
        Path cut = write("cut.csv.gz", Arrays.copyOf(whole, whole.length - 9));
        assertEquals(cut + ": its gzip data is cut off, expected a complete file", failure(Table.of(cut)));
        byte[] changed = whole.clone();
        changed[whole.length - 6] ^= 1;
        Path damaged = write("damaged.csv.gz", changed);
        assertTrue(failure(Table.of(damaged)).startsWith(damaged + ": its gzip data is damaged: "));
        Path bomb = write("bomb.csv.gz", gzip("text,label\n" + " ".repeat(70_000_000)));
        String refused = failure(Table.of(bomb));
        assertTrue(refused.startsWith(bomb + ": ") && refused.contains("expected at most 200 times as many"), refused);
    }

    @ParameterizedTest
    @CsvSource({"504B0304, a ZIP archive", "D0CF11E0, a workbook"})
    void read_workbookInDisguise_saysWhatToDo(String bytes, String found) throws IOException {
        Path file = write("train.csv", java.util.HexFormat.of().parseHex(bytes));
        String message = failure(Table.of(file));
        assertTrue(message.startsWith(file + ": this is " + found) && message.contains("CSV UTF-8"), message);
    }

    @Test
    void read_datesAndLargeIntegers_stayTexts() throws IOException {
        String large = "12345678901234567890123";
        List<Example> csv = LabelledData.classification(stream("text,label\n2024-02-30,1\n" + large + ",0\n"))
                .texts();
        assertEquals(
                List.of("2024-02-30", large), csv.stream().map(Example::first).toList());
        LabelledData labels = LabelledData.classification(
                        stream("{\"text\":\"a\",\"label\":" + large + "}\n{\"text\":\"b\",\"label\":\"2024-01-05\"}"))
                .dev(stream("{\"text\":\"c\",\"label\":" + large + "}"))
                .read();
        assertEquals(
                List.of("12345678901234567890123", "2024-01-05"), labels.task().labels());
    }

    @Test
    void otherReaders_takeStreamsAndCompressedFiles() throws IOException {
        assertEquals(
                List.of("a b", "c"),
                LanguageModelData.plainText(List.of(Table.of(write("notes.txt.gz", gzip("a b\n\nc\n")))))
                        .separatedByBlankLines()
                        .dev(List.of(stream("x\n")))
                        .read()
                        .train()
                        .stream()
                        .map(text -> ((org.lsradapt.tasks.generation.PromptCompletion) text).completion())
                        .toList());
        String words = "Ada B-PER\nwrote O\n\nBob B-PER\n";
        assertEquals(
                TokenData.of(write("train.conll", words.getBytes(StandardCharsets.UTF_8)))
                        .dev(write("dev.conll.gz", gzip(words)))
                        .read()
                        .train(),
                TokenData.of(stream(words))
                        .dev(stream("{\"tokens\":[\"Ada\"],\"ner_tags\":[\"B-PER\"]}"))
                        .read()
                        .train());
    }

    private static Table stream(String text) {
        return Table.of(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "standard input");
    }

    private static List<Example> rows(Table table) throws IOException {
        return LabelledData.classification(table).dev(table).read().train();
    }

    private static String failure(Table table) {
        return assertThrows(IOException.class, () -> rows(table)).getMessage();
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] gzip(String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
