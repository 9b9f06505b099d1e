package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.AdapterKinds;
import org.lsradapt.adapters.AdapterMethod;
import org.lsradapt.adapters.MethodText;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.LoraRank;
import org.lsradapt.lsr.numerics.NearestLora;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adapters of every kind on the class path as PEFT's LoRA, and back. */
class AsLoraTest {
    private static final LoraRank THREE = LoraRank.of(3);
    private static final LoraRank WHOLE = LoraRank.keeping(1);
    private static final Backend BACKEND = Backends.standard();

    /** The methods that {@code name:4} does not ask for. */
    private static final Map<String, String> TEXTS = Map.of("krona-mixed", "krona-mixed:in=2+4", "lokr", "lokr:2");

    private static final List<FrozenLinear> LAYERS = List.of(layer("first", 32, 48), layer("second", 48, 32));

    @TempDir
    Path folder;

    private static FrozenLinear layer(String name, long in, long out) {
        return FrozenLinear.of(name, RandomArrays.normal(new Random(in), DataType.FLOAT, in, out));
    }

    static Stream<AdapterConfig> everyKind() {
        AdapterKinds kinds = new AdapterKinds();
        return kinds.all().stream().flatMap(kind -> {
            List<AdapterMethod> methods = kind.methods();
            assertTrue(!methods.isEmpty(), kind.peftType() + " has no method, expected one to make an adapter");
            return methods.stream()
                    .map(method ->
                            method.config(MethodText.parse(TEXTS.getOrDefault(method.name(), method.name() + ":4"))));
        });
    }

    private SavedAdapter save(AdapterConfig config) throws IOException {
        try (AdapterSet set = AdapterSet.create(LAYERS, config, BACKEND)) {
            set.values().assign(RandomArrays.normal(new Random(4), DataType.FLOAT, set.parameterCount()));
            set.materialize();
            AdapterFolder.save(folder.resolve("saved"), set);
        }
        return AdapterFolder.load(folder.resolve("saved"));
    }

    private static double distance(INDArray one, INDArray other) {
        return one.castTo(DataType.DOUBLE)
                .sub(other.castTo(DataType.DOUBLE))
                .norm2Number()
                .doubleValue();
    }

    @ParameterizedTest
    @MethodSource("everyKind")
    void export_ofEveryKind_comesBackWithTheErrorsThatItPrints(AdapterConfig config) throws IOException {
        try (SavedAdapter saved = save(config);
                AdapterSet trained = saved.adapters(LAYERS, BACKEND)) {
            for (LoraRank rank : List.of(THREE, LoraRank.keeping(0.9), WHOLE)) {
                Path peft = folder.resolve("peft-" + rank);
                NearestLora nearest = NearestLora.of(trained, rank);
                try (nearest;
                        SavedAdapter exported = saved.with(nearest)) {
                    assertEquals(saved.training().configs(), exported.training().configs());
                    assertEquals(
                            Optional.of(nearest.summary()), exported.training().written());
                    PeftExport.saveBare(peft, "org/base", exported, Optional.empty());
                }
                try (ImportedAdapter imported = PeftImport.load(peft);
                        AdapterSet back = imported.adapters(LAYERS, BACKEND)) {
                    for (NearestLora.Update update : nearest.updates()) {
                        INDArray found = back.find(update.layer()).orElseThrow().deltaWeight();
                        INDArray exact =
                                trained.find(update.layer()).orElseThrow().deltaWeight();
                        assertEquals(update.error(), distance(exact, found), 2e-6 * update.normF(), update.layer());
                        assertTrue(rank.equals(THREE) || update.relativeError() <= Math.sqrt(1 - rank.energy()) + 1e-9);
                    }
                    assertTrue(!rank.equals(WHOLE) || nearest.isExact(), nearest.summary());
                }
            }
        }
    }

    /** Every layer is scaled by 1, which programs that read r and lora_alpha alone, such as vLLM, do too. */
    @Test
    void ranksThatDiffer_areInPatterns_andScaleByOne() throws IOException {
        AdapterConfig hira = HiraConfig.of(4);
        try (SavedAdapter saved = save(hira);
                AdapterSet trained = saved.adapters(LAYERS, BACKEND)) {
            trained.find("second").orElseThrow().parameters().get(0).value().putScalar(0, 500);
            trained.materialize();
            NearestLora nearest = NearestLora.of(trained, LoraRank.keeping(0.9));
            int first = nearest.updates().get(0).rank();
            int second = nearest.updates().get(1).rank();
            assertTrue(second < first, nearest.summary());
            assertTrue(nearest.summary()
                    .startsWith("as LoRA: 2 layers of rank " + second + " to " + first + ", relative"));
            try (nearest;
                    SavedAdapter exported = saved.with(nearest)) {
                PeftExport.saveBare(folder.resolve("peft"), "org/base", exported, Optional.empty());
            }
            JsonNode config = new ObjectMapper()
                    .readTree(folder.resolve("peft/adapter_config.json").toFile());
            assertEquals("LORA", config.get("peft_type").textValue());
            assertEquals(first, config.get("r").intValue());
            assertEquals(first, config.get("lora_alpha").doubleValue());
            assertEquals(second, config.at("/rank_pattern/second").intValue());
            assertEquals(second, config.at("/alpha_pattern/second").doubleValue());
        }
    }

    /** The model card names the method that was trained, not the form of the file. */
    @Test
    void card_namesTheKindThatWasTrained() throws IOException {
        try (SavedAdapter saved = save(HiraConfig.of(4));
                AdapterSet trained = saved.adapters(LAYERS, BACKEND);
                NearestLora lora = NearestLora.of(trained, LoraRank.of(3));
                SavedAdapter exported = saved.with(lora)) {
            PeftExport.saveBare(folder.resolve("peft"), "org/base", exported, Optional.empty());
            assertEquals(3, exported.layers().get(0).config().bottleneckRank());
            assertTrue(exported.adapterParameterCount() < saved.adapterParameterCount());
        }
        String card = Files.readString(folder.resolve("peft/README.md"));
        assertTrue(card.contains("Method: `hira` with") && card.contains("Trained parameters: 640"), card);
        assertTrue(card.contains("Written as LoRA: 2 layers of rank 3, relative error of the updates 0."), card);
    }
}
