package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.transformer.inputs.TokenSequence;

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
        importing(LLAMA.resolve("adapter"), LLAMA, "--max-length 20 --out {}", text)
                .succeeded();
        own = parent.resolve("own");
        importing(
                        GOLDEN.resolve("bert/adapter"),
                        GOLDEN.resolve("bert"),
                        "--task mood --labels a,b,c --max-length 20 --out {}",
                        own)
                .succeeded();
    }

    private static CommandLineRun importing(Path from, Path model, String more, Object... values) {
        return CommandLineRun.of(
                CommandLineRun.arguments("import --from {} --model {}", from, model),
                CommandLineRun.arguments(more, values));
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
            assertEquals(new TextDescription("text"), saved.card().orElseThrow().task());
            assertEquals("llama", saved.card().orElseThrow().modelType());
        }
        Path out = parent.resolve("peft");
        succeed("export --adapter {} --base-name org/base --out {}", text, out);
        assertTrue(Files.readString(out.resolve("adapter_config.json")).contains("\"task_type\" : \"CAUSAL_LM\""));
        try (SafeTensors expected = SafeTensors.open(LLAMA.resolve("adapter/adapter_model.safetensors"));
                SafeTensors found = SafeTensors.open(out.resolve("adapter_model.safetensors"))) {
            assertEquals(expected.names(), found.names());
        }
    }

    @Test
    void inspect_showsItsTask() {
        String out = succeed("inspect --adapter {}", text).out();
        assertTrue(out.contains("task        text, text, at most 20 tokens"), out);
        assertTrue(out.contains("head 0 ="), out);
    }

    @Test
    void merge_writesALanguageModel_thatPredictsTheSame() throws IOException {
        Path out = parent.resolve("merged");
        CommandLineRun run = succeed("merge --adapter {} --out {}", text, out);
        run.says(" adapted layers into " + LLAMA + ", f32, language model: ");
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
        List<String> lines =
                succeed("convert --adapter {} --s 4 --out {}", text, converted).lines();
        assertTrue(lines.get(0).endsWith("largest error"), lines.get(0));
        assertTrue(lines.contains(note), lines.toString());
        Path lsr = converted.resolve("s4");
        Path reduced = parent.resolve("reduced");
        succeed("reduce --adapter {} --s 2 --out {}", lsr, reduced);
        Path small = parent.resolve("small");
        succeed("quantize --adapter {} --to int8 --out {}", reduced.resolve("s2"), small);
        double[][] losses = losses(small.resolve("int8"));
        assertTrue(losses[0][0] > 0 && losses[0][1] == 4, losses[0][0] + " over " + losses[0][1]);
        assertRefused(
                "--data .: the adapter's task text (text) has no official files; expected --dev FILE with"
                        + " your own data, or an adapter of one of wordnet",
                "quantize --adapter {} --data .",
                text);
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
        succeed(
                "finetune --model {} --task text --train {} --max-length 8 --epochs 1 --methods "
                        + "lora:2,lsr --out {}",
                model,
                train,
                run);
        String lora = run.resolve("lora-r2-1").toString();
        String lsr = run.resolve("lsr-1").toString();
        assertTrue(
                Files.exists(Path.of(lora)) && Files.exists(Path.of(lsr)),
                () -> Arrays.toString(run.toFile().list()));
        String text = succeed("generate --adapter {} --prompt {} --max-tokens 4", lsr, "the sun")
                .out();
        Path merged = parent.resolve("beginless-merged");
        succeed("merge --adapter {} --out {}", lsr, merged);
        assertEquals(
                text,
                succeed("generate --model {} --prompt {} --max-tokens 4", merged, "the sun")
                        .out());
        succeed("reduce --adapter {} --s 2", lsr);
        succeed("quantize --adapter {} --to int8", lsr);
        succeed("convert --adapter {} --s 2", lora);
        succeed("export --adapter {} --base-name org/base --out {}", lsr, parent.resolve("beginless-peft"));
    }

    @Test
    void ownTask_isQuantizedWithoutMetrics_andNotOnFiles() {
        String out = succeed("quantize --adapter {} --to fp16", own).out();
        assertTrue(
                out.contains("no metrics: task mood (classification) has no official data; --dev FILE measures on"
                        + " your own data"),
                out);
        assertRefused(
                "--data .: the adapter's task mood (classification) has no official files; expected --dev FILE",
                "quantize --adapter {} --data .",
                own);
    }

    /** Else its outputs would be taken for those of the known task. */
    @Test
    void ownTask_ofAKnownName_isNotMeasuredOnThatTask() {
        Path folder = parent.resolve("rte");
        importing(
                        GOLDEN.resolve("bert/adapter"),
                        GOLDEN.resolve("bert"),
                        "--task rte --labels a,b,c --max-length 20 --out {}",
                        folder)
                .succeeded();
        String out = succeed("quantize --adapter {} --to fp16", folder).out();
        assertTrue(
                out.contains("no metrics: task rte (classification) has no official data; --dev FILE measures on"
                        + " your own data"),
                out);
    }

    @Test
    void import_whatDoesNotFitText_isRefused() {
        Path adapter = LLAMA.resolve("adapter");
        String out = parent.resolve("none").toString();
        importing(adapter, LLAMA, "--labels a,b --out {}", out)
                .refused("--labels: not expected with an adapter of a language model");
        importing(adapter, LLAMA, "--pairs --out {}", out)
                .refused("--pairs: not expected with an adapter of a language model");
        importing(adapter, GOLDEN.resolve("bert"), "--max-length 20 --out {}", out)
                .refused("adapts layers of 'model.', the model's begin with 'bert.'");
        Path classifier = GOLDEN.resolve("bert/adapter");
        importing(classifier, GOLDEN.resolve("bert"), "--out {}", out)
                .refused("--task: expected the task's name, which is not in the file");
        importing(classifier, GOLDEN.resolve("bert"), "--task text --out {}", out)
                .refused("has a head of 3 outputs, expected the name of a classification or regression");
        assertTrue(Files.notExists(Path.of(out)));
    }
}
