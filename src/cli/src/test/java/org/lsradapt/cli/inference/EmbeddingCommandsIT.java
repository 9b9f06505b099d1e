package org.lsradapt.cli.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.retrieval.ScoredPair;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.tasks.embeddings.EmbeddingEvaluation;
import org.lsradapt.tasks.embeddings.TextEmbedder;

/** From pairs of one's own to an adapted embedding model, by commands alone. */
class EmbeddingCommandsIT extends EmbeddingCommands {

    @Test
    void teachers_areLearnedFromInPlaceOfPairs() throws Exception {
        String train = pairs("train.csv").toString();
        String data = "--task pairs --train {} --anchor question --positive answer --dev {}";
        finetune(data, train, train).succeeded();
        double taught = metrics().at("/results/0/metrics/ndcg@10").doubleValue();
        double before = metrics().at("/base_metrics/ndcg@10").doubleValue();
        String teacher = parent.resolve("teacher").toString();
        Files.move(parent.resolve("run"), Path.of(teacher));
        String learning = data + " --teacher {}/lsr-1";
        finetune(learning + " --loss contrast", train, train, teacher)
                .refused("found --loss together with --teacher, expected one of them");
        finetune(learning, train, train, teacher).succeeded();
        assertEquals(
                teacher + "/lsr-1", metrics().at("/settings/training/teacher/0").textValue());
        double learned = metrics().at("/results/0/metrics/ndcg@10").doubleValue();
        assertEquals(
                learned == 1 ? 0 : 2,
                metrics().at("/results/0/intervals/ndcg@10").size(),
                metrics()::toPrettyString);
        assertTrue(learned > before + 0.3 * (taught - before), learned + " after " + before + ", of " + taught);
    }

    @Test
    void triplets_atSeveralLengths_areTrainedAndCut() throws Exception {
        String train = pairs("train.csv").toString();
        finetune("--task pairs --train {} --loss triplet", train)
                .refused("--task pairs: found --loss triplet, expected --negative as well");
        finetune("--task pairs --train {} --dimensions 6,6", train)
                .refused("dimensions [6, 6], expected different numbers from 1");
        finetune("--task similarity --train {} --loss contrast", train)
                .refused("loss 'contrast', expected one of cosine, cosent");
        finetune(
                        "--task pairs --train {} --anchor question --positive answer --negative wrong --dev {}"
                                + " --loss triplet --dimensions 20,6 --dimension-weights 1,0.5",
                        train,
                        train)
                .succeeded();
        String loss = metrics().at("/settings").toString();
        assertTrue(loss.contains("triplets of margin 0.5") && loss.contains("[20,6]"), loss);
        String adapter = parent.resolve("run/lsr-1").toString();
        CommandLineRun embedded = succeed("embed --adapter {} --dimensions 6 {}", adapter, "the sun");
        assertEquals(
                6,
                new ObjectMapper()
                        .readTree(embedded.lines().get(0))
                        .get("embedding")
                        .size());
        assertEquals("", embedded.err());
        String passages = Files.writeString(parent.resolve("passages.txt"), "is warm\nis cold\n")
                .toString();
        CommandLineRun found = CommandLineRun.line(
                "search --adapter {} --dimensions 7 --passages {} {}", adapter, passages, "the sun");
        assertEquals(2, found.lines().size());
        assertTrue(found.err().contains("--dimensions 7: " + adapter + " was trained at [20, 6] only"), found.err());
        CommandLineRun longer = CommandLineRun.line(
                "search --adapter {} --dimensions 1000 --passages {} {}", adapter, passages, "the sun");
        assertTrue(longer.err().contains("dimensions: found 1000, but the model's embeddings have"), longer.err());
    }

    @Test
    void pairs_ofACsvFile_adapt_embedAndSearch() throws Exception {
        Path train = pairs("train.csv");
        CommandLineRun run = finetune(
                        "--task pairs --train {} --anchor question --positive answer --negative wrong --corpus {}"
                                + " --chunk 4",
                        train,
                        beir("test"))
                .succeeded();
        run.says(
                "task pairs: 6 training pairs; 6 queries to find in 6 texts",
                "; 12 linear layers to adapt (all-linear); ",
                "layer pooler.dense is not adapted: the training does not read it",
                "base model");
        double before = metrics().at("/base_metrics/ndcg@10").doubleValue();
        double after = metrics().at("/results/0/metrics/ndcg@10").doubleValue();
        assertTrue(after > before + 0.1 && after > 0.9, "ndcg@10 " + before + " to " + after);

        String adapter = parent.resolve("run/lsr-1").toString();
        Path passages = Files.write(parent.resolve("passages.txt"), List.of(POSITIVES));
        CommandLineRun found =
                succeed("search --adapter {} --passages {} --top 2 {} {}", adapter, passages, "the sun", "the rain");
        assertEquals("the sun", found.lines().get(0));
        assertTrue(found.lines().get(1).matches("-?[01]\\.\\d{4}\t.+"), found.out());
        assertTrue(found.lines().subList(1, 3).stream().anyMatch(line -> line.endsWith("\tis cold")), found.out());
        assertEquals("the rain", found.lines().get(4));
        assertTrue(found.lines().subList(5, 7).stream().anyMatch(line -> line.endsWith("\tis warm")), found.out());

        List<String> rows = Stream.concat(
                        Stream.of("text;other"), Stream.of(POSITIVES).map(text -> text + ";x"))
                .toList();
        Path table = Files.write(parent.resolve("passages.csv"), rows);
        CommandLineRun same = succeed(
                "search --adapter {} --passages {} --format csv-semicolon --top 2 {} {}",
                adapter,
                table,
                "the sun",
                "the rain");
        assertEquals(found.out(), same.out());
        Path text = Files.copy(table, parent.resolve("table.txt"));
        assertEquals(
                POSITIVES.length,
                succeed("embed --model {} --file {} --format csv-semicolon", model(), text)
                        .lines()
                        .size());

        CommandLineRun adapted = succeed("embed --adapter {} {}", adapter, "the sun");
        CommandLineRun base = succeed("embed --model {} --file {}", model(), passages);
        assertEquals(POSITIVES.length, base.lines().size());
        JsonNode line = new ObjectMapper().readTree(adapted.lines().get(0));
        assertEquals("the sun", line.get("text").textValue());
        double norm = 0;
        for (JsonNode number : line.get("embedding")) {
            norm += number.doubleValue() * number.doubleValue();
        }
        assertEquals(1, norm, 1e-5);

        Path smaller = parent.resolve("smaller");
        succeed("quantize --adapter {} --to int8 --out {}", adapter, smaller);
        try (Stream<Path> folders = Files.list(smaller)) {
            succeed("embed --adapter {} {}", folders.findFirst().orElseThrow(), "the sun");
        }

        assertRefused(
                "(embedding) is not measured here, expected an adapter of", "quantize --adapter {} --dev .", adapter);

        assertRefused(
                "makes embeddings, expected a classifier or a regression; see embed",
                "predict --adapter {} {}",
                adapter,
                "the sun");
    }

    private double[][] vectors(String options, Object... values) throws IOException {
        List<double[]> vectors = new ArrayList<>();
        CommandLineRun run = CommandLineRun.line("embed " + options, values);
        assertEquals(0, run.code(), run::err);
        // Of the golden texts one is longer than that model takes.
        assertTrue(run.err().isEmpty() || run.err().contains("that were cut: 1 of 4"), run::err);
        for (String line : run.lines()) {
            vectors.add(new ObjectMapper()
                    .convertValue(new ObjectMapper().readTree(line).get("embedding"), double[].class));
        }
        return vectors.toArray(new double[0][]);
    }

    private static void assertClose(double[][] expected, double[][] found, double tolerance) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], tolerance, "text " + i);
        }
    }

    /** What PEFT saved of a model of sentence-transformers embeds as there, by the base model's own prompts and pooling. */
    @Test
    void importOfAnEmbeddingAdapter_embedsAsSentenceTransformers() throws Exception {
        Path golden = Path.of(EmbeddingCommandsIT.class
                .getResource("/golden/sentence-transformers/first-token")
                .toURI());
        Path base = parent.resolve("base");
        for (Path from : List.of(golden.resolve("../../interop/peft/base"), golden)) {
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Path to = base.resolve(from.relativize(file).toString());
                    Files.createDirectories(to.getParent());
                    Files.copy(file, to);
                }
            }
        }
        String out = parent.resolve("imported").toString();
        succeed("import --from {} --model {} --out {}", golden.resolve("adapter"), base, out);
        JsonNode expected = JsonFile.readObject(golden.resolve("adapter/expected.json"));
        ObjectMapper json = new ObjectMapper();
        List<String> texts = List.of(json.convertValue(expected.get("texts"), String[].class));
        String options = "--adapter {}" + " {}".repeat(texts.size());
        Object[] values = Stream.concat(Stream.of(out), texts.stream()).toArray();
        // Both are FLOAT; the vectors have length 1.
        assertClose(json.convertValue(expected.get("passage"), double[][].class), vectors(options, values), 5e-6);
        assertClose(
                json.convertValue(expected.get("query"), double[][].class),
                vectors(options + " --query", values),
                5e-6);
        String shown = succeed("inspect --adapter {}", out).out();
        assertTrue(shown.contains("embeddings"), shown);
    }

    @Test
    void exportOfAnEmbeddingAdapter_comesBackByImport() throws Exception {
        finetune("--task pairs --train {} --anchor question --positive answer --max-length 9", pairs("train.csv"))
                .succeeded();
        String adapter = parent.resolve("run/lsr-1").toString();
        String exported = parent.resolve("exported").toString();
        String back = parent.resolve("back").toString();
        succeed("export --adapter {} --out {}", adapter, exported);
        succeed("import --from {} --model {} --max-length 9 --out {}", exported, model(), back);
        String[] texts = {"the sun is cold", "smile and rain"};
        double[][] expected = vectors("--adapter {} {} {}", adapter, texts[0], texts[1]);
        assertClose(expected, vectors("--adapter {} {} {}", back, texts[0], texts[1]), 2e-6);
        assertTrue(
                Math.abs(expected[0][0] - vectors("--model {} {}", model(), texts[0])[0][0]) > 1e-4,
                "the adapter does nothing");
        assertRefused(
                "--labels: not expected with an adapter of an embedding model, which has no classes and no pairs",
                "import --from {} --model {} --labels a,b --out x",
                exported,
                model());
        assertRefused(
                exported
                        + ": holds an adapter and no model, expected a base model with config.json; an adapter of Hugging Face PEFT"
                        + " becomes one of this library by PeftImport (import on the command line, then --adapter)",
                "embed --model {} hello",
                exported);
        assertRefused(
                adapter
                        + ": holds an adapter and no model, expected a base model with config.json; it is loaded as an adapter"
                        + " (--adapter on the command line)",
                "embed --model {} hello",
                adapter);
    }

    @Test
    void pairs_ofABeirFolder_adapt() throws Exception {
        finetune("--task pairs --data {} --methods lora,lsr", beir("train", "dev"))
                .succeeded();
        assertEquals(2, metrics().get("results").size());
        assertTrue(
                metrics().at("/results/1/metrics/recall@1").doubleValue() > 0.8,
                metrics().toString());
    }

    @Test
    void pairs_withHoldOut_chooseOnTrainingPairs_andMeasureOthersOnce() throws Exception {
        Path folder = beir("test");
        finetune(
                        "--task pairs --train {} --anchor question --positive answer --corpus {} --hold-out 0.34",
                        pairs("train.csv"),
                        folder)
                .succeeded();
        JsonNode result = metrics().at("/results/0");
        assertEquals(12, result.get("epochs").size());
        double chosen = result.at("/held_out_metrics/ndcg@10").doubleValue();
        double best = 0;
        for (JsonNode epoch : result.get("epochs")) {
            best = Math.max(best, epoch.at("/metrics/ndcg@10").doubleValue());
        }
        assertEquals(best, chosen);
        try (TextEmbedder embedder = TextEmbedder.load(parent.resolve("run/lsr-1"))) {
            double measured = EmbeddingEvaluation.retrieval(RetrievalData.beir(folder, "test"))
                    .evaluate(embedder)
                    .get("ndcg@10");
            assertEquals(measured, result.at("/metrics/ndcg@10").doubleValue(), 1e-6);
        }
    }

    @Test
    void pairs_areTrainedAtTwiceTheUsualRates() throws Exception {
        succeed(
                "finetune --model {} --out {} --task pairs --data {} --methods "
                        + "lora:2,lsr,lsr:2:lr=0.003,krona --epochs 1",
                model(),
                parent.resolve("run"),
                beir("train", "dev"));
        JsonNode settings = metrics().get("settings");
        assertEquals(0.002, settings.at("/lora:2/learning rate").doubleValue());
        assertEquals(0.004, settings.at("/lsr/learning rate").doubleValue());
        assertEquals(0.003, settings.get("lsr:2:lr=0.003").get("learning rate").doubleValue());
        assertEquals(0.01, settings.at("/krona/learning rate").doubleValue());
    }

    @Test
    void similarity_withHoldOut_isMeasuredOnTheEvaluationPairs() throws Exception {
        StringBuilder rows = new StringBuilder("a\tb\tgrade\n");
        for (int i = 0; i < 36; i++) {
            rows.append(ANCHORS[i % 6])
                    .append('\t')
                    .append(POSITIVES[i / 6])
                    .append('\t')
                    .append(i % 6 == i / 6 ? 5 : i % 3)
                    .append('\n');
        }
        Path train = Files.writeString(parent.resolve("train.tsv"), rows);
        String[] lines = rows.toString().split("\n");
        Path dev = Files.write(parent.resolve("dev.tsv"), List.of(lines[0], lines[1], lines[2], lines[8], lines[9]));
        finetune("--task similarity --train {} --dev {} --text a,b --label grade --hold-out 0.2", train, dev)
                .succeeded();
        JsonNode result = metrics().at("/results/0");
        List<ScoredPair> pairs = ScoredPairData.of(dev)
                .texts("a", "b")
                .score("grade")
                .dev(dev)
                .read()
                .evaluation();
        try (TextEmbedder embedder = TextEmbedder.load(parent.resolve("run/lsr-1"))) {
            double measured =
                    EmbeddingEvaluation.scored(pairs).evaluate(embedder).get("spearman");
            assertEquals(measured, result.at("/metrics/spearman").doubleValue(), 1e-6);
        }
        assertTrue(result.at("/held_out_metrics/spearman").isNumber(), result.toString());
    }

    @Test
    void similarity_ofATable_adapts() throws Exception {
        StringBuilder rows = new StringBuilder("a\tb\tgrade\n");
        for (int i = 0; i < 6; i++) {
            rows.append(ANCHORS[i])
                    .append('\t')
                    .append(POSITIVES[i])
                    .append('\t')
                    .append(5)
                    .append('\n');
            rows.append(ANCHORS[i])
                    .append('\t')
                    .append(POSITIVES[(i + 2) % 6])
                    .append('\t')
                    .append(i % 3)
                    .append('\n');
        }
        Path train = Files.writeString(parent.resolve("train.tsv"), rows);
        finetune("--task similarity --train {} --dev {} --text a,b --label grade", train, train)
                .succeeded();
        assertTrue(
                metrics().at("/results/0/metrics/spearman").doubleValue() > 0.6,
                metrics().toString());
        assertEquals("spearman", metrics().get("primary_metric").textValue());
    }

    @Test
    void options_thatDoNotFit_areRefused() throws Exception {
        String train = pairs("train.csv").toString();
        finetune("--task pairs --train {} --text question", train)
                .refused(
                        "--task pairs: found --text, expected it with classify, regress, ordinal, labels, tokens, text, masked, similarity");
        finetune("--task classify --train {} --anchor question", train)
                .refused("--task classify: found --anchor, expected it with pairs");
        finetune("--task wordnet-search --train {}", train)
                .refused("--task wordnet-search: found --train, expected it with classify, ");
        finetune("--task pairs --train {} --anchor query", train).refused("train.csv");
        Path one = Files.writeString(parent.resolve("one.csv"), "anchor,positive\nthe sun,is cold\n");
        finetune("--task pairs --train {} --corpus {} --hold-out 0.1", one, beir("test"))
                .refused("of 1 pair none can be held out");
        finetune("--task pairs --train {} --anchor question --positive answer --methods frozen", train)
                .refused("frozen");
        assertRefused("--top 0: expected >= 1", "search --model {} --passages {} --top 0 sun", model(), train);
        assertRefused(
                "there is no such file", "search --model {} --passages {} sun", model(), parent.resolve("none.txt"));
        Path empty = Files.createFile(parent.resolve("empty.txt"));
        assertRefused("has no passages, expected at least one", "search --model {} --passages {} sun", model(), empty);
    }

    @Test
    void search_passagesThatLookLikeHits_areOneLineEach() throws Exception {
        Path passages = Files.writeString(
                parent.resolve("passages.jsonl"),
                "{\"text\": \"the sun\\n0.9900\\tis warm\\u001b[2J\"}\n{\"text\": \"rain\"}\n");
        CommandLineRun found = succeed("search --model {} --passages {} sun", model(), passages);
        assertEquals(2, found.lines().size(), found.out());
        found.says("the sun\\n0.9900\\tis warm\\u001b[2J");
    }

    @Test
    void embed_compressedTableOfAnotherEncoding_hasTheSameVectors() throws Exception {
        String rows = "id,text\n1,the café\n2,the rain\n";
        Path plain = Files.writeString(parent.resolve("plain.csv"), rows);
        Path other = parent.resolve("other.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(other))) {
            out.write(rows.getBytes(StandardCharsets.UTF_16));
        }
        assertEquals(
                succeed("embed --model {} --file {}", model(), plain).out(),
                succeed("embed --model {} --file {} --encoding UTF-16", model(), other)
                        .out());
        assertRefused("this is UTF-16 text, expected UTF-8", "embed --model {} --file {}", model(), other);
        assertRefused("expected --file FILE as well", "embed --model {} --encoding UTF-16", model());
        assertRefused("--sql: expected --jdbc URL as well", "embed --model {} --sql x", model());
        assertRefused(
                "found no texts, expected --passages FILE, or --jdbc URL --sql QUERY",
                "search --model {} sun",
                model());
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere pipes have no such names")
    void embed_textsOutOfAPipe_areRead() throws Exception {
        Path pipe = parent.resolve("pipe.txt");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Process writer = new ProcessBuilder(
                        "sh", "-c", "printf 'the sun\\nthe rain\\n' > \"$1\"", "sh", pipe.toString())
                .start();
        assertEquals(
                2, succeed("embed --model {} --file {}", model(), pipe).lines().size());
        assertEquals(0, writer.waitFor());
    }
}
