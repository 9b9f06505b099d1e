package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.shared.SharedConfig;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Sums whose factors layers share: their start, their arithmetic, and a folder that has them with LSR. */
final class SharedCases {
    private static final SharedConfig PRODUCT = SharedConfig.of(4, 3).withSeed(42);
    private static final SharedConfig UNEVEN =
            new SharedConfig(6, 2, List.of(2, 10), List.of(1, 30), List.of(6, 1), 0.7, -5);
    private static final SharedConfig WHOLE = SharedConfig.ofWhole(2).withSeed(1L << 60);
    private static final String[] LAYERS = {"encoder.0.query", "encoder.0.value", "größe.query"};
    private static final int IN = 20;
    private static final int OUT = 30;

    private SharedCases() {}

    static List<KitCase> all() {
        return List.of(
                start(),
                arithmetic("shared-product", PRODUCT),
                arithmetic("shared-uneven", UNEVEN),
                arithmetic("shared-whole", WHOLE),
                folder(),
                RefusedShared.make());
    }

    private static void putConfig(ObjectNode node, SharedConfig config) {
        node.put("r", config.bottleneckRank()).put("separation_rank", config.separationRank());
        putSizes(node.putArray("in_factors"), config.inFactors());
        putSizes(node.putArray("out_factors"), config.outFactors());
        putSizes(node.putArray("rank_factors"), config.rankFactors());
        node.put("scaling", config.scaling()).put("seed", String.valueOf(config.seed()));
    }

    private static void putSizes(ArrayNode array, List<Integer> sizes) {
        sizes.forEach(array::add);
    }

    static SharedConfig config(JsonNode node) {
        return new SharedConfig(
                node.get("r").intValue(),
                node.get("separation_rank").intValue(),
                sizes(node.get("in_factors")),
                sizes(node.get("out_factors")),
                sizes(node.get("rank_factors")),
                node.get("scaling").doubleValue(),
                Long.parseLong(node.get("seed").textValue()));
    }

    private static List<Integer> sizes(JsonNode array) {
        List<Integer> sizes = new ArrayList<>();
        array.forEach(size -> sizes.add(size.intValue()));
        return sizes;
    }

    private static AdapterSet adapted(SharedConfig config) {
        List<FrozenLinear> layers = List.of(LAYERS).stream()
                .map(name -> FrozenLinear.of(name, Nd4j.zeros(DataType.DOUBLE, IN, OUT)))
                .toList();
        return AdapterSet.create(layers, config, Backends.standard());
    }

    private static void putLayers(ObjectNode node) {
        ArrayNode layers = node.putArray("layers");
        for (String name : LAYERS) {
            layers.addObject().put("name", name).put("in", IN).put("out", OUT);
        }
    }

    private static KitCase start() {
        KitCase made = new KitCase("shared-start", "shared", "initialize-shared").since(2);
        ArrayNode sets = made.settings.putArray("sets");
        List<SharedConfig> configs = List.of(PRODUCT, UNEVEN, WHOLE);
        for (int i = 0; i < configs.size(); i++) {
            ObjectNode one = sets.addObject();
            putConfig(one.putObject("adapter"), configs.get(i));
            putLayers(one);
            try (AdapterSet set = adapted(configs.get(i))) {
                int at = i;
                set.adapters()
                        .forEach(adapter -> adapter.parameters()
                                .forEach(parameter -> made.ofLargest(RoundOff.draws(), at + "." + parameter.name())));
            }
        }
        return made;
    }

    /** Updates, forward and backward for given numbers; shared ones are those of the first layer. */
    private static KitCase arithmetic(String name, SharedConfig config) {
        KitCase made = new KitCase(name, "shared", "shared").since(2);
        putConfig(made.settings.putObject("adapter"), config);
        putLayers(made.settings);
        Map<String, INDArray> shared = new HashMap<>();
        try (AdapterSet set = adapted(config)) {
            long seed = 900;
            for (LayerAdapter adapter : set.adapters()) {
                for (Parameter parameter : adapter.parameters()) {
                    INDArray drawn = normal(
                                    seed++, DataType.DOUBLE, parameter.value().shape())
                            .muli(0.6);
                    String part = parameter.name().substring(adapter.name().length());
                    boolean own = !config.factorNames(adapter.name()).contains(parameter.name());
                    made.tensor(parameter.name(), own ? drawn : shared.computeIfAbsent(part, key -> drawn));
                    made.ofLargest(RoundOff.sums(DataType.DOUBLE), "grad." + parameter.name());
                }
                String layer = adapter.name();
                made.tensor(layer + ".x", normal(seed++, DataType.DOUBLE, 4, IN))
                        .tensor(layer + ".grad_y", normal(seed++, DataType.DOUBLE, 4, OUT))
                        .ofLargest(RoundOff.sums(DataType.DOUBLE), layer + ".delta", layer + ".y", layer + ".grad_x");
            }
        }
        return made;
    }

    /** Layers of two sizes and two configurations, with an LSR layer between them. */
    private static void save(Path folder) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("encoder.0.query", Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of("encoder.0.dense", Nd4j.zeros(DataType.FLOAT, 15, 12)),
                FrozenLinear.of("encoder.0.value", Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of("encoder.1.query", Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of("encoder.1.dense", Nd4j.zeros(DataType.FLOAT, 15, 12)),
                FrozenLinear.of("encoder.1.value", Nd4j.zeros(DataType.FLOAT, 12, 15)));
        LsrConfig lsr = LsrConfig.builder().separationRank(2).seed(42).build();
        try (AdapterSet set = AdapterSet.create(
                layers,
                layer -> switch (layer.name()) {
                    case "encoder.0.value" -> lsr;
                    case "encoder.1.value" -> WHOLE;
                    default -> PRODUCT;
                },
                TinyAdapter.BACKEND)) {
            set.values().assign(normal(905, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    private static KitCase folder() {
        KitCase made = new KitCase("read-shared", "shared", "read-kinds")
                .since(2)
                .files(folder -> save(folder.resolve(FolderCases.FOLDER)));
        ArrayNode layers = made.settings.putArray("layers");
        for (String part : List.of("0.query", "0.dense", "0.value", "1.query", "1.dense", "1.value")) {
            boolean dense = part.endsWith("dense");
            layers.addObject()
                    .put("name", "encoder." + part)
                    .put("in", dense ? 15 : 12)
                    .put("out", dense ? 12 : 15);
            made.ofLargest(RoundOff.products(), "delta.encoder." + part);
        }
        return made.scalars(0, "kinds");
    }
}
