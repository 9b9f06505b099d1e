package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.lsr.RandomArrays.normal;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class GradientStartTest {
    private static final int IN = 24;
    private static final int OUT = 20;

    private static LsrAdapter adapter(LsrConfig config) {
        return LsrAdapter.wrap(FrozenLinear.of("layer", Nd4j.zeros(DataType.DOUBLE, IN, OUT)), config);
    }

    private static LsrConfig.Builder sums(int r, int s) {
        return LsrConfig.builder().bottleneckRank(r).separationRank(s);
    }

    /** A gradient whose singular values fall by a third each. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Falling(INDArray gradient, double[] sigma) {
        static Falling of(long seed, int k) {
            Random random = new Random(seed);
            INDArray left = GradientStart.basis(normal(random, DataType.DOUBLE, IN, k));
            INDArray right = GradientStart.basis(normal(random, DataType.DOUBLE, OUT, k));
            double[] sigma = new double[k];
            for (int i = 0; i < k; i++) {
                sigma[i] = Math.pow(1.5, -i);
            }
            return new Falling(left.mulRowVector(Nd4j.createFromArray(sigma)).mmul(right.transpose()), sigma);
        }

        /** The share of the leading directions. */
        double share(int r) {
            return 1 - Math.pow(SingularValues.tail(sigma, r) / SingularValues.tail(sigma, 0), 2);
        }
    }

    private static double apply(LsrAdapter adapter, INDArray gradient) {
        return GradientStart.apply(adapter, Nd4j.eye(IN).castTo(DataType.DOUBLE), gradient);
    }

    /** What a step that changes B by −Aᵀ·G follows of G: ‖A·A⁺·G‖² / ‖G‖², A's column space by definition. */
    private static double follows(LsrAdapter adapter, INDArray gradient) {
        return follows(adapter.a().materialize(), gradient);
    }

    private static double follows(INDArray a, INDArray gradient) {
        INDArray gram = a.transpose().mmul(a);
        INDArray projected = a.mmul(org.nd4j.linalg.inverse.InvertMatrix.invert(gram, false))
                .mmul(a.transpose())
                .mmul(gradient);
        return Math.pow(
                projected.norm2Number().doubleValue() / gradient.norm2Number().doubleValue(), 2);
    }

    @Test
    void apply_toLora_spansTheLeadingDirections_andKeepsTheNorm() {
        Falling falling = Falling.of(1, 10);
        try (LsrAdapter lora = adapter(LsrConfig.lora(3, 3))) {
            double norm = lora.a().normF();
            assertEquals(falling.share(3), apply(lora, falling.gradient()), 1e-12);
            assertEquals(falling.share(3), follows(lora, falling.gradient()), 1e-12);
            assertEquals(norm, lora.a().normF(), 1e-12);
            assertEquals(0, lora.b().normF());
        }
    }

    @Test
    void apply_toASumOfEveryMatrix_spansTheLeadingDirections() {
        Falling falling = Falling.of(2, 10);
        // A has 6·2 = 12 by 4·2 = 8 numbers rearranged, so 8 terms are every matrix; there are 9.
        try (LsrAdapter adapter = adapter(
                sums(4, 9).inFactors(List.of(6, 4)).rankFactors(List.of(2, 2)).build())) {
            assertEquals(falling.share(4), apply(adapter, falling.gradient()), 1e-10);
            assertEquals(0, adapter.b().normF());
            assertTrue(
                    norms(adapter.a().factors().get(1))[8] > 0, "a term of zeros in both factors could not be trained");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void apply_toShorterSums_followsMoreOfTheGradientThanARandomStart(int s) {
        for (int seed = 0; seed < 10; seed++) {
            Falling falling = Falling.of(seed, 10);
            LsrConfig config = sums(4, s).seed(seed).build();
            try (LsrAdapter adapter = adapter(config)) {
                double random = follows(adapter, falling.gradient());
                double norm = adapter.a().normF();
                double[] norms = norms(adapter.b().factors().get(0));
                double share = apply(adapter, falling.gradient());
                assertEquals(follows(adapter, falling.gradient()), share, 1e-9);
                assertTrue(share > random + 0.1, s + " terms: " + share + ", random " + random);
                assertTrue(share <= falling.share(4) + 1e-12);
                assertEquals(norm, adapter.a().normF(), 1e-12);
                assertArrayEquals(norms, norms(adapter.b().factors().get(0)), 1e-12);
                assertEquals(0, adapter.b().normF());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void apply_turnsTheDirections_untilASumIsNearerToThem(int s) {
        double turned = 0;
        double unturned = 0;
        for (int seed = 0; seed < 10; seed++) {
            Falling falling = Falling.of(seed, 10);
            try (LsrAdapter adapter = adapter(sums(4, s).build())) {
                turned += apply(adapter, falling.gradient()) / 10;
                INDArray factor = adapter.a().factors().get(0);
                INDArray leading = SingularValues.of(falling.gradient()).u().getColumns(0, 1, 2, 3);
                unturned += follows(
                                NearestSum.ofMatrix(leading, (int) factor.size(1), (int) factor.size(2), s)
                                        .sum()
                                        .materialize(),
                                falling.gradient())
                        / 10;
            }
        }
        assertTrue(turned > unturned + 0.02, s + " terms: " + turned + ", without turns " + unturned);
    }

    @Test
    void apply_ofDirections_givesEachTheSignOfItsLargestElement() {
        for (int sign : new int[] {-1, 1}) {
            try (LsrAdapter lora = adapter(LsrConfig.lora(3, 3))) {
                apply(lora, Falling.of(1, 10).gradient().mul(sign));
                INDArray a = lora.a().materialize();
                for (int k = 0; k < 3; k++) {
                    double largest = a.getColumn(k).maxNumber().doubleValue();
                    assertEquals(a.getColumn(k).normmaxNumber().doubleValue(), largest, 0, "column " + k);
                }
            }
        }
    }

    @Test
    void apply_ofABasisOfRColumns_spansThem() {
        INDArray gradient = Falling.of(7, 4).gradient();
        INDArray basis = GradientStart.basis(gradient.mmul(normal(new Random(8), DataType.DOUBLE, OUT, 4)));
        try (LsrAdapter lora = adapter(LsrConfig.lora(4, 4))) {
            assertEquals(1, GradientStart.apply(lora, basis, basis.transpose().mmul(gradient)), 1e-12);
        }
    }

    private static double[] norms(INDArray factors) {
        double[] norms = new double[(int) factors.size(0)];
        for (int k = 0; k < norms.length; k++) {
            norms[k] = SmallMatrices.norm(SmallMatrices.rows(factors)[k]);
        }
        return norms;
    }

    /** With B₁ given, the nearest Σ B₁ ⊗ X to AᵀG is the projection on what B₁ spans, rearranged. */
    @Test
    void apply_firstFactorsOfB_followTheMostOfWhatAFollows() {
        Falling falling = Falling.of(3, 10);
        try (LsrAdapter adapter = adapter(sums(4, 3).build())) {
            apply(adapter, falling.gradient());
            INDArray target = adapter.a().materialize().transpose().mmul(falling.gradient());
            INDArray b1 = adapter.b().factors().get(0);
            INDArray rearranged = NearestSum.rearranged(target, (int) b1.size(1), (int) b1.size(2));
            INDArray span = GradientStart.basis(
                    b1.reshape('c', 3, b1.size(1) * b1.size(2)).transpose().dup('c'));
            double left = rearranged
                    .sub(span.mmul(span.transpose()).mmul(rearranged))
                    .norm2Number()
                    .doubleValue();
            NearestSum nearest = NearestSum.ofMatrix(target, (int) b1.size(1), (int) b1.size(2), 3);
            assertEquals(nearest.error(), left, 1e-10);
        }
    }

    @Test
    void apply_ofABasis_isThatOfTheGradientWithin() {
        Falling falling = Falling.of(4, 6);
        INDArray basis = GradientStart.basis(falling.gradient().mmul(normal(new Random(5), DataType.DOUBLE, OUT, 8)));
        try (LsrAdapter whole = adapter(sums(4, 3).build());
                LsrAdapter within = adapter(sums(4, 3).build())) {
            double expected = apply(whole, falling.gradient());
            double share = GradientStart.apply(within, basis, basis.transpose().mmul(falling.gradient()));
            assertEquals(expected, share, 1e-6);
        }
    }

    @Test
    void apply_ofNoGradient_changesNothing() {
        try (LsrAdapter adapter = adapter(sums(4, 3).build())) {
            INDArray before = adapter.a().materialize();
            assertEquals(0, apply(adapter, Nd4j.zeros(DataType.DOUBLE, IN, OUT)));
            assertEquals(before, adapter.a().materialize());
        }
    }

    @Test
    void apply_whereItCannotBe_isRefused() {
        INDArray gradient = Falling.of(6, 5).gradient();
        refused("adapters of 3 factors and", sums(4, 3).factorCount(3).build(), gradient);
        refused(
                "initialization paper-authors, expected 2 factors, or LoRA, and a zero update",
                sums(4, 3).initialization(Initialization.PAPER_AUTHORS).build(),
                gradient);
        refused("coordinates", sums(4, 3).build(), gradient.transpose());
        try (LsrAdapter trained = adapter(sums(4, 3).build())) {
            trained.b().factors().get(1).addi(0.1);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> apply(trained, gradient))
                    .getMessage()
                    .contains("the update of layer layer is not zero"));
        }
        try (LsrAdapter adapter = adapter(sums(4, 3).build())) {
            assertTrue(assertThrows(
                            IllegalArgumentException.class,
                            () -> GradientStart.apply(
                                    adapter,
                                    Nd4j.eye(IN).castTo(DataType.DOUBLE).getColumns(0, 1),
                                    gradient.getRows(0, 1)))
                    .getMessage()
                    .contains("basis has 2 columns, expected r = 4 or more"));
        }
        assertThrows(IllegalArgumentException.class, () -> GradientStart.basis(Nd4j.zeros(DataType.DOUBLE, 2, 3)));
    }

    private static void refused(String expected, LsrConfig config, INDArray gradient) {
        try (LsrAdapter adapter = adapter(config)) {
            String message = assertThrows(IllegalArgumentException.class, () -> apply(adapter, gradient))
                    .getMessage();
            assertTrue(message.contains(expected), message);
        }
    }
}
