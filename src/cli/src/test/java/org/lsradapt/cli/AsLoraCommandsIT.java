package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.ImportedAdapter;
import org.lsradapt.adapters.peft.PeftImport;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.io.Gguf;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.LoraRank;
import org.lsradapt.lsr.numerics.NearestLora;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code export --as-lora} of HiRA, whose updates have every rank: to GGUF, of fused layers, and of two towers. */
class AsLoraCommandsIT {
    private static final Backend BACKEND = Backends.standard();
    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden");

    @TempDir
    Path parent;

    private Path save(FrozenModel base, TaskDescription task) throws IOException {
        Path folder = parent.resolve("saved");
        try (AdapterSet adapters = AdapterSet.create(base.encoderLayers(), HiraConfig.of(2), BACKEND)) {
            adapters.values().assign(RandomArrays.normal(new Random(6), DataType.FLOAT, adapters.parameterCount()));
            AdapterCard card =
                    new AdapterCard(base.name(), base.modelType(), base.fingerprint(), task, base.maxLength());
            AdapterFolder.save(folder, card, adapters);
        }
        return folder;
    }

    private static double relativeError(INDArray exact, INDArray found) {
        return found.sub(exact).norm2Number().doubleValue()
                / exact.norm2Number().doubleValue();
    }

    /** Each tensor has its own rank, by which llama.cpp divides the file's α. */
    @Test
    void gguf_hasTheUpdatesWithinTheirErrors() throws IOException {
        Path saved;
        Path out = parent.resolve("out");
        try (BaseModel base = BaseModel.load(GOLDEN.resolve("gguf/qwen3").toString())) {
            saved = save(base, new TextDescription("poems"));
            succeed("export --adapter {} --as-lora 0.8 --to gguf --out {}", saved, out);
            try (SavedAdapter adapter = AdapterFolder.load(saved);
                    AdapterSet trained = adapter.adapters(base.linearLayers(), BACKEND);
                    NearestLora lora = NearestLora.of(trained, LoraRank.keeping(0.8));
                    Gguf file = Gguf.open(out.resolve("adapter.gguf"))) {
                double alpha = file.metadata().number("adapter.lora.alpha");
                Set<Long> ranks = new HashSet<>();
                file.names().stream()
                        .filter(name -> name.endsWith("lora_a"))
                        .forEach(name -> ranks.add(file.shape(name)[0]));
                assertTrue(ranks.size() > 1, "different ranks: " + ranks);
                for (int i = 0; file.has("blk." + i + ".ffn_down.weight.lora_a"); i++) {
                    INDArray a = file.read("blk." + i + ".ffn_down.weight.lora_a");
                    INDArray b = file.read("blk." + i + ".ffn_down.weight.lora_b");
                    INDArray delta = b.mmul(a).muli(alpha / a.size(0)).transpose();
                    String layer = "layers." + i + ".mlp.down_proj";
                    LayerAdapter expected = lora.adapters().find(layer).orElseThrow();
                    assertTrue(relativeError(expected.deltaWeight(), delta) < 1e-5);
                    double error =
                            relativeError(trained.find(layer).orElseThrow().deltaWeight(), delta);
                    assertTrue(error > 0.01 && error < Math.sqrt(0.2), layer + " " + error);
                }
            }
        }
    }

    @Test
    void fusedLayers_areJoined_andGenerateTheSame() throws IOException {
        Path model = GOLDEN.resolve("gguf/phi3");
        Path saved;
        try (BaseModel base = BaseModel.load(model.toString())) {
            saved = save(base, new TextDescription("poems"));
        }
        assertRefused(
                "have several of its layers as one",
                "export --adapter {} --to peft --out {}",
                saved,
                parent.resolve("no"));
        Path peft = parent.resolve("peft");
        succeed("export --adapter {} --as-lora 1.0 --out {}", saved, peft);
        Path back = parent.resolve("back");
        succeed("import --from {} --model {} --out {}", peft, model, back);
        String generate = "generate --adapter {} --prompt {} --max-tokens 12";
        assertEquals(
                succeed(generate, saved, "the sun").out(),
                succeed(generate, back, "the sun").out());
    }

    @Test
    void towers_comeBackWithTheSameUpdates() throws IOException {
        Path peft = parent.resolve("peft");
        try (DualModel base = DualModel.load(GOLDEN.resolve("families/clip").toString())) {
            Path saved = save(base, new ImageTextDescription("images"));
            succeed("export --adapter {} --as-lora 1.0 --out {}", saved, peft);
            try (SavedAdapter adapter = AdapterFolder.load(saved);
                    AdapterSet trained = adapter.adapters(base.linearLayers(), BACKEND);
                    ImportedAdapter imported = PeftImport.load(peft);
                    AdapterSet found = imported.adapters(base.linearLayers(), BACKEND)) {
                for (LayerAdapter layer : trained.adapters()) {
                    INDArray delta = found.find(layer.name()).orElseThrow().deltaWeight();
                    assertTrue(relativeError(layer.deltaWeight(), delta) < 1e-5, layer.name());
                }
            }
        }
    }

    /** Adapters alone name no base model. */
    @Test
    void adaptersAlone_needTheModelNamed() throws IOException {
        Path saved = parent.resolve("alone");
        Path model = GOLDEN.resolve("families/bert");
        try (BaseModel base = BaseModel.load(model.toString());
                AdapterSet adapters = AdapterSet.create(base.encoderLayers(), HiraConfig.of(2), BACKEND)) {
            AdapterFolder.save(saved, adapters);
        }
        String export = "export --adapter {} --as-lora 2 --base-name org/bert --out {}";
        assertRefused("does not name a base model; expected --model", export, saved, parent.resolve("out"));
        succeed(export + " --model {}", saved, parent.resolve("out"), model);
    }
}
