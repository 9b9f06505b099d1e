package org.lsradapt.cli.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;

/** From pairs of one's own to a reranker and what others load of it, by commands alone. */
class RerankCommandsIT {
    private static final String[] QUERIES = {"the sun", "the rain", "a smile", "the film", "and the", "a cold film"};
    private static final String[] ANSWERS = {
        "is cold", "is warm", "and and", "rain and sun", "smile the sun", "the the smile"
    };

    @TempDir
    Path parent;

    private static String model() throws URISyntaxException {
        return Path.of(RerankCommandsIT.class
                        .getResource("/golden/families/bert")
                        .toURI())
                .toString();
    }

    private String file(String name) {
        return parent.resolve(name).toString();
    }

    private Path pairs() throws IOException {
        StringBuilder rows = new StringBuilder("question,answer\n");
        for (int i = 0; i < QUERIES.length; i++) {
            rows.append(QUERIES[i]).append(',').append(ANSWERS[i]).append('\n');
        }
        return Files.writeString(parent.resolve("pairs.csv"), rows);
    }

    private CommandLineRun finetune(String options, Object... values) throws URISyntaxException {
        return CommandLineRun.of(
                CommandLineRun.arguments(
                        "finetune --model {} --task rerank --out {} --lr 0.004 --head-lr 0.01 --r 4 --targets all-linear",
                        model(),
                        file("run")),
                CommandLineRun.arguments(options, values));
    }

    private static CommandLineRun run(String line, Object... values) {
        return succeed(line, values);
    }

    @Test
    void pairs_becomeNegatives_areLearned_andUsedElsewhere() throws Exception {
        CommandLineRun mined = run(
                "mine-negatives --model {} --train {} --anchor question --positive answer --negatives 4" + " --out {}",
                model(),
                pairs(),
                file("mined.jsonl"));
        assertTrue(mined.out().startsWith("6 queries, 24 negatives; mean cosine of positives "), mined.out());
        mined.says("30 rows: ");
        finetune(
                        "--train {} --dev {} --query question --loss listwise --batch 2 --epochs 30 --first-stage {}"
                                + " --candidates 6",
                        file("mined.jsonl"),
                        file("mined.jsonl"),
                        model())
                .succeeded();
        JsonNode metrics = JsonFile.readObject(parent.resolve("run/metrics.json"));
        double first = metrics.at("/first_stage_metrics/ndcg@10").asDouble();
        double adapted = metrics.at("/results/0/metrics/ndcg@10").asDouble();
        assertEquals(
                adapted == 1 ? 0 : 2, metrics.at("/results/0/intervals/ndcg@10").size(), metrics::toPrettyString);
        assertTrue(adapted > first + 0.2, adapted + " after " + first);
        String report = Files.readString(parent.resolve("run/report.md"));
        assertTrue(report.contains("The first stage is the order of the candidates"), report);

        Files.write(parent.resolve("passages.txt"), List.of(ANSWERS));
        String adapter = file("run/lsr-1");
        List<String> ranked = run(
                        "rerank --adapter {} --query {} --passages {} --top 6",
                        adapter,
                        "the sun",
                        file("passages.txt"))
                .lines();
        assertEquals(6, ranked.size());
        List<Double> printed =
                ranked.stream().map(line -> Double.valueOf(line.split("\t")[0])).toList();
        assertEquals(printed.stream().sorted((a, b) -> Double.compare(b, a)).toList(), printed);
        assertEquals(
                ranked.get(0).split("\t")[0],
                run(
                                "predict --adapter {} {}",
                                adapter,
                                "the sun\t" + ranked.get(0).split("\t")[1])
                        .out()
                        .strip());
        assertTrue(run("inspect --adapter {}", adapter).out().contains("rerank, reranking, pairs of texts"));

        run("merge --adapter {} --out {}", adapter, file("merged"));
        assertEquals(
                ranked,
                run("rerank --model {} --query {} --passages {}", file("merged"), "the sun", file("passages.txt"))
                        .lines());
        assertRefused(
                "has 30 inputs; INT4 is in blocks of 32",
                "rerank --model {} --base-precision int4 --query sun --passages {}",
                file("merged"),
                file("passages.txt"));
        assertEquals(
                "torch.nn.modules.linear.Identity",
                JsonFile.readObject(parent.resolve("merged/config.json"))
                        .at("/sentence_transformers/activation_fn")
                        .asText());
        run("export --adapter {} --out {} --to peft", adapter, file("exported"));
        assertEquals(
                "SEQ_CLS",
                JsonFile.readObject(parent.resolve("exported/adapter_config.json"))
                        .get("task_type")
                        .asText());
        // The merged cross-encoder is where another training begins, and a row of the comparison.
        finetuneFurther();
        compareWithPython(ranked);
    }

    private void finetuneFurther() throws IOException {
        CommandLineRun further = CommandLineRun.line(
                "finetune --model {} --task rerank --train {} --dev {} --query question --epochs 1 --out " + "{}",
                file("merged"),
                file("mined.jsonl"),
                file("mined.jsonl"),
                file("further"));
        further.succeeded();
        further.says("without steps of the head alone");
        JsonNode metrics = JsonFile.readObject(parent.resolve("further/metrics.json"));
        assertTrue(metrics.at("/base_metrics/ndcg@10").asDouble() > 0.6, metrics.toString());
    }

    /** With a Python that has sentence-transformers and PEFT. */
    private void compareWithPython(List<String> ranked) throws Exception {
        String python = System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", ""));
        assumeTrue(!python.isEmpty(), "no Python with sentence-transformers is named; -Dlsr.python=PYTHON does it");
        ObjectMapper json = new ObjectMapper();
        List<List<String>> asked = ranked.stream()
                .map(line -> List.of("the sun", line.split("\t")[1]))
                .toList();
        json.writeValue(
                parent.resolve("job.json").toFile(),
                Map.of("merged", file("merged"), "base", model(), "exported", file("exported"), "pairs", asked));
        Process process = new ProcessBuilder(
                        python,
                        "src/transformers/src/test/resources/cross_encoder.py",
                        file("job.json"),
                        file("result.json"))
                .redirectErrorStream(true)
                .redirectOutput(parent.resolve("log").toFile())
                .start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertTrue(ended && process.exitValue() == 0, Files.readString(parent.resolve("log")));
        JsonNode theirs = json.readTree(parent.resolve("result.json").toFile());
        for (int i = 0; i < ranked.size(); i++) {
            double ours = Double.parseDouble(ranked.get(i).split("\t")[0]);
            // Four decimals are printed.
            assertEquals(ours, theirs.get("cross_encoder").get(i).asDouble(), 6e-5);
            assertEquals(ours, theirs.get("peft").get(i).asDouble(), 6e-5);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--loss best|unknown loss 'best', expected one of binary, listwise, margin",
                "--loss margin|there are no scores of a teacher",
                "--candidates 5|found --candidates, expected --first-stage as well",
                "--corpus nowhere|found --corpus, expected --first-stage as well",
                "--negative wrong|found --negative, expected --positive as well",
                "--positive answer --passage answer|found --positive together with --passage or --label",
                "--text answer|found --text, expected it with classify",
                "--teacher a --scores label|found --scores together with --teacher",
                "--teacher a --loss listwise|found --loss listwise together with --teacher, expected margin",
                "--teacher a --teacher-share 0.3|found --teacher-share, expected it with classify",
            })
    void optionsThatContradictEachOther_areRefusedBeforeTraining(String options, String message) throws Exception {
        Path train = Files.writeString(
                parent.resolve("t.csv"), "query,passage,label\na smile,the sun,1\na smile,rain,0\nthe sun,rain,1\n");
        finetune("--train {} " + options, train).refused(message);
        assertTrue(Files.notExists(parent.resolve("run")));
    }

    @Test
    void rerank_whatIsNoReranker_isRefused() throws Exception {
        Files.write(parent.resolve("passages.txt"), List.of(ANSWERS));
        assertRefused(
                "no trained head of one output",
                "rerank --model {} --query a --passages {}",
                model(),
                file("passages.txt"));
        assertRefused("expected --adapter FOLDER", "rerank --query a --passages {}", file("passages.txt"));
        assertRefused(
                "expected --train FILE, --data DIR, or --jdbc URL --sql QUERY",
                "mine-negatives --model {} --out {}",
                model(),
                file("x.jsonl"));
    }
}
