package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;
import static org.lsradapt.lsr.RandomArrays.tolerance;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.ConditionMonitor.Policy;
import org.lsradapt.lsr.numerics.ConditionMonitor.Reading;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class ConditionMonitorTest {

    /** Three layers whose B is not zero. */
    private static AdapterSet adapters(DataType type, int factors) {
        Random random = new Random(1);
        List<FrozenLinear> layers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            layers.add(FrozenLinear.of("layer." + i, normal(random, type, 30, 42)));
        }
        LsrConfig config =
                LsrConfig.builder().separationRank(6).factorCount(factors).build();
        AdapterSet adapters = AdapterSet.create(layers, config, Backends.standard());
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            adapter.b()
                    .factors()
                    .forEach(factor ->
                            factor.assign(normal(random, type, factor.shape()).muli(0.2)));
        }
        return adapters;
    }

    private static ConditionMonitor.Settings settings(Policy policy, double epsilon) {
        return new ConditionMonitor.Settings(5, Precision.FP16, epsilon, policy);
    }

    /** A handler that records its calls. */
    private static final class Told implements ConditionMonitor.Handler {
        final List<INDArray> rewritten = new ArrayList<>();
        final List<String> fallen = new ArrayList<>();

        @Override
        public void rewritten(List<INDArray> factors) {
            rewritten.addAll(factors);
        }

        @Override
        public void fallBack(LsrAdapter adapter) {
            fallen.add(adapter.name());
        }
    }

    @Test
    void observe_everyFifthStep_readsAllSums() {
        try (AdapterSet adapters = adapters(DataType.FLOAT, 3)) {
            ConditionMonitor monitor =
                    new ConditionMonitor(adapters, settings(Policy.LOG, 1), ConditionMonitor.Handler.NONE);
            assertTrue(monitor.observe(4).isEmpty());
            List<Reading> readings = monitor.observe(5);
            assertEquals(6, readings.size());
            Reading reading = readings.get(3);
            assertEquals("layer.1", reading.layer());
            assertEquals("B", reading.side());
            ConditionNumber expected =
                    ConditionNumber.of(adapters.lsrAdapter("layer.1").b());
            assertEquals(expected, reading.condition());
            assertEquals(expected.value() * 0x1p-11 * expected.normF(), reading.error(), 1e-12);
            assertFalse(reading.exceeded());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void observe_reorthogonalize_keepsTheMatrixAndBringsConditionToOne(DataType type) {
        try (AdapterSet adapters = adapters(type, 2)) {
            LsrAdapter bad = adapters.lsrAdapter("layer.1");
            SkewedTerms.rewrite(bad.a(), 100);
            INDArray before = bad.a().materialize();
            INDArray others =
                    adapters.lsrAdapter("layer.0").a().factors().get(0).dup();
            Told told = new Told();
            ConditionMonitor monitor = new ConditionMonitor(adapters, settings(Policy.REORTHOGONALIZE, 0.05), told);
            Reading reading = monitor.observe(0).get(2);
            assertTrue(reading.exceeded() && reading.condition().value() > 10, reading.toString());
            assertTrue(relativeError(before, bad.a().materialize()) < tolerance(type));
            assertEquals(1, ConditionNumber.of(bad.a()).value(), type == DataType.FLOAT ? 1e-5 : 1e-12);
            assertEquals(bad.a().factors(), told.rewritten);
            assertEquals(others, adapters.lsrAdapter("layer.0").a().factors().get(0), "the others stay");
            assertFalse(monitor.observe(5).get(2).exceeded());
        }
    }

    @Test
    void observe_reorthogonalizeZeroMatrix_leavesGradientsForEveryTerm() {
        try (AdapterSet adapters = adapters(DataType.DOUBLE, 2)) {
            KroneckerSum b = adapters.lsrAdapter("layer.0").b();
            INDArray first = b.factors().get(0);
            INDArray second = b.factors().get(1);
            for (int k = 1; k < 6; k += 2) {
                first.slice(k).assign(first.slice(k - 1));
                second.slice(k).assign(second.slice(k - 1).neg());
            }
            first.muli(1000);
            assertEquals(0, b.normF(), 1e-9);
            ConditionMonitor monitor =
                    new ConditionMonitor(adapters, settings(Policy.REORTHOGONALIZE, 0.01), new Told());
            monitor.observe(0);
            assertEquals(0, b.materialize().norm2Number().doubleValue(), 1e-9);
            KroneckerSum.Gradient gradient = b.gradient(normal(new Random(3), DataType.DOUBLE, 4, 42));
            for (int k = 0; k < 6; k++) {
                double norm = gradient.factors().get(1).slice(k).norm2Number().doubleValue();
                assertTrue(norm > 0.1, "gradient of term " + k + ": " + norm);
            }
        }
    }

    @Test
    void observe_clip_scalesTheMatrixToTheBound() {
        try (AdapterSet adapters = adapters(DataType.DOUBLE, 3)) {
            LsrAdapter adapter = adapters.lsrAdapter("layer.2");
            double epsilon = ConditionNumber.of(adapter.a()).smallestError(Precision.FP16) / 8;
            INDArray before = adapter.a().materialize();
            new ConditionMonitor(adapters, settings(Policy.CLIP, epsilon), new Told()).observe(10);
            assertEquals(epsilon, ConditionNumber.of(adapter.a()).smallestError(Precision.FP16), 1e-9 * epsilon);
            assertTrue(relativeError(before.div(8), adapter.a().materialize()) < 1e-9);
        }
    }

    @Test
    void observe_fallBack_tellsOnceAndJudgesByFp32() {
        try (AdapterSet adapters = adapters(DataType.FLOAT, 2)) {
            SkewedTerms.rewrite(adapters.lsrAdapter("layer.1").a(), 100);
            Told told = new Told();
            ConditionMonitor monitor = new ConditionMonitor(adapters, settings(Policy.FALL_BACK, 0.05), told);
            assertTrue(monitor.observe(0).get(2).exceeded());
            assertFalse(monitor.observe(5).get(2).exceeded());
            assertEquals(List.of("layer.1"), told.fallen);
        }
    }

    @Test
    void observe_notFinite_isExceededAndLeftAlone() {
        try (AdapterSet adapters = adapters(DataType.FLOAT, 2)) {
            adapters.lsrAdapter("layer.0").a().factors().get(0).putScalar(0, Float.POSITIVE_INFINITY);
            Told told = new Told();
            assertTrue(new ConditionMonitor(adapters, settings(Policy.REORTHOGONALIZE, 1), told)
                    .observe(0)
                    .get(0)
                    .exceeded());
            assertTrue(told.rewritten.isEmpty());
        }
    }

    @Test
    void create_orthogonalTermsOfThreeFactors_isRefused() {
        try (AdapterSet adapters = adapters(DataType.FLOAT, 3)) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> new ConditionMonitor(adapters, settings(Policy.REORTHOGONALIZE, 1), new Told()))
                    .getMessage();
            assertTrue(message.contains("layer.0 has 3 factors per term, re-orthogonalize needs 2"), message);
        }
    }

    @Test
    void observe_errorAtTheBound_isAccepted() {
        try (AdapterSet adapters = adapters(DataType.FLOAT, 2)) {
            double error = new ConditionMonitor(adapters, settings(Policy.LOG, 1), new Told())
                    .observe(0)
                    .get(0)
                    .error();
            assertFalse(exceededAt(adapters, error));
            assertTrue(exceededAt(adapters, Math.nextDown(error)));
        }
    }

    private static boolean exceededAt(AdapterSet adapters, double epsilon) {
        return new ConditionMonitor(adapters, settings(Policy.LOG, epsilon), new Told())
                .observe(0)
                .get(0)
                .exceeded();
    }

    @Test
    void keepInFp32_ofATrainingThatGoesOn_judgesAsTheEarlierMonitorDid() {
        try (AdapterSet adapters = adapters(DataType.FLOAT, 2)) {
            SkewedTerms.rewrite(adapters.lsrAdapter("layer.1").a(), 100);
            ConditionMonitor earlier = new ConditionMonitor(adapters, settings(Policy.FALL_BACK, 0.05), new Told());
            earlier.observe(0);
            assertEquals(Set.of("layer.1"), earlier.inFp32());
            ConditionMonitor later = new ConditionMonitor(adapters, settings(Policy.FALL_BACK, 0.05), new Told());
            assertEquals(Set.of(), later.inFp32());
            earlier.inFp32().forEach(later::keepInFp32);
            assertEquals(earlier.observe(5), later.observe(5));
        }
    }

    @Test
    void settings_outOfRange_areRefused() {
        new ConditionMonitor.Settings(1, Precision.FP16, Double.MIN_VALUE, Policy.LOG);
        assertEquals(
                "condition monitor: every 0 steps, expected >= 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new ConditionMonitor.Settings(0, Precision.FP16, 1, Policy.LOG))
                        .getMessage());
        for (double epsilon : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertEquals(
                    "condition monitor: epsilon is " + epsilon + ", expected a positive number",
                    assertThrows(IllegalArgumentException.class, () -> settings(Policy.LOG, epsilon))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void policy_byItsLabel_isFound(Policy policy) {
        assertEquals(policy, Policy.named(policy.label()));
    }
}
