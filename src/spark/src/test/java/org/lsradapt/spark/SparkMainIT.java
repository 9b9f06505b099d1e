package org.lsradapt.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.console.Console;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.DelimitedRows;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.settings.TrainingConfig;

/** What {@code spark-submit} runs, with the master that it would set. */
class SparkMainIT {
    private static final Map<String, String> SUBMITTED = Map.of(
            "spark.master", "local[2]",
            "spark.app.name", "test",
            "spark.ui.enabled", "false",
            "spark.driver.host", "127.0.0.1",
            "spark.driver.bindAddress", "127.0.0.1");

    @TempDir
    static Path shared;

    private static Path saved;

    @TempDir
    Path folder;

    @BeforeAll
    static void submit() {
        SUBMITTED.forEach(System::setProperty);
    }

    @AfterAll
    static void clear() {
        SUBMITTED.keySet().forEach(System::clearProperty);
    }

    private record Result(int code, String out, String err) {}

    /** Runs a command, whose arguments are separated by spaces. */
    private static Result run(String line) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = SparkMain.run(
                line.split(" "),
                new Console(
                        InputStream.nullInputStream(),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false));
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private String table(String name, int from, int to, boolean labels) throws IOException {
        List<String> lines = new ArrayList<>(List.of(labels ? "review,opinion" : "review"));
        for (LabelledText text : Samples.weather(to).subList(from, to)) {
            lines.add("\"" + text.text() + "\"" + (labels ? "," + text.label() : ""));
        }
        return Files.write(folder.resolve(name), lines).toString();
    }

    private Path model() {
        return folder.resolve("model");
    }

    private Result fit(String train, String more) {
        return run("fit --train " + train + " --out " + model() + " --set model=" + Samples.model("bert")
                + " --set textCol=review --set labelCol=opinion --set epochs=6 --set batchSize=15"
                + " --set learningRate=0.01 --set headLearningRate=0.03 --set headSteps=5" + more);
    }

    @Test
    void fit_ofAnotherTask_readsQuotesAndNumbersOfCsv_andNamesANull() throws IOException {
        List<String> lines = new ArrayList<>(List.of("query,passage,label"));
        for (int i = 0; i < 24; i++) {
            lines.add("\"" + Samples.text(i / 3) + " \"\"" + i / 3 + "\"\", so\"," + Samples.text(20 + i % 3) + " "
                    + i % 3 + "," + (i % 3 == 0 ? "1" : "0.0"));
        }
        String train = Files.write(folder.resolve("judged.csv"), lines).toString();
        Result fitted = fit(train, " --task rerank --set epochs=1");
        assertEquals(2, fitted.code(), fitted.err());
        assertTrue(fitted.err().contains("--set textCol: there is no such parameter"), fitted.err());
        String rerank = "fit --task rerank --train " + train + " --out " + model() + " --set model="
                + Samples.model("bert") + " --set epochs=1 --set headSteps=1";
        fitted = run(rerank);
        assertEquals(0, fitted.code(), fitted.err());
        assertTrue(fitted.out().contains("ndcg@10="), fitted.out());
        Path out = folder.resolve("scored.csv");
        Result scored = run("transform --model " + model() + " --data " + train + " --out " + out);
        assertEquals(0, scored.code(), scored.err());
        List<String> found = new ArrayList<>();
        try (Stream<Path> parts = Files.list(out)) {
            for (Path part :
                    parts.filter(file -> file.toString().endsWith(".csv")).toList()) {
                found.addAll(Files.readAllLines(part));
            }
        }
        assertEquals("query,passage,label,score", found.get(0));
        assertEquals(24, found.stream().filter(line -> line.contains("\"\"")).count(), found.toString());
        lines.set(5, "a query,a passage,many");
        Files.write(folder.resolve("judged.csv"), lines);
        Result refused = run(rerank);
        assertEquals(2, refused.code());
        assertTrue(refused.err().contains("column 'label' has 'many' in row"), refused.err());
        assertEquals(2, run("fit --task guess --out x --train " + train).code());
    }

    @Test
    void fit_thenTransform_classifiesATable() throws IOException {
        Result fitted = fit(table("train.csv", 0, 60, true), " --validation " + table("dev.csv", 60, 90, true));
        assertEquals(0, fitted.code(), fitted.err());
        assertTrue(fitted.out().contains("accuracy="), fitted.out());
        String data = table("new.csv", 90, 100, false);
        for (String form : List.of("scored.jsonl", "scored.csv")) {
            Path out = folder.resolve(form);
            Result scored =
                    run("transform --model " + model() + " --data " + data + " --out " + out + " --set textCol=review");
            assertEquals(0, scored.code(), scored.err());
            List<String> lines = lines(out).stream()
                    .filter(line -> !line.startsWith("review"))
                    .toList();
            assertEquals(10, lines.size());
            for (String line : lines) {
                assertTrue(line.contains(line.contains("sun") ? "warm" : "cold"), line);
            }
        }
    }

    private static List<String> lines(Path written) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(written)) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith("part-"))
                    .toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    /** A model of texts in the column "review", trained once. */
    private static Path trained() throws IOException {
        if (saved == null) {
            saved = Files.createTempDirectory(shared, "model").resolve("adapter");
            try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                    .config(TrainingConfig.builder()
                            .epochs(1)
                            .batchSize(16)
                            .headSteps(1)
                            .build())
                    .train(Samples.weather(30), Samples.weather(10))) {
                trained.save(saved);
            }
        }
        return saved;
    }

    private Result transform(Object data, String out) throws IOException {
        return run("transform --model " + trained() + " --data " + data + " --out " + folder.resolve(out)
                + " --set textCol=review");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "review,opinion\\nfine,good\\nso, so,bad\\n | line 3: found 3 columns, expected 2 (review, opinion)",
                "review,opinion\\nfine,good\\nbad\\n | line 3: found 1 column, expected 2 (review, opinion)",
                "review,opinion\\n\"fine,good\\nso,bad\\n | line 2: a field of this row begins with a quote that is never closed",
                "review,opinion\\n\"fine\"!,good\\n | line 2: unexpected character after closing quote",
                "review,opinion\\nfine,good\\n\\nso,bad\\n | line 3: found an empty line, expected a row",
                "review,review\\nfine,good\\n | line 1: the header has two columns \"review\"",
            })
    void csv_thatFinetuneRefuses_isRefused(String content, String message) throws IOException {
        Path table = Files.writeString(folder.resolve("table.csv"), content.replace("\\n", "\n"));
        assertBad(fit(table.toString(), ""), "table.csv, " + message);
        assertBad(transform(table, "scored.csv"), "table.csv, " + message);
    }

    @Test
    void csv_withCarriageReturns_isReadAsWithout() throws IOException {
        Path table = Files.writeString(folder.resolve("table.csv"), "id,review\r\n1,a\r\n2,\"b\r\nc\"\r\n");
        assertEquals(0, transform(table, "scored.jsonl").code());
        List<String> lines = lines(folder.resolve("scored.jsonl"));
        assertTrue(lines.get(0).startsWith("{\"id\":\"1\",\"review\":\"a\","), lines.get(0));
        assertTrue(lines.get(1).startsWith("{\"id\":\"2\",\"review\":\"b\\r\\nc\","), lines.get(1));
    }

    /** Texts that need quotes, or lose something to a reader that trims. */
    private static final List<String> AWKWARD = List.of(
            "plain",
            " before",
            "after ",
            "\tboth\t",
            "",
            " ",
            "he said \"no\"",
            "\"quoted\"",
            "\"",
            "\"\"",
            " \" ",
            "a,b",
            "a\tb",
            "a;b",
            "two\nlines",
            "two\r\nlines",
            "old\rlines",
            "\n",
            "back\\slash",
            "end\\",
            "\\\"",
            "#comment",
            "'",
            "null",
            "\u00e9\u4e2d\ud83d\ude00",
            "\u00a0",
            "\u0001");

    @ParameterizedTest
    @ValueSource(strings = {"csv", "tsv"})
    void whatTransformWrites_isReadBack_byItselfAndByOthers(String form) throws IOException {
        List<String> lines = new ArrayList<>();
        JsonMapper json = JsonMapper.builder().build();
        for (String text : AWKWARD) {
            lines.add(json.writeValueAsString(Map.of("the \"id\", quoted", text, "review", text)));
        }
        Path data = Files.write(folder.resolve("data.jsonl"), lines);
        assertEquals(0, transform(data, "once." + form).code());
        Path written = part(folder.resolve("once." + form));
        List<List<String>> once = strict(written, form);
        assertEquals(List.of("review", "the \"id\", quoted", "prediction", "predictedLabel"), once.get(0));
        for (int i = 0; i < AWKWARD.size(); i++) {
            assertEquals(
                    List.of(AWKWARD.get(i), AWKWARD.get(i)), once.get(i + 1).subList(0, 2));
        }
        try (DelimitedRows own = DelimitedRows.open(Files.newInputStream(written), form, DataFormat.named(form))) {
            assertEquals(once.get(0), own.columns());
            for (List<String> row : once.subList(1, once.size())) {
                assertEquals(row, own.next().orElseThrow());
            }
            assertEquals(Optional.empty(), own.next());
        }
        Result again = run("transform --model " + trained() + " --data " + folder.resolve("once." + form) + " --out "
                + folder.resolve("twice." + form)
                + " --set textCol=review --set predictionCol=again --set predictedLabelCol=");
        assertEquals(0, again.code(), again.err());
        List<List<String>> twice = strict(part(folder.resolve("twice." + form)), form);
        assertEquals(List.of("again"), twice.get(0).subList(4, 5));
        for (int i = 0; i < once.size(); i++) {
            assertEquals(once.get(i), twice.get(i).subList(0, 4));
            assertTrue(i == 0 || once.get(i).get(2).equals(twice.get(i).get(4)));
        }
    }

    private static Path part(Path written) throws IOException {
        try (Stream<Path> files = Files.list(written)) {
            List<Path> parts = files.filter(
                            file -> file.getFileName().toString().startsWith("part-"))
                    .toList();
            assertEquals(1, parts.size());
            return parts.get(0);
        }
    }

    /** The records of a file as RFC 4180 has them, header included. */
    private static List<List<String>> strict(Path file, String form) throws IOException {
        try (var reader = CsvReader.builder()
                .fieldSeparator(form.equals("tsv") ? '\t' : ',')
                .ofCsvRecord(file)) {
            return reader.stream().map(CsvRecord::getFields).toList();
        }
    }

    @Test
    void folderOfCsv_isOneTable_ifHeadersAreEqual() throws IOException {
        Path table = Files.createDirectory(folder.resolve("table.csv"));
        Files.writeString(table.resolve("part-0.csv"), "review,id\nfine,1\n");
        Files.writeString(table.resolve("part-1.csv"), "");
        Files.writeString(table.resolve("_SUCCESS"), "");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(table.resolve("part-2.csv.gz")))) {
            out.write("review,id\nso,2\n".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals(0, transform(table, "scored.jsonl").code());
        assertEquals(2, lines(folder.resolve("scored.jsonl")).size());
        Files.writeString(table.resolve("part-3.csv"), "id,review\n3,bad\n");
        assertBad(
                transform(table, "again.jsonl"),
                "part-3.csv: the header has the columns [id, review], expected those of ");
        Files.createDirectory(table.resolve("year=1999"));
        assertBad(transform(table, "again.jsonl"), "year=1999: this is a folder in a table's folder");
    }

    @Test
    void badInput_isALine() throws IOException {
        String train = table("train.csv", 0, 30, true);
        assertBad(fit(train, " --set epoch=3"), "--set epoch: there is no such parameter, expected one of [");
        assertBad(fit(train, " --set epochs=many"), "--set epochs=many: expected a whole number");
        assertBad(
                fit(train, " --set labelCol=stars"),
                "label column 'stars' is not there, expected one of [review, opinion]");
        assertBad(run("fit --train " + train), "--out");
        assertBad(fit(folder.resolve("none.csv").toString(), ""), "none.csv: there is no such file");
        assertBad(fit(folder.resolve("none.parquet").toString(), ""), "none.parquet");
        Files.createDirectories(folder.resolve("there.csv"));
        assertBad(transform(train, "there.csv"), "there.csv");
        Path json = Files.write(folder.resolve("broken.jsonl"), List.of("{\"review\":\"fine\"}", "{\"review\":"));
        assertBad(transform(json, "scored.csv"), "column 'review' is null in row");
        assertBad(run("score"), "'score'");
    }

    private static void assertBad(Result result, String message) {
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().startsWith("error: ") && result.err().contains(message), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }
}
