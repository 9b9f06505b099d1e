package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The optimizer, its schedule, a layer that is trained, heads, the order of examples. */
final class TrainingCases {
    private static final int STEPS = 20;

    /** A seed whose first 31 bits are all ones, the largest number, which a bound of seven rejects. */
    private static final long REJECTED = -8_922_011_223_256_856_085L;

    private TrainingCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
        cases.add(optimizer("optimizer-double", DataType.DOUBLE, 0.03));
        cases.add(optimizer("optimizer-float", DataType.FLOAT, 0.3));
        cases.add(optimizer("optimizer-no-decay", DataType.DOUBLE, 0));
        cases.add(schedule());
        cases.add(layer(
                "layer-lsr",
                LsrConfig.builder()
                        .seed(42)
                        .bottleneckRank(4)
                        .separationRank(3)
                        .alpha(2.3)
                        .termWeights(true)));
        cases.add(layer(
                "layer-three-factors",
                LsrConfig.builder()
                        .seed(42)
                        .bottleneckRank(3)
                        .separationRank(2)
                        .factorCount(3)
                        .alpha(5.1)
                        .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)));
        cases.add(head("head-bert", "bert", 3, "42"));
        cases.add(head("head-roberta", "roberta", 1, "-7"));
        cases.add(head("head-large-seed", "bert", 2, "9007199254740993"));
        cases.add(batches());
        cases.add(longExample());
        cases.add(epochs());
        cases.add(headFirst("head-first", 3, 13, 1.3));
        cases.add(headFirst("head-first-regression", 1, 30, 2.7));
        KitCase seeds = headFirst("head-first-large-seeds", 3, 13, 1.3).since(2);
        seeds.settings.put("head_seed", "-9007199254740993").put("seed", "9007199254740993");
        cases.add(seeds);
        return cases;
    }

    /** The order of the examples in training, with batches by number and by tokens. */
    private static KitCase batches() {
        KitCase made = new KitCase("batches", "batches", "batches");
        ArrayNode runs = made.settings.putArray("runs");
        int[][] settings = {
            {10, 3, 0, 1, 2}, {17, 4, 0, 3, 3}, {8, 8, 0, 1, 2}, {23, 6, 19, 2, 3}, {12, 5, 8, 1, 2}, {7, 2, 0, 1, 1}
        };
        String[] seeds = {"1", "-5", "4294967296", "77", "-9007199254740993", String.valueOf(REJECTED)};
        for (int i = 0; i < settings.length; i++) {
            Random random = new Random(i);
            ArrayNode lengths = runs.addObject()
                    .put("batch_size", settings[i][1])
                    .put("batch_tokens", settings[i][2])
                    .put("accumulate", settings[i][3])
                    .put("epochs", settings[i][4])
                    .put("seed", seeds[i])
                    .putArray("lengths");
            // From 2 to 8 tokens, and one that fills a batch.
            random.ints(settings[i][0], 2, 9).forEach(lengths::add);
            if (settings[i][2] > 0) {
                lengths.add(settings[i][2]);
            }
        }
        return made.scalars(0, "runs");
    }

    private static KitCase longExample() {
        KitCase made = new KitCase("batches-long-example", "batches", "batches");
        ArrayNode lengths = made.settings
                .putArray("runs")
                .addObject()
                .put("batch_size", 3)
                .put("batch_tokens", 9)
                .put("accumulate", 1)
                .put("epochs", 1)
                .put("seed", "3")
                .putArray("lengths");
        lengths.add(4).add(9).add(10).add(2);
        return made.scalars(0, "refused");
    }

    /** How often few examples are passed over. */
    private static KitCase epochs() {
        KitCase made = new KitCase("epochs-by-examples", "batches", "epochs").since(2);
        return made.tensor(
                        "examples",
                        Nd4j.createFromArray(
                                1, 50, 99, 99, 99, 100, 250, 800, 1060, 1067, 2000, 2999, 3000, 100_000, 1999, 2999,
                                1600))
                .tensor(
                        "batch_sizes",
                        Nd4j.createFromArray(32, 32, 32, 4, 1, 32, 32, 32, 32, 32, 32, 32, 32, 32, 7, 1, 32))
                .bits("epochs");
    }

    /** The head alone on what a frozen model gives for the texts' first tokens. */
    private static KitCase headFirst(String name, int outputs, int steps, double maxNorm) {
        KitCase made = new KitCase(name, "head-first", "head-first");
        made.settings
                .put("outputs", outputs)
                .put("head_seed", "11")
                .put("steps", steps)
                .put("learning_rate", 0.0213)
                .put("weight_decay", 0.03)
                .put("max_norm", maxNorm)
                .put("batch_size", 4)
                .put("accumulate", 2)
                .put("seed", "-6");
        ArrayNode texts = made.settings.putArray("tokens");
        Random random = new Random(5);
        double[] labels = new double[10];
        for (int i = 0; i < labels.length; i++) {
            ArrayNode text = texts.addArray();
            random.ints(2 + i % 4, 1, 31).forEach(text::add);
            labels[i] = outputs > 1 ? i * 7 % outputs : random.nextGaussian();
        }
        return made.tensor("labels", Nd4j.createFromArray(labels))
                .tensor("features", TrainingOperations.features(made.settings))
                .ofLargest(RoundOff.sums(DataType.FLOAT), "classifier.weight", "classifier.bias");
    }

    /** Two parameters; steps that are clipped and some that are not, and a part that is restarted. */
    private static KitCase optimizer(String name, DataType type, double decay) {
        KitCase made = new KitCase(name, "optimizer", "optimizer");
        made.settings
                .put("steps", STEPS)
                .put("max_norm", 1.0)
                .put("weight_decay", decay)
                .put("warm_up", 0.17);
        made.settings.putObject("learning_rates").put("adapters", 0.0213).put("head", 0.0047);
        made.settings
                .putObject("restart")
                .put("after_step", 9)
                .put("parameter", "adapters")
                .put("from", 2)
                .put("to", 7);
        INDArray gradients = normal(202, type, STEPS, 11).muli(0.3);
        for (int i = 0; i < STEPS; i += 3) {
            gradients.getRow(i).muli(0.1);
        }
        made.tensor("adapters", normal(200, type, 11))
                .tensor("head", normal(201, type, 4))
                .tensor("adapters_gradients", gradients)
                .tensor("head_gradients", normal(203, type, STEPS, 4).muli(0.3));
        String[] values = {"adapters_values", "head_values"};
        made.ofLargest(RoundOff.sums(DataType.DOUBLE), "norms");
        return type == DataType.FLOAT ? made.ulps(1, values) : made.ofLargest(RoundOff.sums(DataType.DOUBLE), values);
    }

    private static KitCase schedule() {
        KitCase made = new KitCase("schedule", "schedule", "schedule");
        ArrayNode schedules = made.settings.putArray("schedules");
        int[] steps = {1, 7, 575, 750, 100, 50, 9};
        double[] warmUps = {0.06, 0.06, 0.06, 0.06, 0.07, 0, 1};
        for (int i = 0; i < steps.length; i++) {
            schedules.addObject().put("steps", steps[i]).put("warm_up", warmUps[i]);
            made.bits("factors" + i);
        }
        return made;
    }

    private static KitCase layer(String name, LsrConfig.Builder builder) {
        KitCase made = new KitCase(name, "training", "train");
        LsrConfig config = builder.seed(2024).build();
        KitFiles.putConfig(made.settings.putObject("adapter"), config);
        made.settings
                .put("steps", 25)
                .put("learning_rate", 0.013)
                .put("warm_up", 0.06)
                .put("weight_decay", 0.01)
                .put("max_norm", 1.0);
        made.tensor("w", normal(211, DataType.DOUBLE, 12, 10).muli(0.3))
                .tensor("bias", normal(212, DataType.DOUBLE, 10))
                .tensor("x", normal(213, DataType.DOUBLE, 8, 12))
                .tensor("target", normal(214, DataType.DOUBLE, 8, 10))
                .ofLargest(RoundOff.sumsTimes(5e4), "losses");
        Set<String> parameters =
                SumCases.parameters(DataType.DOUBLE, config, 12, 10, 0).keySet();
        return made.ofLargest(RoundOff.sumsTimes(5e4), parameters.toArray(new String[0]));
    }

    private static KitCase head(String name, String modelType, int outputs, String seed) {
        KitCase made = new KitCase(name, "head-initialization", "initialize-head");
        made.settings.put("model_type", modelType).put("outputs", outputs).put("seed", seed);
        ArrayNode parameters = made.settings.putArray("parameters");
        if (modelType.equals("roberta")) {
            add(made, parameters, "classifier.dense.weight", 12, 12);
            add(made, parameters, "classifier.dense.bias", 12);
            add(made, parameters, "classifier.out_proj.weight", 12, outputs);
            add(made, parameters, "classifier.out_proj.bias", outputs);
        } else {
            add(made, parameters, "classifier.weight", 12, outputs);
            add(made, parameters, "classifier.bias", outputs);
        }
        return made;
    }

    private static void add(KitCase made, ArrayNode parameters, String name, int... shape) {
        ObjectNode parameter = parameters.addObject().put("name", name);
        ArrayNode sizes = parameter.putArray("shape");
        for (int size : shape) {
            sizes.add(size);
        }
        made.ulps(4, name);
    }
}
