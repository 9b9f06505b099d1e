package org.lsradapt.lsr.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.composed.HiraConfig;
import org.lsradapt.baselines.composed.MixedConfig;
import org.lsradapt.baselines.frozen.FourierConfig;
import org.lsradapt.baselines.frozen.LoraXsConfig;
import org.lsradapt.baselines.frozen.VeraConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.EveryProcessor;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Truncated updates against singular values from Jacobi rotations, and against the products written out. */
@EveryProcessor
class NearestLoraTest {
    private static final int[][] SIZES = {{12, 8}, {8, 12}, {12, 12}};
    private final Random random = new Random(Long.getLong("seed", 71));

    static List<AdapterConfig> kinds() {
        return List.of(
                LsrConfig.builder().bottleneckRank(4).separationRank(3).build(),
                LsrConfig.lora(3, 7.5),
                KroneckerConfig.krona(1.5),
                KroneckerConfig.lokr(1, 3),
                KroneckerConfig.cdka(2, 2, 1, 5),
                KroneckerConfig.kadaptation(2, 0, 3),
                new MixedConfig(List.of(2, 4), List.of(2, 4), 1.25, 1),
                HiraConfig.of(2),
                VeraConfig.of(5),
                new LoraXsConfig(3, 7, 1),
                FourierConfig.of(9));
    }

    private AdapterSet set(AdapterConfig config, DataType type) {
        List<FrozenLinear> layers = new ArrayList<>();
        for (int[] size : SIZES) {
            layers.add(FrozenLinear.of("layer" + layers.size(), RandomArrays.normal(random, type, size[0], size[1])));
        }
        AdapterSet set = AdapterSet.create(layers, config, Backends.standard());
        for (Parameter parameter : set.parameters()) {
            parameter
                    .value()
                    .assign(RandomArrays.normal(random, type, parameter.value().shape()));
        }
        set.materialize();
        return set;
    }

    /** The squares of all singular values, largest first, by cyclic one-sided Jacobi rotations of the rows. */
    private static double[] squaredSigma(INDArray matrix) {
        double[][] rows = (matrix.size(0) <= matrix.size(1) ? matrix : matrix.transpose())
                .dup('c')
                .toDoubleMatrix();
        for (int sweep = 0; sweep < 60; sweep++) {
            for (int p = 0; p < rows.length; p++) {
                for (int q = p + 1; q < rows.length; q++) {
                    rotate(rows[p], rows[q]);
                }
            }
        }
        return Arrays.stream(rows)
                .map(row -> Arrays.stream(row).map(x -> x * x).sum())
                .sorted(Comparator.reverseOrder())
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private static void rotate(double[] p, double[] q) {
        double alpha = 0;
        double beta = 0;
        double gamma = 0;
        for (int i = 0; i < p.length; i++) {
            alpha += p[i] * p[i];
            beta += q[i] * q[i];
            gamma += p[i] * q[i];
        }
        if (gamma == 0) {
            return;
        }
        double zeta = (beta - alpha) / (2 * gamma);
        double t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        double c = 1 / Math.hypot(1, t);
        for (int i = 0; i < p.length; i++) {
            double old = p[i];
            p[i] = c * (old - t * q[i]);
            q[i] = c * (t * old + q[i]);
        }
    }

    private static double tail(double[] squares, int from) {
        return Math.sqrt(Arrays.stream(squares).skip(from).sum());
    }

    private static double distance(INDArray one, INDArray other) {
        return one.castTo(DataType.DOUBLE)
                .sub(other.castTo(DataType.DOUBLE))
                .norm2Number()
                .doubleValue();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void of_anyKindAndRank_hasTheErrorOfEckartAndYoung(AdapterConfig config) {
        try (AdapterSet set = set(config, DataType.DOUBLE)) {
            for (int r : new int[] {1, 3, 8, 500}) {
                try (NearestLora found = NearestLora.of(set, LoraRank.of(r))) {
                    AdapterSet lora = found.adapters();
                    for (NearestLora.Update update : found.updates()) {
                        INDArray delta = set.find(update.layer()).orElseThrow().deltaWeight();
                        double[] squares = squaredSigma(delta);
                        double norm = tail(squares, 0);
                        LsrAdapter adapter = lora.lsrAdapter(update.layer());
                        assertEquals(LsrConfig.lora(update.rank(), update.rank()), adapter.config());
                        assertTrue(update.rank() <= Math.min(r, 12), update.toString());
                        assertEquals(norm, update.normF(), 1e-12 * norm);
                        assertEquals(tail(squares, update.rank()), update.error(), 1e-12 * norm);
                        assertEquals(update.error(), distance(delta, adapter.deltaWeight()), 1e-12 * norm);
                        // A smaller rank than asked for is only that of ΔW.
                        assertTrue(update.rank() == Math.min(r, squares.length) || update.error() < 1e-11 * norm);
                    }
                    assertTrue(r < 12 || found.isExact());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void of_aShareOfTheEnergy_hasTheSmallestRankThatKeepsIt(AdapterConfig config) {
        try (AdapterSet set = set(config, DataType.DOUBLE)) {
            for (double share : new double[] {0.3, 0.9, 0.99, 1}) {
                try (NearestLora found = NearestLora.of(set, LoraRank.keeping(share))) {
                    for (NearestLora.Update update : found.updates()) {
                        double[] squares = squaredSigma(
                                set.find(update.layer()).orElseThrow().deltaWeight());
                        double whole = Arrays.stream(squares).sum();
                        int expected = 1;
                        while (Arrays.stream(squares).limit(expected).sum() < share * whole - 1e-13 * whole) {
                            expected++;
                        }
                        assertEquals(expected, update.rank(), config + " " + share);
                    }
                }
            }
        }
    }

    /** ΔW is computed in double from FLOAT parameters; only A and B are rounded. */
    @ParameterizedTest
    @MethodSource("kinds")
    void of_floatLayers_losesNoMoreThanTheRoundingOfAAndB(AdapterConfig config) {
        try (AdapterSet set = set(config, DataType.FLOAT)) {
            try (NearestLora found = NearestLora.of(set, LoraRank.of(12))) {
                AdapterSet lora = found.adapters();
                assertTrue(found.isExact(), found.updates().toString());
                for (NearestLora.Update update : found.updates()) {
                    INDArray delta = set.find(update.layer()).orElseThrow().deltaWeight();
                    INDArray now = lora.lsrAdapter(update.layer()).deltaWeight();
                    assertEquals(DataType.FLOAT, now.dataType());
                    assertTrue(distance(delta, now) < 1e-6 * update.normF(), update.layer());
                }
            }
        }
    }

    @Test
    void errors_overAllLayers_areTheLargestAndThatOfAllTogether() {
        try (AdapterSet set = set(HiraConfig.of(3), DataType.DOUBLE)) {
            try (NearestLora found = NearestLora.of(set, LoraRank.of(2))) {
                double errors = 0;
                double norms = 0;
                for (NearestLora.Update update : found.updates()) {
                    errors += Math.pow(update.error(), 2);
                    norms += Math.pow(update.normF(), 2);
                    assertTrue(found.worst().relativeError() >= update.error() / update.normF());
                }
                assertEquals(Math.sqrt(errors / norms), found.relativeError(), 1e-15);
                assertFalse(found.isExact());
            }
        }
    }

    @Test
    void of_anUpdateOfZero_isExactZero() {
        try (AdapterSet set = set(HiraConfig.of(3), DataType.FLOAT)) {
            set.values().assign(0);
            try (NearestLora found = NearestLora.of(set, LoraRank.keeping(0.99))) {
                AdapterSet lora = found.adapters();
                assertTrue(found.isExact());
                assertEquals(0, found.relativeError());
                for (LsrAdapter adapter : lora.lsrAdapters()) {
                    assertEquals(1, adapter.config().bottleneckRank());
                    assertEquals(0, adapter.deltaWeight().norm2Number().doubleValue());
                }
            }
        }
    }

    @Test
    void of_mergedOrNotFinite_isRefused() {
        try (AdapterSet set = set(LsrConfig.lora(2, 2), DataType.FLOAT)) {
            try (InPlaceMerge merge = InPlaceMerge.of(set)) {
                assertThrows(IllegalStateException.class, () -> NearestLora.of(set, LoraRank.of(1)));
            }
            set.parameters().get(1).value().putScalar(0, Double.NaN);
            String message = assertThrows(IllegalArgumentException.class, () -> NearestLora.of(set, LoraRank.of(1)))
                    .getMessage();
            assertTrue(message.contains(set.parameters().get(1).name()), message);
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 8, 1", "0.99, 2147483647, 0.99", "1, 1, 1", "1.0, 2147483647, 1", ".5, 2147483647, 0.5"})
    void parse_readsANumberOrAShare(String text, int most, double energy) {
        assertEquals(new LoraRank(most, energy), LoraRank.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 'rank of LoRA: 0, expected at least 1'",
        "0.0, 'rank of LoRA: a share of 0.0, expected above 0 and at most 1'",
        "1.5, 'rank of LoRA: a share of 1.5, expected above 0 and at most 1'",
        "-1, 'rank of LoRA: ''-1'', expected a whole number such as 8, or a share of the update''s energy such as 0.99'",
        "99%, 'rank of LoRA: ''99%'', expected a whole number such as 8, or a share of the update''s energy such as 0.99'"
    })
    void parse_ofAnythingElse_isRefused(String text, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> LoraRank.parse(text))
                        .getMessage());
    }
}
