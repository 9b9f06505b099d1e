package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.models.Models;
import org.lsradapt.models.TinyModels;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code import} and {@code export} on a model of width 4. */
class InteropIT {

    private static final String QUERY = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_";

    @TempDir
    Path parent;

    private Path model;
    private Path peft;
    private final Map<String, INDArray> tensors = new LinkedHashMap<>();

    @BeforeEach
    void write() throws IOException {
        model = TinyModels.writeBert(Files.createDirectory(parent.resolve("model")), 1);
        peft = Files.createDirectory(parent.resolve("peft"));
        Files.writeString(
                peft.resolve("adapter_config.json"),
                "{\"peft_type\":\"LORA\",\"task_type\":\"SEQ_CLS\","
                        + "\"r\":2,\"lora_alpha\":6,\"target_modules\":[\"query\"]}");
        Random random = new Random(2);
        tensors.put(QUERY + "A.weight", RandomArrays.normal(random, DataType.FLOAT, 2, 4));
        tensors.put(QUERY + "B.weight", RandomArrays.normal(random, DataType.FLOAT, 4, 2));
        tensors.put("base_model.model.classifier.weight", RandomArrays.normal(random, DataType.FLOAT, 2, 4));
        tensors.put("base_model.model.classifier.bias", RandomArrays.normal(random, DataType.FLOAT, 2));
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
    }

    private CommandLineRun runImport(Path from, String... more) {
        return runTaskImport(from, "mood", more);
    }

    private CommandLineRun runTaskImport(Path from, String task, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "import", "--from", from.toString(), "--model", model.toString(), "--task", task, "--max-length", "8"));
        args.addAll(List.of(more));
        return CommandLineRun.of(args.toArray(new String[0]));
    }

    /** Exported as the classifier of one output that it is to PEFT; a reranker again by the task's name. */
    @Test
    void importedForRerank_ranksPassages() throws IOException {
        tensors.put("base_model.model.classifier.weight", RandomArrays.normal(new Random(3), DataType.FLOAT, 1, 4));
        tensors.put("base_model.model.classifier.bias", RandomArrays.normal(new Random(4), DataType.FLOAT, 1));
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        Path ours = parent.resolve("ours");
        runTaskImport(peft, "rerank", "--out", ours.toString()).succeeded();
        Path passages = Files.writeString(parent.resolve("passages.txt"), "world\ncafe\n");
        List<String> lines = CommandLineRun.line("rerank --adapter {} --passages {} --query hello", ours, passages)
                .succeeded()
                .lines();
        assertEquals(2, lines.size(), lines::toString);
        Path again = parent.resolve("again");
        CommandLineRun.line("export --adapter {} --to peft --out {}", ours, again)
                .succeeded();
        runTaskImport(again, "rerank", "--out", parent.resolve("twice").toString())
                .succeeded();
        String shown = CommandLineRun.line("inspect --adapter {}", parent.resolve("twice"))
                .succeeded()
                .out();
        assertTrue(shown.contains("rerank"), shown);
    }

    @Test
    void imported_predictsAndInspects_andExportsTheSameTensors() throws IOException {
        Path ours = parent.resolve("ours");
        runImport(peft, "--labels", "good,bad", "--out", ours.toString()).succeeded();
        List<String> lines = CommandLineRun.line("predict --adapter {} {} cafe", ours, "hello world")
                .succeeded()
                .lines();
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).matches("(good|bad)\t[01]\\.\\d{4}"), lines.get(0));
        String shown =
                CommandLineRun.line("inspect --adapter {}", ours).succeeded().out();
        assertTrue(shown.contains("scaling     3 (= alpha 6 / r 2)\n"), shown);
        assertTrue(shown.contains("adapters 16 + head 10 = 26 trainable parameters"), shown);

        Path back = parent.resolve("back");
        CommandLineRun.line("export --adapter {} --base-name org/tiny --out {}", ours, back)
                .succeeded();
        assertTrue(Files.readString(back.resolve("adapter_config.json")).contains("org/tiny"));
        try (SafeTensors file = SafeTensors.open(back.resolve("adapter_model.safetensors"))) {
            assertEquals(tensors.keySet(), file.names());
            for (String name : file.names()) {
                assertEquals(0, RandomArrays.relativeError(tensors.get(name), file.read(name)));
            }
        }
        Path bare = parent.resolve("bare");
        CommandLineRun.line("export --adapter {} --bare --out {}", ours, bare).succeeded();
        try (SafeTensors file = SafeTensors.open(bare.resolve("adapter_model.safetensors"))) {
            assertEquals(2, file.names().size());
        }
        assertRefused(CommandLineRun.line("export --adapter {} --out {}", ours, bare), "the folder is not empty");
        assertRefused(
                CommandLineRun.line("export --adapter {} --to onnx --out x", ours),
                "unknown format 'onnx', expected one of peft, gguf");
    }

    private static CommandLineRun runExport(Path adapter, Path out, String... more) {
        List<String> args =
                new ArrayList<>(List.of("export", "--adapter", adapter.toString(), "--out", out.toString()));
        args.addAll(List.of(more));
        return CommandLineRun.of(args.toArray(new String[0]));
    }

    @Test
    void exportOnABertWithoutPooler_isOfTheAdaptersAlone() throws IOException {
        Path bare = TinyModels.writeBert(Files.createDirectory(parent.resolve("poolerless")), 1);
        Path weights = bare.resolve("model.safetensors");
        Map<String, INDArray> kept = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(weights)) {
            for (String name : file.names()) {
                if (!name.contains("pooler")) {
                    kept.put(name, file.read(name));
                }
            }
        }
        SafeTensors.write(weights, kept, Map.of());
        Path data = CommandLineRun.writeMrpc(parent.resolve("mrpc"), 8, 4);
        Path run = parent.resolve("run");
        CommandLineRun.line(
                        "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 1 --methods lsr --out "
                                + "{}",
                        bare,
                        data,
                        run)
                .succeeded();
        Path out = parent.resolve("out");
        assertRefused(
                runExport(run.resolve("lsr-1"), out),
                "the base model has no pooler, and the head is on the first token's state itself");
        assertTrue(Files.notExists(out));
        List<String> lines =
                runExport(run.resolve("lsr-1"), out, "--bare").succeeded().lines();
        assertEquals(List.of("adapters alone, for a bare encoder (AutoModel): no head", "written: " + out), lines);

        Path moved = Files.move(bare, parent.resolve("moved"));
        assertRefused(
                runExport(run.resolve("lsr-1"), parent.resolve("no")),
                "cannot tell whether the base model has a pooler, as Hugging Face's classifier does: model '" + bare
                        + "': there is no such folder or file; expected " + Models.description()
                        + "; name it with --model, or omit the head with --bare");
        assertRefused(
                runExport(run.resolve("lsr-1"), parent.resolve("no"), "--model", moved.toString()),
                "the base model has no pooler");
        assertRefused(
                runExport(run.resolve("lsr-1"), parent.resolve("no"), "--model", model.toString()),
                "model " + model + " has fingerprint ");
        assertTrue(Files.notExists(parent.resolve("no")));
    }

    @Test
    void exportWithRobertasHead_needsNoBaseModel() throws IOException {
        Path saved = parent.resolve("saved");
        try (TinyAdapter roberta = TinyAdapter.mixed(SmallModel.ROBERTA)) {
            roberta.save(saved);
        }
        runExport(saved, parent.resolve("out")).succeeded();
    }

    @Test
    void authorsStateDict_isImportedWithItsAlpha() throws IOException {
        Path file = parent.resolve("authors.safetensors");
        Map<String, INDArray> theirs = new LinkedHashMap<>();
        Random random = new Random(3);
        String layer = "bert.encoder.layer.0.attention.self.value.lora_";
        theirs.put(layer + "A1", RandomArrays.normal(random, DataType.FLOAT, 3, 2, 2));
        theirs.put(layer + "A2", RandomArrays.normal(random, DataType.FLOAT, 3, 2, 2));
        theirs.put(layer + "B1", RandomArrays.normal(random, DataType.FLOAT, 3, 2, 2));
        theirs.put(layer + "B2", RandomArrays.normal(random, DataType.FLOAT, 3, 2, 2));
        theirs.put("classifier.weight", tensors.get("base_model.model.classifier.weight"));
        theirs.put("classifier.bias", tensors.get("base_model.model.classifier.bias"));
        SafeTensors.write(file, theirs, Map.of());
        Path ours = parent.resolve("ours");
        runImport(file, "--format", "authors", "--alpha", "5", "--labels", "good,bad", "--out", ours.toString())
                .succeeded();
        String shown =
                CommandLineRun.line("inspect --adapter {}", ours).succeeded().out();
        assertTrue(shown.contains("scaling     2.5"), shown);
        assertTrue(shown.contains("separation rank s 3"), shown);
        CommandLineRun.line("predict --adapter {} hello", ours).succeeded();
        assertRefused(
                runImport(file, "--format", "authors", "--labels", "good,bad", "--out", "x"),
                "--alpha: expected with --format authors, and only there");
    }

    @Test
    void knownTask_bringsItsLabels() throws IOException {
        for (String task : List.of("mrpc", "SST-2")) {
            Path ours = parent.resolve(task);
            String labels = task.equals("mrpc") ? "not_equivalent,equivalent" : "negative,positive";
            assertEquals(
                    List.of("labels: " + labels + ", those of task " + task, "written: " + ours),
                    runTaskImport(peft, task, "--out", ours.toString())
                            .succeeded()
                            .lines());
            String answer = CommandLineRun.line("predict --adapter {} hello", ours)
                    .succeeded()
                    .out();
            assertTrue(List.of(labels.split(",")).contains(answer.split("\t")[0]), answer);
        }
        Path renamed = parent.resolve("renamed");
        runTaskImport(peft, "mrpc", "--labels", "no,yes", "--out", renamed.toString())
                .succeeded();
        String answer = CommandLineRun.line("predict --adapter {} hello", renamed)
                .succeeded()
                .out();
        assertTrue(answer.startsWith("no\t") || answer.startsWith("yes\t"), answer);
    }

    @Test
    void taskThatBringsItsData_refusesAnotherFolder() throws IOException {
        Random random = new Random(4);
        tensors.put("base_model.model.classifier.weight", RandomArrays.normal(random, DataType.FLOAT, 26, 4));
        tensors.put("base_model.model.classifier.bias", RandomArrays.normal(random, DataType.FLOAT, 26));
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        Path glosses = parent.resolve("glosses");
        runTaskImport(peft, "wordnet", "--out", glosses.toString()).succeeded();
        assertRefused(
                CommandLineRun.line("quantize --adapter {} --to int8 --data {}", glosses, parent),
                "task wordnet includes its data, expected no folder");
    }

    @Test
    void knownTask_thatDoesNotFit_isRefused() {
        assertRefused(
                runTaskImport(peft, "stsb", "--out", "x"),
                "the head has 2 outputs, but task stsb has 1, as a regression");
        assertRefused(
                runTaskImport(peft, "wordnet", "--out", "x"), "the head has 2 outputs, but task wordnet has 26: noun.");
        for (String task : List.of("mnli", "mnli-mm", "cb")) {
            assertRefused(
                    runTaskImport(peft, task, "--out", "x"),
                    "--labels: expected with task " + task + ", because Hugging Face's data sets order its"
                            + " labels differently from contradiction,entailment,neutral; list them in the order"
                            + " of the head's outputs");
        }
    }

    @Test
    void whatIsMissingOrDoesNotFit_isAskedFor() throws IOException {
        assertRefused(
                runImport(peft, "--labels", "a,b,c", "--out", "x"),
                "the head has 2 outputs, but task mood has 3: a,b,c (--labels)");
        assertRefused(
                runImport(peft, "--out", "x"),
                "the head has 2 outputs, but task mood has 1, as a regression, unless --labels names classes");
        assertRefused(
                runImport(peft, "--labels", "a", "--out", "x"),
                "task mood: a classification with labels [a], expected at least 2");
        assertRefused(
                CommandLineRun.line(
                        "import --from {} --model {} --task mood --labels a,b --max-length 11 --out x", peft, model),
                "--max-length 11: model " + model + " has positions for 10 tokens");
        CommandLineRun.line(
                        "import --from {} --model {} --task mood --labels a,b --out {}",
                        peft,
                        model,
                        parent.resolve("usual"))
                .succeeded();
        assertEquals(
                10,
                JsonFile.readObject(parent.resolve("usual/adapter_config.json"))
                        .get("max_length")
                        .asInt());
        assertRefused(
                runImport(peft, "--format", "onnx", "--out", "x"), "unknown format 'onnx', expected one of peft,");
        assertRefused(
                runImport(parent.resolve("no"), "--labels", "a,b", "--out", "x"), "there is no such file or folder");
        assertRefused(CommandLineRun.line("import --from {} --out x", peft), "--model");
        tensors.remove("base_model.model.classifier.weight");
        tensors.remove("base_model.model.classifier.bias");
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        assertRefused(runImport(peft, "--labels", "a,b", "--out", "x"), "has no head, which predict needs");
        assertTrue(Files.notExists(Path.of("x")));
    }

    private static void assertRefused(CommandLineRun run, String complaint) {
        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains(complaint), run.err());
    }
}
