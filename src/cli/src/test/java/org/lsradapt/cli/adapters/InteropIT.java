package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private CommandLineRun runImport(Path from, String more, Object... values) {
        return runTaskImport(from, "mood", more, values);
    }

    private CommandLineRun runTaskImport(Path from, String task, String more, Object... values) {
        return CommandLineRun.of(
                CommandLineRun.arguments("import --from {} --model {} --task {} --max-length 8", from, model, task),
                CommandLineRun.arguments(more, values));
    }

    /** Exported as the classifier of one output that it is to PEFT; a reranker again by the task's name. */
    @Test
    void importedForRerank_ranksPassages() throws IOException {
        tensors.put("base_model.model.classifier.weight", RandomArrays.normal(new Random(3), DataType.FLOAT, 1, 4));
        tensors.put("base_model.model.classifier.bias", RandomArrays.normal(new Random(4), DataType.FLOAT, 1));
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        Path ours = parent.resolve("ours");
        runTaskImport(peft, "rerank", "--out {}", ours).succeeded();
        Path passages = Files.writeString(parent.resolve("passages.txt"), "world\ncafe\n");
        List<String> lines = succeed("rerank --adapter {} --passages {} --query hello", ours, passages)
                .lines();
        assertEquals(2, lines.size(), lines::toString);
        Path again = parent.resolve("again");
        succeed("export --adapter {} --to peft --out {}", ours, again);
        runTaskImport(again, "rerank", "--out {}", parent.resolve("twice")).succeeded();
        String shown = succeed("inspect --adapter {}", parent.resolve("twice")).out();
        assertTrue(shown.contains("rerank"), shown);
    }

    @Test
    void imported_predictsAndInspects_andExportsTheSameTensors() throws IOException {
        Path ours = parent.resolve("ours");
        runImport(peft, "--labels good,bad --out {}", ours).succeeded();
        List<String> lines =
                succeed("predict --adapter {} {} cafe", ours, "hello world").lines();
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).matches("(good|bad)\t[01]\\.\\d{4}"), lines.get(0));
        String shown = succeed("inspect --adapter {}", ours).out();
        assertTrue(shown.contains("scaling     3 (= alpha 6 / r 2)\n"), shown);
        assertTrue(shown.contains("adapters 16 + head 10 = 26 trainable parameters"), shown);

        Path back = parent.resolve("back");
        succeed("export --adapter {} --base-name org/tiny --out {}", ours, back);
        assertTrue(Files.readString(back.resolve("adapter_config.json")).contains("org/tiny"));
        try (SafeTensors file = SafeTensors.open(back.resolve("adapter_model.safetensors"))) {
            assertEquals(tensors.keySet(), file.names());
            for (String name : file.names()) {
                assertEquals(0, RandomArrays.relativeError(tensors.get(name), file.read(name)));
            }
        }
        Path bare = parent.resolve("bare");
        succeed("export --adapter {} --bare --out {}", ours, bare);
        try (SafeTensors file = SafeTensors.open(bare.resolve("adapter_model.safetensors"))) {
            assertEquals(2, file.names().size());
        }
        assertRefused("the folder is not empty", "export --adapter {} --out {}", ours, bare);
        assertRefused(
                "unknown format 'onnx', expected one of peft, gguf", "export --adapter {} --to onnx --out x", ours);
    }

    private static CommandLineRun runExport(Path adapter, Path out, String more, Object... values) {
        return CommandLineRun.of(
                CommandLineRun.arguments("export --adapter {} --out {}", adapter, out),
                CommandLineRun.arguments(more, values));
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
        succeed(
                "finetune --model {} --task mrpc --data {} --max-length 10 --epochs 1 --methods lsr --out " + "{}",
                bare,
                data,
                run);
        Path out = parent.resolve("out");
        runExport(run.resolve("lsr-1"), out, "")
                .refused("the base model has no pooler, and the head is on the first token's state itself");
        assertTrue(Files.notExists(out));
        List<String> lines =
                runExport(run.resolve("lsr-1"), out, "--bare").succeeded().lines();
        assertEquals(List.of("adapters alone, for a bare encoder (AutoModel): no head", "written: " + out), lines);

        Path moved = Files.move(bare, parent.resolve("moved"));
        runExport(run.resolve("lsr-1"), parent.resolve("no"), "")
                .refused("cannot tell whether the base model has a pooler, as Hugging Face's classifier does: model '"
                        + bare
                        + "': there is no such folder or file; expected " + Models.description()
                        + "; name it with --model, or omit the head with --bare");
        runExport(run.resolve("lsr-1"), parent.resolve("no"), "--model {}", moved)
                .refused("the base model has no pooler");
        runExport(run.resolve("lsr-1"), parent.resolve("no"), "--model {}", model)
                .refused("model " + model + " has fingerprint ");
        assertTrue(Files.notExists(parent.resolve("no")));
    }

    @Test
    void exportWithRobertasHead_needsNoBaseModel() throws IOException {
        Path saved = parent.resolve("saved");
        try (TinyAdapter roberta = TinyAdapter.mixed(SmallModel.ROBERTA)) {
            roberta.save(saved);
        }
        runExport(saved, parent.resolve("out"), "").succeeded();
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
        runImport(file, "--format authors --alpha 5 --labels good,bad --out {}", ours)
                .succeeded();
        String shown = succeed("inspect --adapter {}", ours).out();
        assertTrue(shown.contains("scaling     2.5"), shown);
        assertTrue(shown.contains("separation rank s 3"), shown);
        succeed("predict --adapter {} hello", ours);
        runImport(file, "--format authors --labels good,bad --out x")
                .refused("--alpha: expected with --format authors, and only there");
    }

    @Test
    void knownTask_bringsItsLabels() throws IOException {
        for (String task : List.of("mrpc", "SST-2")) {
            Path ours = parent.resolve(task);
            String labels = task.equals("mrpc") ? "not_equivalent,equivalent" : "negative,positive";
            assertEquals(
                    List.of("labels: " + labels + ", those of task " + task, "written: " + ours),
                    runTaskImport(peft, task, "--out {}", ours).succeeded().lines());
            String answer = succeed("predict --adapter {} hello", ours).out();
            assertTrue(List.of(labels.split(",")).contains(answer.split("\t")[0]), answer);
        }
        Path renamed = parent.resolve("renamed");
        runTaskImport(peft, "mrpc", "--labels no,yes --out {}", renamed).succeeded();
        String answer = succeed("predict --adapter {} hello", renamed).out();
        assertTrue(answer.startsWith("no\t") || answer.startsWith("yes\t"), answer);
    }

    @Test
    void taskThatBringsItsData_refusesAnotherFolder() throws IOException {
        Random random = new Random(4);
        tensors.put("base_model.model.classifier.weight", RandomArrays.normal(random, DataType.FLOAT, 26, 4));
        tensors.put("base_model.model.classifier.bias", RandomArrays.normal(random, DataType.FLOAT, 26));
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        Path glosses = parent.resolve("glosses");
        runTaskImport(peft, "wordnet", "--out {}", glosses).succeeded();
        assertRefused(
                "task wordnet includes its data, expected no folder",
                "quantize --adapter {} --to int8 --data {}",
                glosses,
                parent);
    }

    @Test
    void knownTask_thatDoesNotFit_isRefused() {
        runTaskImport(peft, "stsb", "--out x").refused("the head has 2 outputs, but task stsb has 1, as a regression");
        runTaskImport(peft, "wordnet", "--out x").refused("the head has 2 outputs, but task wordnet has 26: noun.");
        for (String task : List.of("mnli", "mnli-mm", "cb")) {
            runTaskImport(peft, task, "--out x")
                    .refused("--labels: expected with task " + task + ", because Hugging Face's data sets order its"
                            + " labels differently from contradiction,entailment,neutral; list them in the order"
                            + " of the head's outputs");
        }
    }

    @Test
    void whatIsMissingOrDoesNotFit_isAskedFor() throws IOException {
        runImport(peft, "--labels a,b,c --out x")
                .refused("the head has 2 outputs, but task mood has 3: a,b,c (--labels)");
        runImport(peft, "--out x")
                .refused("the head has 2 outputs, but task mood has 1, as a regression, unless --labels names classes");
        runImport(peft, "--labels a --out x")
                .refused("task mood: a classification with labels [a], expected at least 2");
        assertRefused(
                "--max-length 11: model " + model + " has positions for 10 tokens",
                "import --from {} --model {} --task mood --labels a,b --max-length 11 --out x",
                peft,
                model);
        succeed("import --from {} --model {} --task mood --labels a,b --out {}", peft, model, parent.resolve("usual"));
        assertEquals(
                10,
                JsonFile.readObject(parent.resolve("usual/adapter_config.json"))
                        .get("max_length")
                        .asInt());
        runImport(peft, "--format onnx --out x").refused("unknown format 'onnx', expected one of peft,");
        runImport(parent.resolve("no"), "--labels a,b --out x").refused("there is no such file or folder");
        assertRefused("--model", "import --from {} --out x", peft);
        tensors.remove("base_model.model.classifier.weight");
        tensors.remove("base_model.model.classifier.bias");
        SafeTensors.write(peft.resolve("adapter_model.safetensors"), tensors, Map.of());
        runImport(peft, "--labels a,b --out x").refused("has no head, which predict needs");
        assertTrue(Files.notExists(Path.of("x")));
    }
}
