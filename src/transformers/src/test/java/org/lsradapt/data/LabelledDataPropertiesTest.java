package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.lsradapt.data.rules.FiniteNumber;
import org.lsradapt.tasks.generation.LanguageModelData;

/**
 * Files written by the libraries that others write theirs with are read back; damaged ones end in a clear exception.
 */
class LabelledDataPropertiesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static Path folder;

    @BeforeContainer
    static void makeFolder() throws IOException {
        folder = Files.createTempDirectory("own-data");
    }

    @AfterContainer
    static void removeFolder() throws IOException {
        for (String name : List.of("train", "dev")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        Files.delete(folder);
    }

    /** Texts with what a format could stumble over. */
    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                        "\"",
                        "\"\"",
                        ",",
                        ";",
                        "\t",
                        "\n",
                        "\r\n",
                        "\r",
                        " ",
                        "a",
                        "Z",
                        "0",
                        "\u00e4",
                        "\u4e2d",
                        "\uD83D\uDE00",
                        "\u0301",
                        "\u2028",
                        "\u0085",
                        "\uFEFF",
                        "\u0000",
                        "#",
                        "'",
                        "\\",
                        "word")
                .list()
                .ofMinSize(1)
                .ofMaxSize(8)
                .map(parts -> String.join("", parts))
                .filter(text -> !text.isBlank());
    }

    @Property(tries = 300)
    void delimited_writtenByTheLibrary_isReadBack(
            @ForAll @Size(min = 2, max = 12) List<@From("texts") String> texts,
            @ForAll LineDelimiter lineEnd,
            @ForAll boolean bom)
            throws IOException {
        for (DataFormat format : List.of(DataFormat.CSV, DataFormat.CSV_SEMICOLON, DataFormat.TSV)) {
            StringWriter content = new StringWriter();
            content.write(bom ? "\uFEFF" : "");
            try (CsvWriter writer = CsvWriter.builder()
                    .fieldSeparator(format.separator())
                    .lineDelimiter(lineEnd)
                    .build(content)) {
                writer.writeRecord("first", "label", "second");
                for (int i = 0; i < texts.size(); i++) {
                    writer.writeRecord(texts.get(i), "class " + i % 2, texts.get(texts.size() - 1 - i));
                }
            }
            assertReadBack(texts, content.toString(), format);
        }
    }

    @Property(tries = 300)
    void jsonLines_writtenByTheLibrary_areReadBack(@ForAll @Size(min = 2, max = 12) List<@From("texts") String> texts)
            throws IOException {
        StringBuilder content = new StringBuilder();
        for (int i = 0; i < texts.size(); i++) {
            content.append(json(Map.of(
                            "first",
                            texts.get(i),
                            "second",
                            texts.get(texts.size() - 1 - i),
                            "label",
                            "class " + i % 2)))
                    .append('\n');
        }
        assertReadBack(texts, content.toString(), DataFormat.JSON_LINES);
    }

    private static void assertReadBack(List<String> texts, String content, DataFormat format) throws IOException {
        Path train = Files.writeString(folder.resolve("train"), content);
        LabelledData data = LabelledData.classification(Table.of(train).format(format))
                .dev(train)
                .text("first", "second")
                .read();
        assertEquals(
                IntStream.range(0, texts.size())
                        .mapToObj(i ->
                                new Example(texts.get(i), texts.get(texts.size() - 1 - i), new Label.Category(i % 2)))
                        .toList(),
                data.train());
    }

    @Property(tries = 300)
    void heldOut_isDisjointCompleteAndSeeded(
            @ForAll @Size(min = 6, max = 40) List<@From("texts") String> texts, @ForAll long seed) {
        List<LabelledText> rows = IntStream.range(0, texts.size())
                .mapToObj(i -> LabelledText.of(i % 3 == 0 ? texts.get(i) : texts.get(i) + i, i % 2))
                .toList();
        LabelledData.FromLists lists = LabelledData.regression(rows).seed(seed).heldOut(0.25);
        LabelledData data;
        try {
            data = lists.read();
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().startsWith("train: of "), e.getMessage());
            return;
        }
        assertEquals(rows.size(), data.train().size() + data.evaluation().size());
        for (Example held : data.evaluation()) {
            assertTrue(data.train().stream().noneMatch(row -> row.first().equals(held.first())), held.first());
        }
        List<Example> all = rows.stream()
                .map(row -> row.example(new FiniteNumber().as(Label.Value::new)))
                .toList();
        assertTrue(isSubsequence(data.train(), all) && isSubsequence(data.evaluation(), all));
        assertEquals(data.train(), lists.read().train());
        assertEquals(data.evaluation(), lists.read().evaluation());
    }

    private static boolean isSubsequence(List<Example> part, List<Example> all) {
        int next = 0;
        for (Example row : all) {
            next += next < part.size() && part.get(next).equals(row) ? 1 : 0;
        }
        return next == part.size();
    }

    /** Whatever happens to a file, it is read, or refused by an exception that names it. */
    @Property(tries = 500)
    void read_damagedFile_isReadOrRefusedByName(@ForAll long seed, @ForAll DataFormat format) throws IOException {
        Random random = new Random(seed);
        Path train = Files.write(folder.resolve("train"), damaged(sample(format), random));
        Path dev = Files.write(folder.resolve("dev"), damaged(sample(format), random));
        attempt(() -> LabelledData.classification(Table.of(train).format(format))
                .dev(dev)
                .read());
        attempt(() -> LabelledData.regression(Table.of(train).format(format))
                .label("score")
                .read());
        attempt(() -> LabelledData.classification(Table.of(dev).format(format)).inputs(List.of("x", "y")));
        attempt(() ->
                LanguageModelData.instructions(Table.of(train).format(format)).read());
        attempt(() -> LanguageModelData.plainText(train)
                .dev(dev)
                .separatedByBlankLines()
                .read());
    }

    private interface Reading {
        Object read() throws IOException;
    }

    private static void attempt(Reading reading) {
        try {
            reading.read();
        } catch (IOException | IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(folder.toString()), e.toString());
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
    }

    private static byte[] sample(DataFormat format) {
        StringBuilder content = new StringBuilder();
        List<String> names = List.of("text", "label", "score", "prompt", "completion");
        if (format != DataFormat.JSON_LINES) {
            content.append(String.join(String.valueOf(format.separator()), names))
                    .append("\r\n");
        }
        for (int i = 0; i < 12; i++) {
            List<String> values = List.of(
                    "t\u00e4xt " + i, i % 2 == 0 ? "x" : "y", String.valueOf(i / 4.0), "p \uD83D\uDE00", "say \"so\"");
            content.append(
                            format == DataFormat.JSON_LINES
                                    ? json(IntStream.range(0, 5)
                                            .boxed()
                                            .collect(Collectors.toMap(names::get, values::get)))
                                    : String.join(String.valueOf(format.separator()), values))
                    .append('\n');
        }
        return content.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String json(Map<String, String> fields) {
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Up to four changes: a byte set, put in or taken out, the end cut off, a piece repeated elsewhere. */
    private static byte[] damaged(byte[] content, Random random) {
        byte[] special = "\"\"\",;\t\n\r{}[]:\\ 0\u00e4".getBytes(StandardCharsets.ISO_8859_1);
        byte[] result = content;
        for (int change = random.nextInt(5); change > 0 && result.length > 0; change--) {
            int at = random.nextInt(result.length);
            byte value = random.nextBoolean() ? special[random.nextInt(special.length)] : (byte) random.nextInt(256);
            int length = Math.min(random.nextInt(20), result.length - at);
            result = switch (random.nextInt(5)) {
                case 0 -> joined(result, at, new byte[] {value}, at + 1);
                case 1 -> joined(result, at, new byte[] {value}, at);
                case 2 -> joined(result, at, new byte[0], at + length);
                case 3 -> Arrays.copyOf(result, at);
                default -> joined(result, at, Arrays.copyOfRange(result, at, at + length), at);
            };
        }
        return result;
    }

    private static byte[] joined(byte[] content, int start, byte[] middle, int rest) {
        byte[] result = new byte[start + middle.length + content.length - rest];
        System.arraycopy(content, 0, result, 0, start);
        System.arraycopy(middle, 0, result, start, middle.length);
        System.arraycopy(content, rest, result, start + middle.length, content.length - rest);
        return result;
    }
}
