package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.NextTokenObjective;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.TokenSequence;

/** What commands do with the adapter of a language model, and with that of a task which finetune does not know. */
class TextAdapterCommandsIT {

    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/families");
    private static final Path LLAMA = GOLDEN.resolve("llama");
    private static final Backend BACKEND = Backends.standard();

    @TempDir
    static Path parent;

    private static Path text;
    private static Path own;

    @BeforeAll
    static void importBoth() {
        text = parent.resolve("text");
        importing(LLAMA.resolve("adapter"), LLAMA, "--max-length", "20", "--out", text.toString())
                .succeeded();
        own = parent.resolve("own");
        importing(
                        GOLDEN.resolve("bert/adapter"),
                        GOLDEN.resolve("bert"),
                        "--task",
                        "mood",
                        "--labels",
                        "a,b,c",
                        "--max-length",
                        "20",
                        "--out",
                        own.toString())
                .succeeded();
    }

    private static CommandLineRun importing(Path from, Path model, String... more) {
        List<String> args = new ArrayList<>(List.of("import", "--from", from.toString(), "--model", model.toString()));
        args.addAll(List.of(more));
        return CommandLineRun.of(args.toArray(new String[0]));
    }

    private static double[][] losses(Path adapter) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(adapter);
                BaseModel base = BaseModel.load(LLAMA.toString());
                RestoredModel restored =
                        RestoredModel.of(saved, base.weights(), "llama", base.fingerprint(), BACKEND)) {
            return restored.predict(sequences());
        }
    }

    private static List<TokenSequence> sequences() {
        return List.of(
                new TokenSequence(new int[] {285, 281, 279, 278, 220}, new int[5]),
                new TokenSequence(new int[] {285, 86, 64}, new int[3]));
    }

    @Test
    void imported_isText_andExportsPeftsOwnTensors() throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(text)) {
            assertEquals(
                    TaskDescription.text("text"), saved.card().orElseThrow().task());
            assertEquals("llama", saved.card().orElseThrow().modelType());
        }
        Path out = parent.resolve("peft");
        CommandLineRun.of("export", "--adapter", text.toString(), "--base-name", "org/base", "--out", out.toString())
                .succeeded();
        assertTrue(Files.readString(out.resolve("adapter_config.json")).contains("\"task_type\" : \"CAUSAL_LM\""));
        try (SafeTensors expected = SafeTensors.open(LLAMA.resolve("adapter/adapter_model.safetensors"));
                SafeTensors found = SafeTensors.open(out.resolve("adapter_model.safetensors"))) {
            assertEquals(expected.names(), found.names());
        }
    }

    @Test
    void inspect_showsItsTask() {
        String out = CommandLineRun.of("inspect", "--adapter", text.toString())
                .succeeded()
                .out();
        assertTrue(out.contains("task        text, text, at most 20 tokens"), out);
        assertTrue(out.contains("head 0 ="), out);
    }

    @Test
    void merge_writesALanguageModel_thatPredictsTheSame() throws IOException {
        Path out = parent.resolve("merged");
        CommandLineRun run = CommandLineRun.of("merge", "--adapter", text.toString(), "--out", out.toString())
                .succeeded();
        assertTrue(run.out().contains(" adapted layers into " + LLAMA + ", f32, language model: "), run.out());
        double[][] expected = losses(text);
        try (BaseModel merged = BaseModel.load(out.toString());
                AdaptedModel model = new AdaptedModel(
                        merged.weights(), new NextTokenObjective(merged.weights(), BACKEND), BACKEND)) {
            double[][] found = model.predict(sequences());
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], found[i], 1e-5 * expected[i][0]);
            }
        }
    }

    @Test
    void convertReduceAndQuantize_workWithoutMetrics() throws IOException {
        Path converted = parent.resolve("converted");
        String note = "no metrics: task text (text) has no official data; --dev FILE measures on your own data";
        List<String> lines = CommandLineRun.of(
                        "convert", "--adapter", text.toString(), "--s", "4", "--out", converted.toString())
                .succeeded()
                .lines();
        assertTrue(lines.get(0).endsWith("largest error"), lines.get(0));
        assertTrue(lines.contains(note), lines.toString());
        Path lsr = converted.resolve("s4");
        Path reduced = parent.resolve("reduced");
        CommandLineRun.of("reduce", "--adapter", lsr.toString(), "--s", "2", "--out", reduced.toString())
                .succeeded();
        Path small = parent.resolve("small");
        CommandLineRun.of(
                        "quantize",
                        "--adapter",
                        reduced.resolve("s2").toString(),
                        "--to",
                        "int8",
                        "--out",
                        small.toString())
                .succeeded();
        double[][] losses = losses(small.resolve("int8"));
        assertTrue(losses[0][0] > 0 && losses[0][1] == 4, losses[0][0] + " over " + losses[0][1]);
        assertRefused(
                "--data x: the adapter's task text (text) has no official files; expected --dev FILE with"
                        + " your own data, or an adapter of one of wordnet",
                CommandLineRun.of("quantize", "--adapter", text.toString(), "--data", "x"));
    }

    @Test
    void aTokenizerThatBeginsNoText_worksInEveryCommand() throws IOException {
        Path model = Files.createDirectory(parent.resolve("beginless"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(LLAMA.resolve(name), model.resolve(name));
        }
        ObjectNode tokenizer = JsonFile.readObject(LLAMA.resolve("tokenizer.json"));
        JsonFile.write(model.resolve("tokenizer.json"), tokenizer.putNull("post_processor"));
        Path train =
                Files.writeString(parent.resolve("train.txt"), "the sun is warm and the rain is cold\n".repeat(20));
        Path run = parent.resolve("run");
        CommandLineRun.of(
                        "finetune",
                        "--model",
                        model.toString(),
                        "--task",
                        "text",
                        "--train",
                        train.toString(),
                        "--max-length",
                        "8",
                        "--epochs",
                        "1",
                        "--methods",
                        "lora:2,lsr",
                        "--out",
                        run.toString())
                .succeeded();
        String lora = run.resolve("lora-r2-1").toString();
        String lsr = run.resolve("lsr-1").toString();
        assertTrue(
                Files.exists(Path.of(lora)) && Files.exists(Path.of(lsr)),
                () -> Arrays.toString(run.toFile().list()));
        String text = CommandLineRun.of("generate", "--adapter", lsr, "--prompt", "the sun", "--max-tokens", "4")
                .succeeded()
                .out();
        Path merged = parent.resolve("beginless-merged");
        CommandLineRun.of("merge", "--adapter", lsr, "--out", merged.toString()).succeeded();
        assertEquals(
                text,
                CommandLineRun.of("generate", "--model", merged.toString(), "--prompt", "the sun", "--max-tokens", "4")
                        .succeeded()
                        .out());
        CommandLineRun.of("reduce", "--adapter", lsr, "--s", "2").succeeded();
        CommandLineRun.of("quantize", "--adapter", lsr, "--to", "int8").succeeded();
        CommandLineRun.of("convert", "--adapter", lora, "--s", "2").succeeded();
        CommandLineRun.of(
                        "export",
                        "--adapter",
                        lsr,
                        "--base-name",
                        "org/base",
                        "--out",
                        parent.resolve("beginless-peft").toString())
                .succeeded();
    }

    @Test
    void ownTask_isQuantizedWithoutMetrics_andNotOnFiles() {
        String out = CommandLineRun.of("quantize", "--adapter", own.toString(), "--to", "fp16")
                .succeeded()
                .out();
        assertTrue(
                out.contains("no metrics: task mood (classification) has no official data; --dev FILE measures on"
                        + " your own data"),
                out);
        assertRefused(
                "--data x: the adapter's task mood (classification) has no official files; expected --dev FILE",
                CommandLineRun.of("quantize", "--adapter", own.toString(), "--data", "x"));
    }

    /** Else its outputs would be taken for those of the known task. */
    @Test
    void ownTask_ofAKnownName_isNotMeasuredOnThatTask() {
        Path folder = parent.resolve("rte");
        importing(
                        GOLDEN.resolve("bert/adapter"),
                        GOLDEN.resolve("bert"),
                        "--task",
                        "rte",
                        "--labels",
                        "a,b,c",
                        "--max-length",
                        "20",
                        "--out",
                        folder.toString())
                .succeeded();
        String out = CommandLineRun.of("quantize", "--adapter", folder.toString(), "--to", "fp16")
                .succeeded()
                .out();
        assertTrue(
                out.contains("no metrics: task rte (classification) has no official data; --dev FILE measures on"
                        + " your own data"),
                out);
    }

    @Test
    void import_whatDoesNotFitText_isRefused() {
        Path adapter = LLAMA.resolve("adapter");
        String out = parent.resolve("none").toString();
        assertRefused(
                "--labels: not expected with an adapter of a language model",
                importing(adapter, LLAMA, "--labels", "a,b", "--out", out));
        assertRefused(
                "--pairs: not expected with an adapter of a language model",
                importing(adapter, LLAMA, "--pairs", "--out", out));
        assertRefused(
                "adapts layers of 'model.', the model's begin with 'bert.'",
                importing(adapter, GOLDEN.resolve("bert"), "--max-length", "20", "--out", out));
        Path classifier = GOLDEN.resolve("bert/adapter");
        assertRefused(
                "--task: expected the task's name, which is not in the file",
                importing(classifier, GOLDEN.resolve("bert"), "--out", out));
        assertRefused(
                "has a head of 3 outputs, expected the name of a classification or regression",
                importing(classifier, GOLDEN.resolve("bert"), "--task", "text", "--out", out));
        assertTrue(Files.notExists(Path.of(out)));
    }

    private static void assertRefused(String complaint, CommandLineRun run) {
        assertEquals(2, run.code(), run.out() + run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains(complaint), run.err());
    }
}
