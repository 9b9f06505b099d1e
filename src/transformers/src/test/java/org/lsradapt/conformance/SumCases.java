package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random numbers, splits, initialization, Kronecker sums and adapters. */
final class SumCases {
    private static final long[] SEEDS = {
        0, 1, -1, 42, 4_294_967_297L, -9_007_199_254_740_993L, Long.MIN_VALUE, Long.MAX_VALUE
    };
    private static final long[] NEAR_ONE = {-1216, 6173, 9005, 10_707, 13_637, 14_179, -14_300, 15_567};

    private static final String[] NAMES = {
        "", "linear", "encoder.layer.11.attention.self.query", "größe", "слой.0", "層.1.値", "😀.dense", "e\u0301"
    };

    private SumCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>(List.of(random(), randomNearOne(), layerSeeds(), splits()));
        cases.add(initialization("initialization-double", DataType.DOUBLE));
        cases.add(initialization("initialization-float", DataType.FLOAT));
        cases.add(initializationOfWeights());
        cases.add(sum("sum-one-factor", DataType.DOUBLE, 3, false, new int[][] {{6, 5}}));
        cases.add(sum("sum-two-factors", DataType.DOUBLE, 4, false, new int[][] {{4, 2}, {3, 3}}));
        cases.add(sum("sum-two-factors-weights", DataType.DOUBLE, 5, true, new int[][] {{7, 1}, {2, 5}}));
        cases.add(sum("sum-three-factors-weights", DataType.DOUBLE, 2, true, new int[][] {{2, 3}, {5, 1}, {3, 2}}));
        cases.add(sum("sum-four-factors", DataType.DOUBLE, 3, false, new int[][] {{1, 2}, {3, 1}, {2, 2}, {2, 1}}));
        cases.add(sum("sum-float", DataType.FLOAT, 4, true, new int[][] {{5, 2}, {3, 2}}));
        cases.add(adapter(
                "adapter-lora", DataType.DOUBLE, 10, 7, LsrConfig.lora(3, 5.3).withSeed(42)));
        cases.add(adapter(
                "adapter-balanced", DataType.DOUBLE, 18, 20, config(4, 3).build()));
        cases.add(adapter(
                "adapter-three-factors",
                DataType.DOUBLE,
                12,
                30,
                config(6, 2)
                        .factorCount(3)
                        .termWeights(true)
                        .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)
                        .rankFactors(List.of(1, 3, 2))
                        .inFactors(List.of(2, 3, 2))
                        .build()));
        // One term of one factor, which λ keeps from being plain LoRA.
        cases.add(adapter(
                "adapter-one-weight",
                DataType.DOUBLE,
                10,
                7,
                config(3, 1).factorCount(1).termWeights(true).build()));
        cases.add(adapter(
                "adapter-float",
                DataType.FLOAT,
                14,
                9,
                config(5, 3)
                        .termWeights(true)
                        .scalingRule(ScalingRule.ALPHA_OVER_R)
                        .build()));
        return cases;
    }

    private static LsrConfig.Builder config(int r, int s) {
        return LsrConfig.builder().seed(42).bottleneckRank(r).separationRank(s).alpha(1.7);
    }

    private static KitCase random() {
        KitCase made = new KitCase("random", "random", "draw");
        made.settings.put("count", 9);
        return made.tensor("seeds", Nd4j.createFromArray(SEEDS))
                .bits("longs", "doubles", "uniforms")
                .ulps(4, "gaussians");
    }

    /** Seeds whose first u² + v² is just below 1, and another number if one of the squares is not rounded. */
    private static KitCase randomNearOne() {
        KitCase made = new KitCase("random-near-one", "random", "draw").since(2);
        made.settings.put("count", 2);
        return made.tensor("seeds", Nd4j.createFromArray(NEAR_ONE))
                .bits("longs", "doubles", "uniforms")
                .ulps(4, "gaussians");
    }

    private static KitCase layerSeeds() {
        KitCase made = new KitCase("layer-seeds", "random", "layer-seeds");
        ArrayNode names = made.settings.putArray("names");
        for (String name : NAMES) {
            names.add(name);
        }
        return made.tensor("seeds", Nd4j.createFromArray(SEEDS)).bits("hashes", "layer_seeds");
    }

    private static KitCase splits() {
        KitCase made = new KitCase("splits", "splits", "splits");
        made.settings.put("largest", 4096);
        made.settings.putArray("counts").add(1).add(2).add(3).add(4);
        return made.tensor("sizes", Nd4j.createFromArray(1, 7, 360, 1260, 11_008, 14_336, 30_522, 128_256, 3_628_800))
                .bits("splits1", "splits2", "splits3", "splits4", "splits_of_five");
    }

    /** Every initialization with 1 to 3 factors, with and without λ, on layers with names that are not ASCII. */
    private static KitCase initialization(String name, DataType type) {
        KitCase made = new KitCase(name, "initialization", "initialize");
        made.settings.put("type", type == DataType.FLOAT ? "F32" : "F64");
        ArrayNode layers = made.settings.putArray("layers");
        int at = 0;
        for (Initialization initialization : Initialization.values()) {
            for (int d = 1; d <= 3; d++) {
                for (int s = 1; s <= 3; s += 2) {
                    boolean weights = (d + s / 2) % 2 == 0;
                    LsrConfig config = config(6, s)
                            .factorCount(d)
                            .termWeights(weights)
                            .initialization(initialization)
                            .seed(SEEDS[at % SEEDS.length])
                            .build();
                    ObjectNode layer = layers.addObject();
                    layer.put("name", NAMES[1 + at % (NAMES.length - 1)] + "." + at)
                            .put("in", 20)
                            .put("out", 12);
                    KitFiles.putConfig(layer, config);
                    for (String side : List.of("A", "B")) {
                        for (int i = 1; i <= d; i++) {
                            String output = at + "." + (config.isLora() ? "lora_" + side : "lsr_" + side + i);
                            if (type == DataType.FLOAT) {
                                made.bits(output);
                            } else {
                                made.ulps(4, output);
                            }
                        }
                        if (weights) {
                            made.bits(at + ".lsr_" + side + "_lambda");
                        }
                    }
                    at++;
                }
            }
        }
        return made;
    }

    /** One term of one factor with λ, and seeds that neither 32 bits nor a double hold. */
    private static KitCase initializationOfWeights() {
        KitCase made = new KitCase("initialization-one-weight", "initialization", "initialize");
        made.settings.put("type", "F64");
        ArrayNode layers = made.settings.putArray("layers");
        for (int i = 0; i < SEEDS.length; i++) {
            LsrConfig config =
                    config(3, 1).factorCount(1).termWeights(true).seed(SEEDS[i]).build();
            ObjectNode layer =
                    layers.addObject().put("name", "linear." + i).put("in", 7).put("out", 5);
            KitFiles.putConfig(layer, config);
            made.ulps(4, i + ".lsr_A1", i + ".lsr_B1").bits(i + ".lsr_A_lambda", i + ".lsr_B_lambda");
        }
        LsrConfig terms = config(3, 2).factorCount(1).build();
        KitFiles.putConfig(layers.addObject().put("name", "terms").put("in", 7).put("out", 5), terms);
        made.ulps(4, SEEDS.length + ".lsr_A1", SEEDS.length + ".lsr_B1");
        return made;
    }

    private static KitCase sum(String name, DataType type, int s, boolean weights, int[][] shapes) {
        KitCase made = new KitCase(name, "sums", "sum");
        long rows = 1;
        long columns = 1;
        double tolerance = RoundOff.sums(type);
        for (int i = 0; i < shapes.length; i++) {
            made.tensor("factor" + (i + 1), normal(31 + i, type, s, shapes[i][0], shapes[i][1]));
            made.ofLargest(tolerance, "grad_factor" + (i + 1));
            rows *= shapes[i][0];
            columns *= shapes[i][1];
        }
        if (weights) {
            made.tensor("lambda", normal(41, type, s)).ofLargest(tolerance, "grad_lambda");
        }
        return made.tensor("x", normal(51, type, 3, rows))
                .tensor("y", normal(52, type, 2, columns))
                .tensor("gradient", normal(53, type, rows, columns))
                .ofLargest(tolerance, "dense", "x_times", "y_times_transposed")
                .scalars(RoundOff.products(), "norm");
    }

    private static KitCase adapter(String name, DataType type, int in, int out, LsrConfig config) {
        KitCase made = new KitCase(name, "adapters", "adapter");
        KitFiles.putConfig(made.settings.putObject("adapter"), config);
        double tolerance = RoundOff.sums(type);
        made.tensor("w", normal(61, type, in, out)).tensor("bias", normal(62, type, out));
        parameters(type, config, in, out, 70)
                .forEach((parameter, value) -> made.tensor(parameter, value).ofLargest(tolerance, "grad." + parameter));
        return made.tensor("x", normal(63, type, 5, in))
                .tensor("grad_y", normal(64, type, 5, out))
                .ofLargest(tolerance, "delta", "merged", "y", "grad_x");
    }

    /** Random values for the parameters of a layer named {@code linear}, A's before B's. */
    static Map<String, INDArray> parameters(DataType type, LsrConfig config, int in, int out, long seed) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        List<Integer> rank = config.resolvedRankFactors();
        putSide(parameters, type, config, "A", config.inFactors(in), rank, seed);
        putSide(parameters, type, config, "B", rank, config.outFactors(out), seed + 10);
        return parameters;
    }

    private static void putSide(
            Map<String, INDArray> parameters,
            DataType type,
            LsrConfig config,
            String side,
            List<Integer> rows,
            List<Integer> cols,
            long seed) {
        int s = config.separationRank();
        for (int i = 0; i < rows.size(); i++) {
            INDArray value = normal(seed + i, type, s, rows.get(i), cols.get(i)).muli(0.4);
            parameters.put("linear." + (config.isLora() ? "lora_" + side : "lsr_" + side + (i + 1)), value);
        }
        if (config.termWeights()) {
            parameters.put("linear.lsr_" + side + "_lambda", normal(seed + 9, type, s));
        }
    }
}
