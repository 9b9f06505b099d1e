package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.KroneckerMethod;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Other papers' adapters: their start, their arithmetic, and folders that have them beside LSR. */
final class BaselineCases {
    private static final KroneckerConfig LOKR = KroneckerConfig.lokr(2, 7.3).withSeed(42);
    private static final KroneckerConfig LOKR_WHOLE =
            KroneckerConfig.lokr(0, 1.3).withSeed(42);
    private static final KroneckerConfig KRONA = KroneckerConfig.krona(1.7).withSeed(42);
    private static final KroneckerConfig KRONA_SPLIT =
            KroneckerConfig.krona(0.6).withSeed(42).withSplits(FactorSplit.ofFirst(2), FactorSplit.ofSecond(5));
    private static final KroneckerConfig CDKA =
            KroneckerConfig.cdka(2, 4, 3, 5.1).withSeed(42);
    private static final KroneckerConfig KADAPTATION =
            KroneckerConfig.kadaptation(5, 1, 2.3).withSeed(42);
    private static final KroneckerConfig KADAPTATION_WHOLE =
            KroneckerConfig.kadaptation(2, 0, 0.9).withSeed(42);

    private static final String QUERY = "encoder.0.query";
    private static final String VALUE = "encoder.0.value";
    private static final String NEXT_QUERY = "encoder.1.query";
    private static final LsrConfig LSR = LsrConfig.builder()
            .seed(42)
            .separationRank(2)
            .alpha(0.7)
            .termWeights(true)
            .build();

    private BaselineCases() {}

    static List<KitCase> all() {
        return List.of(
                start(),
                arithmetic("baseline-lokr", LOKR, QUERY, NEXT_QUERY),
                arithmetic("baseline-lokr-whole", LOKR_WHOLE, QUERY),
                arithmetic("baseline-krona", KRONA, QUERY),
                arithmetic("baseline-krona-split", KRONA_SPLIT, QUERY),
                arithmetic("baseline-cdka", CDKA, QUERY),
                arithmetic("baseline-kadaptation", KADAPTATION, QUERY, VALUE, NEXT_QUERY),
                arithmetic("baseline-kadaptation-whole", KADAPTATION_WHOLE, QUERY, NEXT_QUERY),
                kinds(),
                RefusedFolders.makeKinds(),
                StrictFolders.makeWideKinds());
    }

    private static void putConfig(ObjectNode node, KroneckerConfig config) {
        node.put("method", config.method().label()).put("terms", config.terms());
        node.putArray("in_split").add(config.in().first()).add(config.in().second());
        node.putArray("out_split").add(config.out().first()).add(config.out().second());
        node.put("rank", config.rank()).put("scaling", config.scaling()).put("seed", String.valueOf(config.seed()));
    }

    static KroneckerConfig config(JsonNode node) {
        return new KroneckerConfig(
                KroneckerMethod.named(node.get("method").textValue()),
                node.get("terms").intValue(),
                split(node.get("in_split")),
                split(node.get("out_split")),
                node.get("rank").intValue(),
                node.get("scaling").doubleValue(),
                Long.parseLong(node.get("seed").textValue()));
    }

    private static FactorSplit split(JsonNode widths) {
        return new FactorSplit(widths.get(0).intValue(), widths.get(1).intValue());
    }

    private static AdapterSet adapted(KroneckerConfig config, String... names) {
        List<FrozenLinear> layers = List.of(names).stream()
                .map(name -> FrozenLinear.of(name, Nd4j.zeros(DataType.DOUBLE, 20, 30)))
                .toList();
        return AdapterSet.create(layers, config, Backends.standard());
    }

    /** Every method's, on layers of which two share what can be shared. */
    private static KitCase start() {
        KitCase made = new KitCase("baselines-start", "baselines", "initialize-kronecker");
        ArrayNode sets = made.settings.putArray("sets");
        List<KroneckerConfig> configs =
                List.of(LOKR, LOKR_WHOLE, KRONA, KRONA_SPLIT, CDKA, KADAPTATION, KADAPTATION_WHOLE);
        for (int i = 0; i < configs.size(); i++) {
            // Neither 32 bits nor a double hold the last two.
            KroneckerConfig config = configs.get(i).withSeed(i < 5 ? 7L * i - 9 : i * 9_007_199_254_740_993L);
            ObjectNode one = sets.addObject();
            putConfig(one.putObject("adapter"), config);
            String[] names = {QUERY, VALUE, "größe.query"};
            putLayers(one, names);
            try (AdapterSet set = adapted(config, names)) {
                int at = i;
                set.adapters()
                        .forEach(adapter -> adapter.parameters()
                                .forEach(parameter -> made.ofLargest(RoundOff.draws(), at + "." + parameter.name())));
            }
        }
        return made;
    }

    private static void putLayers(ObjectNode node, String... names) {
        ArrayNode layers = node.putArray("layers");
        for (String name : names) {
            layers.addObject().put("name", name).put("in", 20).put("out", 30);
        }
    }

    /** Update, forward and backward for given numbers. */
    private static KitCase arithmetic(String name, KroneckerConfig config, String... names) {
        KitCase made = new KitCase(name, "baselines", "kronecker");
        putConfig(made.settings.putObject("adapter"), config);
        putLayers(made.settings, names);
        Map<String, Parameter> shared = new LinkedHashMap<>();
        try (AdapterSet set = adapted(config, names)) {
            long seed = 400;
            for (int i = 0; i < names.length; i++) {
                for (Parameter parameter : set.adapters().get(i).parameters()) {
                    boolean first = config.method() == KroneckerMethod.KADAPTATION
                            && parameter.name().contains("kronecker_first");
                    // What layers share has the numbers of the first that has it.
                    String like =
                            first ? parameter.name().substring(parameter.name().indexOf(".query") + 1) : "";
                    Parameter before = first && names[i].endsWith("query") ? shared.putIfAbsent(like, parameter) : null;
                    made.tensor(
                            parameter.name(),
                            before != null
                                    ? made.tensors.get(before.name())
                                    : normal(
                                                    seed++,
                                                    DataType.DOUBLE,
                                                    parameter.value().shape())
                                            .muli(0.4));
                    made.ofLargest(RoundOff.sums(DataType.DOUBLE), "grad." + parameter.name());
                }
                made.tensor(names[i] + ".x", normal(seed++, DataType.DOUBLE, 4, 20))
                        .tensor(names[i] + ".grad_y", normal(seed++, DataType.DOUBLE, 4, 30))
                        .ofLargest(
                                RoundOff.sums(DataType.DOUBLE),
                                names[i] + ".delta",
                                names[i] + ".y",
                                names[i] + ".grad_x");
            }
        }
        return made;
    }

    /** Version 5: three kinds of one folder, with λ and with shared factors. */
    static void saveKinds(Path folder) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of(QUERY, Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of(VALUE, Nd4j.zeros(DataType.FLOAT, 12, 10)),
                FrozenLinear.of(NEXT_QUERY, Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of("encoder.1.value", Nd4j.zeros(DataType.FLOAT, 12, 10)),
                FrozenLinear.of("encoder.2.value", Nd4j.zeros(DataType.FLOAT, 12, 10)));
        try (AdapterSet set = AdapterSet.create(layers, BaselineCases::kind, TinyAdapter.BACKEND)) {
            set.values().assign(normal(304, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    /** Layers of one name and size whose configurations are not the same, so that they share nothing. */
    static void saveTwoConfigurations(Path folder) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of(QUERY, Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of(NEXT_QUERY, Nd4j.zeros(DataType.FLOAT, 12, 15)));
        try (AdapterSet set = AdapterSet.create(
                layers,
                layer -> KroneckerConfig.kadaptation(3, 1, layer.name().equals(QUERY) ? 1.9 : 2.3)
                        .withSeed(42),
                TinyAdapter.BACKEND)) {
            set.values().assign(normal(306, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    /** Kinds that may have products, without. */
    static void saveWholeFactors(Path folder) throws IOException {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of(QUERY, Nd4j.zeros(DataType.FLOAT, 12, 15)),
                FrozenLinear.of(VALUE, Nd4j.zeros(DataType.FLOAT, 12, 15)));
        try (AdapterSet set = AdapterSet.create(
                layers,
                layer -> layer.name().equals(QUERY)
                        ? KroneckerConfig.kadaptation(3, 0, 1.9).withSeed(42)
                        : KroneckerConfig.lokr(0, 2.7).withSeed(42),
                TinyAdapter.BACKEND)) {
            set.values().assign(normal(307, DataType.FLOAT, set.parameterCount()));
            AdapterFolder.save(folder, set);
        }
    }

    private static AdapterConfig kind(FrozenLinear layer) {
        return switch (layer.name()) {
            case QUERY, NEXT_QUERY -> KroneckerConfig.kadaptation(3, 1, 1.9).withSeed(42);
            case VALUE -> LSR;
            case "encoder.1.value" -> KroneckerConfig.lokr(1, 2.7).withSeed(42);
            default -> KroneckerConfig.krona(0.3).withSeed(42).withSplits(FactorSplit.ofFirst(4), FactorSplit.BALANCED);
        };
    }

    private static KitCase kinds() {
        KitCase made = new KitCase("read-kinds", "baselines", "read-kinds")
                .files(folder -> saveKinds(folder.resolve(FolderCases.FOLDER)));
        ArrayNode layers = made.settings.putArray("layers");
        for (String name : List.of(QUERY, VALUE, NEXT_QUERY, "encoder.1.value", "encoder.2.value")) {
            layers.addObject().put("name", name).put("in", 12).put("out", name.endsWith("query") ? 15 : 10);
            made.ofLargest(RoundOff.products(), "delta." + name);
        }
        return made.scalars(0, "kinds");
    }
}
