package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;
import static org.lsradapt.lsr.RandomArrays.relativeError;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.LoraConversion.Settings;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

@EveryProcessor
class LoraConversionTest {

    private static LsrConfig config(int r, int s, double alpha) {
        return LsrConfig.builder()
                .bottleneckRank(r)
                .separationRank(s)
                .alpha(alpha)
                .build();
    }

    private static double error(INDArray a, INDArray b, LoraConversion conversion) {
        INDArray delta = a.castTo(DataType.DOUBLE).mmul(b.castTo(DataType.DOUBLE));
        INDArray made = conversion
                .a()
                .materialize()
                .castTo(DataType.DOUBLE)
                .mmul(conversion.b().materialize().castTo(DataType.DOUBLE))
                .muli(conversion.config().scaling());
        return made.subi(delta).norm2Number().doubleValue()
                / delta.norm2Number().doubleValue();
    }

    @Property(tries = 60)
    void of_anyShape_reportsItsErrorFallsMonotonelyAndIsNotWorseThanPlain(
            @ForAll @IntRange(min = 1, max = 30) int in,
            @ForAll @IntRange(min = 1, max = 30) int out,
            @ForAll @IntRange(min = 1, max = 6) int r,
            @ForAll @IntRange(min = 1, max = 6) int newR,
            @ForAll @IntRange(min = 1, max = 5) int s,
            @ForAll Random random) {
        INDArray a = normal(random, DataType.DOUBLE, in, r);
        INDArray b = normal(random, DataType.DOUBLE, r, out);
        LsrConfig config = config(newR, s, -1.7);
        LoraConversion conversion = LoraConversion.of(a, b, config, new Settings(1, 5, 20, 0, 3));
        double error = error(a, b, conversion);
        double normA = conversion.a().normF();
        double size =
                normA * conversion.b().normF() * 1.7 / a.mmul(b).norm2Number().doubleValue();
        assertEquals(error, conversion.relativeError(), 1e-13 * (1 + size));
        for (int i = 1; i < conversion.errors().size(); i++) {
            assertTrue(
                    conversion.errors().get(i) < conversion.errors().get(i - 1),
                    conversion.errors().toString());
        }
        assertEquals(newR < r, Double.isNaN(conversion.plainError()));
        if (newR >= r) {
            assertTrue(conversion.relativeError() <= conversion.plainError());
        }
        assertEquals(normA, conversion.b().normF(), 1e-9 * normA);
        assertEquals(1, ConditionNumber.of(conversion.a()).value(), 1e-9);
        assertEquals(conversion.parameterCount() < (long) r * (in + out), conversion.savesParameters());
    }

    /**
     * Where r' is larger than r, the columns left over would stay zero: on both sides they are a saddle point. Of these sizes
     * round-off leaves none of it.
     */
    @Test
    void of_columnsLeftOver_areUsed() {
        INDArray a = normal(new Random(21), DataType.DOUBLE, 12, 3);
        INDArray b = normal(new Random(22), DataType.DOUBLE, 3, 12);
        LsrConfig.Builder builder = LsrConfig.builder()
                .separationRank(2)
                .alpha(1)
                .inFactors(List.of(6, 2))
                .outFactors(List.of(6, 2));
        Settings settings = new Settings(0, 10, 200, 1e-4, 42);
        double narrow = LoraConversion.of(
                        a,
                        b,
                        builder.bottleneckRank(3).rankFactors(List.of(1, 3)).build(),
                        settings)
                .relativeError();
        double wide = LoraConversion.of(
                        a,
                        b,
                        builder.bottleneckRank(6).rankFactors(List.of(2, 3)).build(),
                        settings)
                .relativeError();
        assertTrue(wide < 0.9 * narrow, wide + " with six columns, " + narrow + " with three");
    }

    @Test
    void of_plain_isTheNearestSumOfEachSide() {
        Random random = new Random(1);
        INDArray a = normal(random, DataType.DOUBLE, 12, 4);
        INDArray b = normal(random, DataType.DOUBLE, 4, 10);
        LoraConversion conversion = LoraConversion.of(a, b, config(4, 3, 1), Settings.DEFAULTS);
        INDArray plain = NearestSum.ofMatrix(a, 4, 2, 3)
                .sum()
                .materialize()
                .mmul(NearestSum.ofMatrix(b, 2, 5, 3).sum().materialize());
        INDArray delta = a.mmul(b);
        double expected = plain.sub(delta).norm2Number().doubleValue()
                / delta.norm2Number().doubleValue();
        assertEquals(expected, conversion.plainError(), 1e-12);
    }

    @Test
    void of_sumsHiddenByARotation_findsThemAgain() {
        Random random = new Random(2);
        for (int round = 0; round < 5; round++) {
            KroneckerSum a =
                    KroneckerSum.of(normal(random, DataType.DOUBLE, 2, 6, 2), normal(random, DataType.DOUBLE, 2, 4, 2));
            KroneckerSum b =
                    KroneckerSum.of(normal(random, DataType.DOUBLE, 2, 2, 5), normal(random, DataType.DOUBLE, 2, 2, 4));
            INDArray g = normal(random, DataType.DOUBLE, 4, 4);
            SingularValues svd = SingularValues.of(g);
            double[] inverse = svd.sigma().clone();
            for (int i = 0; i < inverse.length; i++) {
                inverse[i] = 1 / inverse[i];
            }
            INDArray inverted = svd.v()
                    .mulRowVector(Nd4j.createFromArray(inverse))
                    .mmul(svd.u().transpose());
            LoraConversion conversion = LoraConversion.of(
                    a.materialize().mmul(g),
                    inverted.mmul(b.materialize()),
                    config(4, 2, 1),
                    new Settings(8, 40, 3000, 1e-6, 1));
            assertTrue(conversion.plainError() > 0.1, "G = I: " + conversion.plainError());
            assertTrue(
                    conversion.relativeError() < 0.01, conversion.relativeError() + " of " + conversion.plainError());
        }
    }

    @Test
    void of_againstGradientDescent_isNotBeaten() {
        Random random = new Random(3);
        INDArray a = normal(random, DataType.DOUBLE, 12, 4);
        INDArray b = normal(random, DataType.DOUBLE, 4, 10);
        INDArray delta = a.mmul(b);
        double norm = delta.norm2Number().doubleValue();
        double best = LoraConversion.of(a, b, config(4, 2, 1), new Settings(8, 20, 1000, 1e-7, 1))
                .relativeError();
        for (int start = 0; start < 2; start++) {
            KroneckerSum l = KroneckerSum.of(
                    normal(random, DataType.DOUBLE, 2, 4, 2).muli(0.5),
                    normal(random, DataType.DOUBLE, 2, 3, 2).muli(0.5));
            KroneckerSum r = KroneckerSum.of(
                    normal(random, DataType.DOUBLE, 2, 2, 5).muli(0.5),
                    normal(random, DataType.DOUBLE, 2, 2, 2).muli(0.5));
            for (int step = 0; step < 1200; step++) {
                INDArray denseL = l.materialize();
                INDArray denseR = r.materialize();
                INDArray residual = denseL.mmul(denseR).subi(delta);
                descend(l, residual.mmul(denseR.transpose()));
                descend(r, denseL.transpose().mmul(residual));
            }
            double reached = l.materialize()
                            .mmul(r.materialize())
                            .subi(delta)
                            .norm2Number()
                            .doubleValue()
                    / norm;
            assertTrue(best <= reached + 1e-6, best + " > " + reached);
        }
    }

    private static void descend(KroneckerSum sum, INDArray gradient) {
        KroneckerSum.Gradient factors = sum.gradient(gradient.dup('c'));
        for (int i = 0; i < 2; i++) {
            sum.factors().get(i).subi(factors.factors().get(i).mul(0.004));
        }
    }

    @Test
    void of_largerBottleneckRank_allowsMore() {
        Random random = new Random(4);
        INDArray a = normal(random, DataType.FLOAT, 24, 2);
        INDArray b = normal(random, DataType.FLOAT, 2, 24);
        double last = 1;
        for (int r : new int[] {1, 2, 4}) {
            LoraConversion conversion = LoraConversion.of(a, b, config(r, 2, 4), Settings.DEFAULTS);
            assertTrue(conversion.relativeError() < last, "r = " + r + ": " + conversion.relativeError());
            assertEquals(DataType.FLOAT, conversion.a().dataType());
            assertEquals(conversion.relativeError(), error(a, b, conversion), 1e-5);
            last = conversion.relativeError();
        }
    }

    @Test
    void withinError_returnsFewTermsThatReachItAndSaysWhenNothingIsSaved() {
        Random random = new Random(5);
        INDArray a = normal(random, DataType.DOUBLE, 24, 4);
        INDArray b = normal(random, DataType.DOUBLE, 4, 24);
        LsrConfig config = config(4, 1, 1);
        LoraConversion half = LoraConversion.withinError(a, b, config, 0.5, Settings.DEFAULTS);
        assertTrue(half.relativeError() <= 0.5);
        int s = half.config().separationRank();
        assertTrue(LoraConversion.of(a, b, config.withPlainTerms(s - 1), Settings.DEFAULTS)
                        .relativeError()
                > 0.5);
        LoraConversion exact = LoraConversion.withinError(a, b, config, 1e-9, Settings.DEFAULTS);
        assertTrue(exact.relativeError() <= 1e-9, "exact with all terms: " + exact.relativeError());
        assertFalse(exact.savesParameters(), exact.parameterCount() + " of " + exact.loraParameterCount());
        LoraConversion low = LoraConversion.withinError(a, b, config(1, 1, 1), 1e-3, Settings.DEFAULTS);
        assertTrue(low.relativeError() > 1e-3, "one direction cannot");
    }

    @Test
    void forBudget_fitsAndIsNotWorseThanTheBalancedSplit() {
        Random random = new Random(6);
        KroneckerSum left =
                KroneckerSum.of(normal(random, DataType.DOUBLE, 1, 12, 1), normal(random, DataType.DOUBLE, 1, 2, 4));
        KroneckerSum right =
                KroneckerSum.of(normal(random, DataType.DOUBLE, 1, 1, 2), normal(random, DataType.DOUBLE, 1, 4, 5));
        INDArray a = left.materialize();
        INDArray b = right.materialize();
        LoraConversion best = LoraConversion.forBudget(a, b, 4, 42, Settings.DEFAULTS);
        assertTrue(best.parameterCount() <= 42);
        assertTrue(best.relativeError() < 1e-6, best.config() + ": " + best.relativeError());
        assertEquals(
                "conversion: 3 numbers do not hold one term of a [24, 4] and a [4, 10] matrix",
                message(() -> LoraConversion.forBudget(a, b, 4, 3, Settings.DEFAULTS)));
    }

    @Test
    void ofSet_convertsEveryLayerWithItsScaling() {
        List<int[]> sizes = List.of(new int[] {12, 8}, new int[] {8, 15});
        try (AdapterSet lora = RandomAdapters.set(7, DataType.FLOAT, sizes, LsrConfig.lora(4, 8))) {
            LoraConversion.Converted converted = LoraConversion.of(lora, config(4, 3, 0.5), Settings.DEFAULTS);
            try (AdapterSet made = converted.adapters()) {
                for (int i = 0; i < 2; i++) {
                    LsrAdapter adapter = made.lsrAdapters().get(i);
                    assertEquals(
                            converted.conversions().get(i).relativeError(),
                            AdapterReduction.relativeError(lora.lsrAdapter(adapter.name()), adapter),
                            1e-5);
                }
            }
        }
    }

    @Test
    void of_zero_isZero() {
        LoraConversion conversion = LoraConversion.of(
                Nd4j.ones(DataType.DOUBLE, 6, 2),
                Nd4j.zeros(DataType.DOUBLE, 2, 4),
                config(2, 2, 1),
                Settings.DEFAULTS);
        assertEquals(0, conversion.relativeError());
        INDArray product = conversion.a().materialize().mmul(conversion.b().materialize());
        assertTrue(relativeError(Nd4j.zeros(DataType.DOUBLE, 6, 4), product) < 1e-12, product.toString());
    }

    @Test
    void badInput_isRefusedByName() {
        INDArray a = Nd4j.ones(DataType.FLOAT, 6, 2);
        INDArray b = Nd4j.ones(DataType.FLOAT, 2, 4);
        LsrConfig three = LsrConfig.builder().factorCount(3).build();
        assertEquals(
                "conversion: the configuration has 3 factors per term, expected 2",
                message(() -> LoraConversion.of(a, b, three, Settings.DEFAULTS)));
        assertEquals(
                "conversion: the configuration's scaling is 0, expected a non-zero value",
                message(() -> LoraConversion.of(a, b, config(2, 1, 0), Settings.DEFAULTS)));
        assertEquals(
                "conversion: B is [6, 2], expected [2, *] (A's columns)",
                message(() -> LoraConversion.of(a, a, config(2, 1, 1), Settings.DEFAULTS)));
        assertEquals(
                "conversion: relative error NaN, expected a number of at least 0",
                message(() -> LoraConversion.withinError(a, b, config(2, 1, 1), Double.NaN, Settings.DEFAULTS)));
        assertEquals("conversion: -1 rotations, expected at least 0", message(() -> new Settings(-1, 1, 1, 0, 0)));
        assertEquals("conversion: 0 trial sweeps, expected at least 1", message(() -> new Settings(0, 0, 1, 0, 0)));
        assertEquals("conversion: -1 sweeps, expected at least 0", message(() -> new Settings(0, 1, -1, 0, 0)));
        assertEquals("conversion: tolerance is -1.0, expected at least 0", message(() -> new Settings(0, 1, 1, -1, 0)));
    }

    private static String message(org.junit.jupiter.api.function.Executable executable) {
        return assertThrows(IllegalArgumentException.class, executable).getMessage();
    }
}
