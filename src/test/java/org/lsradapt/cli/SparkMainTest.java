package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.tasks.LabelledText;

/** What {@code spark-submit} runs, with the master that it would set. */
class SparkMainTest {
    private static final Map<String, String> SUBMITTED = Map.of(
            "spark.master", "local[2]", "spark.app.name", "test", "spark.ui.enabled", "false",
            "spark.driver.host", "127.0.0.1", "spark.driver.bindAddress", "127.0.0.1");

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

    private static Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = SparkMain.run(
                args,
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

    private Result fit(String train, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "fit", "--train", train, "--out", folder.resolve("model").toString(),
                "--set", "model=" + Samples.model("bert"), "--set", "textCol=review", "--set", "labelCol=opinion",
                "--set", "epochs=6", "--set", "batchSize=8", "--set", "learningRate=0.01", "--set", "headLearningRate=0.03",
                "--set", "headSteps=5"));
        args.addAll(List.of(more));
        return run(args.toArray(String[]::new));
    }

    @Test
    void fit_thenTransform_classifiesATable() throws IOException {
        Result fitted = fit(table("train.csv", 0, 60, true), "--validation", table("dev.csv", 60, 90, true));
        assertEquals(0, fitted.code(), fitted.err());
        assertTrue(fitted.out().contains("accuracy="), fitted.out());
        String data = table("new.csv", 90, 100, false);
        for (String form : List.of("scored.jsonl", "scored.csv")) {
            Path out = folder.resolve(form);
            Result scored = run("transform", "--model", folder.resolve("model").toString(), "--data", data, "--out",
                    out.toString(), "--set", "textCol=review");
            assertEquals(0, scored.code(), scored.err());
            List<String> lines = lines(out).stream().filter(line -> !line.startsWith("review")).toList();
            assertEquals(10, lines.size());
            for (String line : lines) {
                assertTrue(line.contains(line.contains("sun") ? "warm" : "cold"), line);
            }
        }
    }

    private static List<String> lines(Path written) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(written)) {
            for (Path file : files.filter(file -> file.getFileName().toString().startsWith("part-")).toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    @Test
    void badInput_isALine() throws IOException {
        String train = table("train.csv", 0, 30, true);
        assertBad(fit(train, "--set", "epoch=3"), "--set epoch: there is no such parameter, expected one of [");
        assertBad(fit(train, "--set", "epochs=many"), "--set epochs=many: expected a value of IntParam");
        assertBad(fit(train, "--set", "labelCol=stars"), "label column 'stars' is not there, expected one of [review, opinion]");
        assertBad(run("fit", "--train", train), "--out");
        assertBad(run("score"), "'score'");
    }

    private static void assertBad(Result result, String message) {
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().startsWith("error: ") && result.err().contains(message), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }
}
