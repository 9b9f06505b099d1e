package org.lsradapt.samediff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

class SameDiffAdaptersTest {
    private static final LayerSelector BOTH = LayerSelector.suffixes(List.of("w"));
    private static final LayerSelector FIRST = LayerSelector.suffixes(List.of("first.w"));
    private static final LayerSelector SECOND = LayerSelector.suffixes(List.of("second.w"));
    private static final LsrConfig SMALL =
            LsrConfig.builder().bottleneckRank(2).separationRank(3).build();
    private static final LsrConfig NOT_ZERO = LsrConfig.builder()
            .bottleneckRank(2)
            .separationRank(3)
            .alpha(1e7)
            .initialization(Initialization.PAPER_AUTHORS)
            .build();

    private final DataSet data = Graphs.data(DataType.DOUBLE);

    @Test
    void attach_zeroUpdate_changesNoOutputAndFreezesTheRest() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        INDArray before = Graphs.output(sd, "second", data);
        SameDiffAdapters adapters = SameDiffAdapters.attach(sd, BOTH, SMALL);
        assertEquals(before, Graphs.output(sd, "second", data));
        assertEquals(List.of("first.w", "second.w"), adapters.weights());
        assertEquals(Set.copyOf(adapters.variableNames()), trainable(sd), "trainable variables");
        try (AdapterSet ours = adapters.toAdapters()) {
            assertEquals(ours.parameterCount(), adapters.parameterCount());
        }
    }

    @Test
    void attach_startsAsOurAdaptersDo() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        FrozenLinear first =
                FrozenLinear.of("first.w", sd.getVariable("first.w").getArr());
        SameDiffAdapters.attach(sd, FIRST, NOT_ZERO);
        try (AdapterSet ours = AdapterSet.create(List.of(first), NOT_ZERO, Backends.standard())) {
            for (Parameter parameter : ours.parameters()) {
                assertArrayEquals(
                        parameter.value().dup().data().asDouble(),
                        sd.getVariable(parameter.name()).getArr().data().asDouble());
            }
        }
    }

    @Test
    void attach_nonZeroUpdate_givesTheOutputOfMergedWeights() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            SameDiff sd = Graphs.twoLayers(type);
            DataSet typed = Graphs.data(type);
            SameDiffAdapters adapters = attachRandom(sd);
            SameDiff merged = Graphs.twoLayers(type);
            try (AdapterSet ours = adapters.toAdapters()) {
                merged.setArrayForVariable("first.w", ours.lsrAdapter("first.w").merge());
                merged.setArrayForVariable(
                        "second.w",
                        ours.lsrAdapter("second.w").merge().transpose().dup('c'));
            }
            INDArray expected = Graphs.output(merged, "second", typed);
            INDArray plain = Graphs.output(Graphs.twoLayers(type), "second", typed);
            assertTrue(RandomArrays.relativeError(expected, plain) > 0.01, "the update is too small to see");
            assertEquals(
                    0,
                    RandomArrays.relativeError(expected, Graphs.output(sd, "second", typed)),
                    RandomArrays.tolerance(type));
        }
    }

    @Test
    void fit_trainsTheAdaptersAlone() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = SameDiffAdapters.attach(sd, BOTH, SMALL);
        sd.setTrainingConfig(Graphs.training(0.05));
        Map<String, double[]> frozen = frozen(sd);
        double before = loss(sd);
        for (int step = 0; step < 25; step++) {
            sd.fit(data);
        }
        assertTrue(loss(sd) < 0.3 * before, "loss " + before + " -> " + loss(sd));
        frozen(sd).forEach((name, values) -> assertArrayEquals(frozen.get(name), values, name));
        try (AdapterSet ours = adapters.toAdapters()) {
            for (LsrAdapter adapter : ours.lsrAdapters()) {
                assertTrue(adapter.deltaWeight().norm2Number().doubleValue() > 0.01, adapter.name());
            }
        }
    }

    @Test
    void fit_afterEarlierTraining_trainsTheAdaptersAlone() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        sd.setTrainingConfig(Graphs.training(0.001));
        sd.fit(data);
        SameDiffAdapters adapters = SameDiffAdapters.attach(sd, SECOND, SMALL, Set.of("first.b"));
        Map<String, double[]> frozen = frozen(sd);
        double[] bias = sd.getVariable("first.b").getArr().dup().data().asDouble();
        double before = loss(sd);
        for (int step = 0; step < 10; step++) {
            sd.fit(data);
        }
        assertTrue(loss(sd) < before);
        assertFalse(Arrays.equals(
                bias, sd.getVariable("first.b").getArr().dup().data().asDouble()));
        for (String name : List.of("first.w", "second.w")) {
            assertArrayEquals(frozen.get(name), frozen(sd).get(name), name);
        }
        assertEquals(List.of("second.w"), adapters.weights());
    }

    @Test
    void gradients_afterEarlierGradients_areThoseOfTheAdaptedGraph() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        Map<String, INDArray> inputs = Map.of("x", data.getFeatures(), "labels", data.getLabels());
        sd.calculateGradients(inputs, "first.w");
        SameDiffAdapters adapters = attachRandom(sd);
        Map<String, INDArray> gradients = sd.calculateGradients(inputs, adapters.variableNames());
        double h = 1e-6;
        for (String name : adapters.variableNames()) {
            INDArray value = sd.getVariable(name).getArr();
            for (long i = 0; i < value.length(); i += 3) {
                double at = value.getDouble(i);
                value.putScalar(i, at + h);
                double up = loss(sd);
                value.putScalar(i, at - h);
                double down = loss(sd);
                value.putScalar(i, at);
                double expected = (up - down) / (2 * h);
                assertEquals(expected, gradients.get(name).getDouble(i), 1e-5 * Math.max(1, Math.abs(expected)), name);
            }
        }
    }

    @Test
    void find_afterSaveAndLoad_hasTheSameAdapters(@TempDir Path folder) {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = attachRandom(sd);
        sd.setTrainingConfig(Graphs.training(0.01));
        sd.fit(data);
        Path file = folder.resolve("graph.fb");
        sd.save(file.toFile(), true);
        SameDiff loaded = SameDiff.load(file.toFile(), true);
        assertEquals(Graphs.output(sd, "second", data), Graphs.output(loaded, "second", data));
        SameDiffAdapters found = SameDiffAdapters.find(loaded);
        assertEquals(Set.copyOf(adapters.weights()), Set.copyOf(found.weights()));
        try (AdapterSet saved = adapters.toAdapters();
                AdapterSet read = found.toAdapters()) {
            assertEquals(SMALL, read.config());
            for (Parameter parameter : saved.parameters()) {
                Parameter other = read.parameters().stream()
                        .filter(candidate -> candidate.name().equals(parameter.name()))
                        .findFirst()
                        .orElseThrow();
                assertArrayEquals(
                        parameter.value().dup().data().asDouble(),
                        other.value().dup().data().asDouble());
            }
        }
        sd.fit(data);
        loaded.fit(data);
        assertEquals(loss(sd), loss(loaded), 1e-9 * loss(sd));
        found.merge();
        assertEquals(
                0,
                RandomArrays.relativeError(Graphs.output(sd, "second", data), Graphs.output(loaded, "second", data)),
                1e-12);
    }

    @Test
    void attach_toALoadedGraph_asToAnImportedOne(@TempDir Path folder) {
        SameDiff built = Graphs.twoLayers(DataType.DOUBLE);
        built.convertToConstants(built.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .toList());
        Path file = folder.resolve("plain.fb");
        built.save(file.toFile(), false);
        SameDiff sd = SameDiff.load(file.toFile(), false);
        SameDiffAdapters.attach(sd, BOTH, SMALL);
        assertEquals(Graphs.output(built, "second", data), Graphs.output(sd, "second", data));
        sd.setTrainingConfig(Graphs.training(0.02));
        double before = loss(sd);
        for (int step = 0; step < 8; step++) {
            sd.fit(data);
        }
        assertTrue(loss(sd) < before);
    }

    @Test
    void merge_thenUnmerge_restoresWeightAndAdapter() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        sd.setTrainingConfig(Graphs.training(0.02));
        Set<String> operations = Set.copyOf(sd.getOps().keySet());
        Set<String> variables = Set.copyOf(sd.getVariables().keySet());
        SameDiffAdapters adapters = attachRandom(sd);
        sd.fit(data);
        INDArray w = sd.getVariable("first.w").getArr();
        double[] before = w.dup().data().asDouble();
        INDArray adapted = Graphs.output(sd, "second", data);
        adapters.merge();
        assertTrue(adapters.isMerged());
        assertEquals(operations, sd.getOps().keySet());
        assertEquals(variables, sd.getVariables().keySet());
        assertEquals(List.of("loss"), sd.getLossVariables());
        assertEquals(0, RandomArrays.relativeError(adapted, Graphs.output(sd, "second", data)), 1e-12);
        assertTrue(RandomArrays.relativeError(w, sd.getVariable("first.w").getArr()) > 1e-3);
        assertThrows(IllegalArgumentException.class, () -> SameDiffAdapters.find(sd));
        assertThrows(IllegalStateException.class, adapters::merge);
        assertThrows(IllegalStateException.class, adapters::toAdapters);
        adapters.unmerge();
        assertArrayEquals(
                before, sd.getVariable("first.w").getArr().dup().data().asDouble());
        assertArrayEquals(before, w.dup().data().asDouble());
        assertArrayEquals(
                adapted.data().asDouble(),
                Graphs.output(sd, "second", data).data().asDouble());
        double start = loss(sd);
        for (int step = 0; step < 10; step++) {
            sd.fit(data);
        }
        assertTrue(loss(sd) < start);
        assertThrows(IllegalStateException.class, adapters::unmerge);
    }

    @Test
    void unmerge_whereAWeightHasAnotherAdapterByNow_isRefused_andNothingChanges() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters first = attachRandom(sd);
        first.merge();
        SameDiffAdapters second = attachRandom(sd);
        double before = loss(sd);
        assertThrows(IllegalStateException.class, first::unmerge);
        assertTrue(first.isMerged());
        assertEquals(before, loss(sd));
        second.merge();
        double both = loss(sd);
        assertThrows(IllegalStateException.class, first::unmerge);
        assertEquals(both, loss(sd));
        assertThrows(IllegalStateException.class, SameDiffAdapters.attach(sd, BOTH, SMALL)::unmerge);
    }

    @Test
    void unmerge_ofAWeightThatWasWrittenSince_isRefused_andNothingChanges() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = attachRandom(sd);
        adapters.merge();
        sd.getVariable("first.w").getArr().addi(1);
        double written = loss(sd);
        String message =
                assertThrows(IllegalStateException.class, adapters::unmerge).getMessage();
        assertTrue(message.startsWith("unmerge: weight first.w has other numbers since"), message);
        assertEquals(written, loss(sd));
    }

    /** A variable's array is kept elsewhere, so that a merge would change nothing. */
    @Test
    void mergeAndUnmerge_ofAWeightThatIsAVariableByNow_areRefused_andNothingChanges() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = attachRandom(sd);
        double adapted = loss(sd);
        for (Executable call : List.<Executable>of(adapters::merge, adapters::unmerge)) {
            sd.convertToVariables(List.of(sd.getVariable("second.w")));
            String message = assertThrows(IllegalStateException.class, call).getMessage();
            assertTrue(message.contains("weight second.w is no longer a constant of the graph"), message);
            assertEquals(adapted, loss(sd), 1e-12);
            sd.convertToConstants(List.of(sd.getVariable("second.w")));
            if (!adapters.isMerged()) {
                adapters.merge();
            }
        }
        adapters.unmerge();
        assertEquals(adapted, loss(sd), 1e-12);
    }

    @Test
    void handle_whoseAdaptersAnotherHasMerged_isRefused() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters one = attachRandom(sd);
        SameDiffAdapters other = SameDiffAdapters.find(sd);
        one.merge();
        for (Executable call : List.<Executable>of(other::merge, other::conditionNumbers, other::toAdapters)) {
            assertTrue(
                    assertThrows(IllegalStateException.class, call).getMessage().contains("another handle"));
        }
    }

    @Test
    void copyFrom_adaptersOfAnotherScaling_isRefused() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = attachRandom(sd);
        try (AdapterSet ours = adapters.toAdapters();
                AdapterSet others = AdapterSet.create(
                        ours.adapters().stream().map(adapter -> adapter.layer()).toList(),
                        LsrConfig.builder()
                                .bottleneckRank(2)
                                .separationRank(3)
                                .alpha(77)
                                .build(),
                        Backends.standard())) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> adapters.copyFrom(others))
                    .getMessage()
                    .contains("is scaled by 77"));
        }
    }

    @Test
    void merge_savedAndLoaded_isAPlainGraph(@TempDir Path folder) {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = attachRandom(sd);
        INDArray adapted = Graphs.output(sd, "second", data);
        adapters.merge();
        Path file = folder.resolve("merged.fb");
        sd.save(file.toFile(), false);
        SameDiff loaded = SameDiff.load(file.toFile(), false);
        assertEquals(0, RandomArrays.relativeError(adapted, Graphs.output(loaded, "second", data)), 1e-12);
    }

    @Test
    void attach_sharedWeight_adaptsBothProducts() {
        Random random = new Random(1);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable w = sd.var("w", RandomArrays.normal(random, DataType.DOUBLE, 4, 4));
        SDVariable twice = sd.mmul("inner", x, sd.identity(w)).mmul("outer", w);
        twice.sum("loss").markAsLoss();
        SameDiffAdapters adapters = attachRandom(sd);
        INDArray input = RandomArrays.normal(random, DataType.DOUBLE, 3, 4);
        INDArray actual = sd.output(Map.of("x", input), "outer").get("outer").dup();
        try (AdapterSet ours = adapters.toAdapters()) {
            assertEquals(1, ours.lsrAdapters().size());
            INDArray merged = ours.lsrAdapter("w").merge();
            assertEquals(0, RandomArrays.relativeError(input.mmul(merged).mmul(merged), actual), 1e-12);
        }
        adapters.merge();
        assertEquals(
                0,
                RandomArrays.relativeError(
                        actual, sd.output(Map.of("x", input), "outer").get("outer")),
                1e-12);
    }

    @Test
    void attach_lossIsTheProduct_keepsTheLoss() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        sd.setLossVariables("second");
        SameDiffAdapters adapters = SameDiffAdapters.attach(sd, SECOND, SMALL);
        assertEquals(List.of("second"), sd.getLossVariables());
        adapters.merge();
        assertEquals(List.of("second"), sd.getLossVariables());
    }

    @Test
    void conditionNumbers_areThoseOfTheAdapters() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters adapters = attachRandom(sd);
        Map<String, SameDiffAdapters.SumConditions> conditions = adapters.conditionNumbers();
        try (AdapterSet ours = adapters.toAdapters()) {
            for (LsrAdapter adapter : ours.lsrAdapters()) {
                assertEquals(
                        ConditionNumber.of(adapter.a()),
                        conditions.get(adapter.name()).a());
                assertEquals(
                        ConditionNumber.of(adapter.b()),
                        conditions.get(adapter.name()).b());
            }
        }
    }

    @Test
    void attach_twice_keepsTheFirstTrainable() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        SameDiffAdapters first = SameDiffAdapters.attach(sd, FIRST, SMALL);
        SameDiffAdapters second = SameDiffAdapters.attach(sd, SECOND, NOT_ZERO);
        assertTrue(trainable(sd).containsAll(first.variableNames()));
        assertTrue(trainable(sd).containsAll(second.variableNames()));
        SameDiffAdapters all = SameDiffAdapters.find(sd);
        try (AdapterSet ours = all.toAdapters()) {
            assertEquals(
                    List.of(SMALL, NOT_ZERO),
                    ours.lsrAdapters().stream().map(LsrAdapter::config).toList());
        }
        INDArray adapted = Graphs.output(sd, "second", data);
        all.merge();
        assertEquals(0, RandomArrays.relativeError(adapted, Graphs.output(sd, "second", data)), 1e-12);
    }

    @Test
    void linear_isTheAdaptedLayer() {
        Random random = new Random(3);
        INDArray w = RandomArrays.normal(random, DataType.FLOAT, 6, 4);
        INDArray b = RandomArrays.normal(random, DataType.FLOAT, 4);
        INDArray input = RandomArrays.normal(random, DataType.FLOAT, 5, 6);
        for (INDArray bias : new INDArray[] {b, null}) {
            SameDiff sd = SameDiff.create();
            SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 6);
            SDVariable y = bias == null
                    ? SameDiffAdapters.linear(sd, "dense", x, w, NOT_ZERO)
                    : SameDiffAdapters.linear(sd, "dense", x, w, bias, NOT_ZERO);
            assertEquals("dense", y.name());
            FrozenLinear layer =
                    bias == null ? FrozenLinear.of("dense.weight", w) : FrozenLinear.of("dense.weight", w, bias);
            try (AdapterSet ours = AdapterSet.create(List.of(layer), NOT_ZERO, Backends.standard())) {
                INDArray expected = ours.lsrAdapters().get(0).forward(input);
                INDArray actual = sd.output(Map.of("x", input), "dense").get("dense");
                assertEquals(0, RandomArrays.relativeError(expected, actual), 3e-5);
            }
            assertEquals(List.of("dense.weight"), SameDiffAdapters.find(sd).weights());
            assertMessage(
                    "linear: the graph has a variable dense already",
                    () -> SameDiffAdapters.linear(sd, "dense", x, w, b, NOT_ZERO));
        }
    }

    @Test
    void attach_whatCannotBeAdapted_saysWhy() {
        SameDiff sd = Graphs.twoLayers(DataType.DOUBLE);
        assertMessage(
                "layer selector: no layer's name ends with 'query'; the layers are [first.w, second.w]",
                () -> SameDiffAdapters.attach(sd, LayerSelector.suffixes(List.of("query")), SMALL));
        assertMessage(
                "attach: weight first.w cannot be adapted and stay trainable",
                () -> SameDiffAdapters.attach(sd, BOTH, SMALL, Set.of("first.w")));
        assertMessage(
                "attach: 'head' is to stay trainable but is not a variable; the variables are"
                        + " [first.b, first.w, second.w]",
                () -> SameDiffAdapters.attach(sd, BOTH, SMALL, Set.of("head")));
        assertMessage("find: the graph has no LSR adapters", () -> SameDiffAdapters.find(sd));
        assertEquals(3, trainable(sd).size(), "a refused attach froze something");
        SameDiffAdapters.attach(sd, FIRST, SMALL);
        assertMessage("attach: weight first.w has an adapter already", () -> SameDiffAdapters.attach(sd, BOTH, SMALL));
    }

    @Test
    void attach_otherUsesOfTheWeight_areRefused() {
        assertRefused("adapt w: used both as it is and transposed (products ", (sd, x, w) -> {
            sd.mmul(x, w);
            sd.mmul(x, w, false, true, false);
        });
        assertRefused("(matmul), expected products with the weight on the right only", (sd, x, w) -> {
            sd.mmul(x, w);
            sd.mmul(w, x, false, true, false);
        });
        assertRefused(
                " transposes its result or scales it, expected a plain x·W",
                (sd, x, w) -> sd.mmul(x, w, false, false, true));
        assertRefused("attach: the graph has no product with a weight on the right", (sd, x, w) -> x.add(w));
    }

    private interface Use {
        void build(SameDiff sd, SDVariable x, SDVariable w);
    }

    private static void assertRefused(String part, Use use) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 4);
        use.build(sd, x, sd.var("w", RandomArrays.normal(new Random(1), DataType.DOUBLE, 4, 4)));
        String message = assertThrows(IllegalArgumentException.class, () -> SameDiffAdapters.attach(sd, BOTH, SMALL))
                .getMessage();
        assertTrue(message.contains(part), message);
    }

    private static void assertMessage(String expected, Executable call) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    /** Attaches and gives all factors random numbers. */
    private static SameDiffAdapters attachRandom(SameDiff sd) {
        SameDiffAdapters adapters = SameDiffAdapters.attach(sd, BOTH, SMALL);
        try (AdapterSet ours = adapters.toAdapters()) {
            INDArray values = ours.values();
            values.assign(RandomArrays.normal(new Random(9), values.dataType(), values.length())
                    .muli(0.3));
            adapters.copyFrom(ours);
        }
        return adapters;
    }

    private static Set<String> trainable(SameDiff sd) {
        return sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .map(SDVariable::name)
                .collect(Collectors.toSet());
    }

    private double loss(SameDiff sd) {
        return Graphs.output(sd, "loss", data).getDouble(0);
    }

    private static Map<String, double[]> frozen(SameDiff sd) {
        Map<String, double[]> values = new HashMap<>();
        for (String name : List.of("first.w", "first.b", "second.w")) {
            values.put(name, sd.getVariable(name).getArr().dup().data().asDouble());
        }
        return values;
    }
}
