package org.lsradapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.h2.Driver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.Main;

/**
 * Follows the pages of docs/tutorials. With {@code -Dlsr.tutorials=full} they run as they stand, for minutes, and reach the metrics that
 * they show; otherwise with few examples. {@code -Dlsr.smollm2=FILE} is the GGUF file of the page on language models.
 */
class TutorialsIT {
    private static final boolean FULL = "full".equals(System.getProperty("lsr.tutorials"));
    private static final double TOLERANCE = 0.05;

    @TempDir
    Path folder;

    @Test
    void firstClassifier_followed_predicts() throws Exception {
        Tutorial page = new Tutorial("first-classifier", folder);
        if (!FULL) {
            page.with("subList(0, 1000)", "subList(0, 30)")
                    .with("data.evaluation().subList(0, 500)", "data.train().subList(0, 20)")
                    .with("--epochs 8", "--epochs 1 --head-steps 5");
        }
        List<Tutorial.Run> runs = page.follow();
        assertReached("first-classifier", runs.get(1));
        assertTrue(runs.get(2).out().matches("(noun\\.\\w+\t[0-9.]+\\R){2}"), runs.get(2)::out);
        assertTrue(runs.get(3).out().startsWith("noun."), runs.get(3)::out);
    }

    @Test
    void tagger_followed_findsSpans() throws Exception {
        Tutorial page = new Tutorial("tagger", folder);
        if (!FULL) {
            page.with("subList(0, 1000)", "subList(0, 40)")
                    .with("subList(0, 300)", "subList(0, 10)")
                    .with("--epochs 4", "--epochs 1 --head-steps 5");
        }
        List<Tutorial.Run> runs = page.follow();
        assertReached("tagger", runs.get(1));
        assertEquals(2, runs.get(2).out().lines().count());
        if (FULL) {
            assertTrue(runs.get(2).out().contains("\"label\":\"artifact\""), runs.get(2)::out);
        }
    }

    @Test
    void smallLlm_followed_generates() throws Exception {
        Tutorial page = new Tutorial("small-llm", folder);
        String model = System.getProperty("lsr.smollm2");
        assumeTrue(!FULL || model != null, "-Dlsr.smollm2 does not name the page's model");
        page.with("--model SmolLM2-135M-Instruct.Q4_1.gguf", "--model " + (FULL ? model : randomLlama()));
        if (!FULL) {
            page.with("i < 240", "i < 10").with("--epochs 3", "--epochs 1").with("--max-tokens 20", "--max-tokens 5");
        }
        List<Tutorial.Run> runs = page.follow();
        if (FULL) {
            assertTrue(runs.get(2).out().contains("1998-08-07"), runs.get(2)::out);
            assertEquals("2031-03-03", runs.get(3).out().strip());
        }
    }

    @Test
    void smallData_followed_answersWhereItIsSure() throws Exception {
        Tutorial page = new Tutorial("small-data", folder)
                .with("--jdbc jdbc:h2:./definitions", "--jdbc jdbc:h2:" + folder.toAbsolutePath() + "/definitions")
                .with("--jdbc-driver-path h2-2.4.240.jar", "--jdbc-driver-path " + archive(Driver.class));
        if (!FULL) {
            page.with("row < 300", "row < 60")
                    .with("row < 200", "row < 20")
                    .with("--trained", "--folds 2")
                    .with("--budget 6 --folds 5", "--budget 2 --folds 2 --epochs 2")
                    .with("--abstain 0.98", "--abstain 0.6");
        }
        List<Tutorial.Run> runs = page.follow();
        List<String> answers = runs.get(4).out().lines().toList();
        assertEquals(FULL ? 200 : 20, answers.size());
        assertTrue(runs.get(4).err().contains("accuracy "), runs.get(4)::err);
        if (FULL) {
            assertTrue(runs.get(1).out().contains("labels that are probably wrong: 22 of 300"), runs.get(1)::out);
            assertTrue(runs.get(4).err().contains("answers from probability "), runs.get(4)::err);
        }
    }

    /** Without the language model of the page, its questions are those of a template. */
    @Test
    void searchWithoutPairs_followed_trainsAllStages() throws Exception {
        Tutorial page = new Tutorial("search-without-pairs", folder);
        String model = System.getProperty("lsr.smollm2");
        assumeTrue(!FULL || model != null, "-Dlsr.smollm2 does not name the page's model");
        page.with(
                "lsr-adapt embed --model minilm --file passages.csv",
                command -> written(
                        "vectors.jsonl",
                        run(
                                "embed",
                                "--model",
                                "minilm",
                                "--file",
                                folder.resolve("passages.csv").toString())));
        if (FULL) {
            page.with("--generator SmolLM2-135M-Instruct.Q4_1.gguf", "--generator " + model);
        } else {
            page.with("lsr-adapt make-questions", command -> written("questions.jsonl", templateQuestions()));
            page.with("--task rerank", "--task rerank --epochs 1 --head-steps 2")
                    .with("--task pairs", "--task pairs --epochs 1")
                    .with("--task query-adapter", "--task query-adapter --epochs 2");
        }
        List<Tutorial.Run> runs = page.follow();
        assertTrue(runs.get(runs.size() - 1).out().lines().count() >= 3, runs.get(runs.size() - 1)::out);
    }

    private static Path archive(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private String written(String file, String text) {
        try {
            Files.writeString(folder.resolve(file), text);
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int code = Main.run(
                arguments,
                InputStream.nullInputStream(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                System.err);
        assertEquals(0, code);
        return out.toString(StandardCharsets.UTF_8);
    }

    private String templateQuestions() {
        try (Stream<String> lines = Files.lines(folder.resolve("passages.csv"))) {
            return lines.skip(1)
                    .map(line -> line.replace("\"", ""))
                    .map(text -> "{\"anchor\":\"What about " + text.substring(0, text.indexOf(' ', 20))
                            + "?\",\"positive\":\"" + text + "\"}\n")
                    .collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String randomLlama() throws Exception {
        return Path.of(TutorialsIT.class
                        .getClassLoader()
                        .getResource("golden/families/llama")
                        .toURI())
                .toString();
    }

    /** Without a GPU, the commands say so in the words of the page. */
    @Test
    void gpu_followed_trainsOrSaysThatThereIsNone() throws Exception {
        Tutorial page = new Tutorial("gpu", folder);
        if (!FULL) {
            page.with("--methods lsr", "--methods lsr --examples 60 --epochs 1 --head-steps 5");
        }
        List<Tutorial.Run> runs = page.tryAll();
        if (runs.get(0).code() != 0) {
            String message = Files.readString(Path.of("docs/tutorials/gpu.md"))
                    .replaceFirst("(?s).*```text\nFAILED  libraries\n(.*?)```.*", "$1")
                    .strip()
                    .replaceAll("\\s+", " ");
            assertTrue(runs.get(0).out().contains(message), runs.get(0)::out);
            assertEquals("error: --device cuda: " + message, runs.get(1).err().strip());
        } else {
            runs.forEach(run -> assertEquals(0, run.code(), run::err));
        }
    }

    @Test
    void adapterPerUser_followed_answersEachReader() throws Exception {
        Tutorial page = new Tutorial("adapter-per-user", folder);
        if (!FULL) {
            page.with("texts, 40)", "texts, 6)")
                    .with("texts, 100)", "texts, 12)")
                    .with("--epochs 5", "--epochs 1 --head-steps 5")
                    .with("--train own.csv", "--train own.csv --epochs 1 --min-rows 12");
        }
        List<Tutorial.Run> runs = page.follow();
        assertTrue(runs.get(2).out().contains("6 keys: 6 trained"), runs.get(2)::out);
        List<String> answers = runs.get(3).out().lines().toList();
        assertEquals(3, answers.size());
        if (FULL) {
            assertTrue(answers.get(0).startsWith("keep\t"), runs.get(3)::out);
            assertTrue(answers.get(1).startsWith("skip\t"), runs.get(3)::out);
        }
    }

    /** Every answer that the page shows, but for its numbers, is the server's. */
    @Test
    void serve_followed_answersTwoTenants() throws Exception {
        Tutorial page = new Tutorial("serve", folder);
        try (PageServer server = new PageServer(folder)) {
            page.with("lsr-adapt serve", command -> server.start(page, command));
            for (String other : List.of("mkdir", "cp", "echo", "cat", "curl")) {
                page.with(other, server::shell);
            }
            List<String> printed = page.follow().stream()
                    .filter(run -> run.command().matches("(?s)curl.*|lsr-adapt serve.*"))
                    .map(Tutorial.Run::out)
                    .toList();
            assertEquals(6, printed.size());
            assertShown(printed.get(0));
            for (int i : new int[] {1, 2, 4}) {
                assertShown(printed.get(i)
                        .replaceFirst("(?s)^.*\"data\":\\[(.*)\\],\"usage.*$", "$1")
                        .replaceFirst("(\"probabilities\":)\\{[^}]*\\}", "$1{…}")
                        .replaceFirst("(\"probs\":)\\[[^]]*\\]", "$1[…]"));
            }
            assertShown(printed.get(3));
            printed.get(5)
                    .lines()
                    .filter(line ->
                            line.matches("lsr_(requests_seconds_count\\{door=\"classify\".*|step_sequences_sum.*)"))
                    .forEach(line -> assertShown(line.replaceFirst(" .*", "")));
        }
    }

    /** A text without its numbers is on the page on serving without its numbers. */
    private static void assertShown(String text) {
        String shown = withoutNumbers(text).strip();
        assertTrue(withoutNumbers(servePage()).contains(shown), () -> "not on the page: " + text);
    }

    private static String servePage() {
        try {
            return Files.readString(Path.of("docs/tutorials/serve.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutNumbers(String text) {
        return text.replaceAll("-?\\d+\\.\\d+(E-?\\d+)?", "#");
    }

    /** The page shows parts of the example project, which the build runs by itself. */
    @Test
    void twoStageRag_showsTheExample() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.list(Path.of("docs/examples/rag/src/main/java/com/example"))) {
            for (Path file : files.toList()) {
                sources.append(Files.readString(file));
            }
        }
        String all = sources.toString().replaceAll("\\s+", " ");
        List<String> blocks = DocumentedJava.blocks(Files.readString(Path.of("docs/tutorials/two-stage-rag.md")));
        assertTrue(blocks.size() >= 3);
        // A comment with an ellipsis, and the brace behind it, stand for what the page leaves out.
        blocks.stream()
                .flatMap(block -> Stream.of(block.split("(?m)^ *// ….*\n}$")))
                .map(part -> part.strip().replaceAll("\\s+", " "))
                .forEach(part -> assertTrue(all.contains(part), part));
    }

    /** The row of LSR, but for the times and parameter counts, is the page's. */
    private static void assertReached(String name, Tutorial.Run run) throws IOException {
        if (FULL) {
            double[] expected = metrics(Files.readString(Path.of("docs/tutorials", name + ".md")));
            double[] actual = metrics(run.out());
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], actual[i], TOLERANCE, run::out);
            }
        }
    }

    private static double[] metrics(String text) {
        Optional<String> row =
                text.lines().filter(line -> line.startsWith("lsr  ")).findFirst();
        return Pattern.compile("\\b[01]\\.\\d{4}\\b")
                .matcher(row.orElseThrow())
                .results()
                .mapToDouble(number -> Double.parseDouble(number.group()))
                .toArray();
    }
}
