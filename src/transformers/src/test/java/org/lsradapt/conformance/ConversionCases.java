package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.numerics.LoraConversion.Settings;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * From A·B to Kronecker sums. Where A and B are nearly such sums themselves the first start wins, and every number follows from
 * it; else the result is compared by its error.
 */
final class ConversionCases {
    private static final int IN = 12;
    private static final int OUT = 10;

    /** Alternating least squares, whose normal equations square the condition of their factors. */
    private static final double SOLVED = RoundOff.sumsTimes(5e5);

    /** The same where the equations are singular to a thousandth. */
    private static final double SINGULAR = RoundOff.sumsTimes(5e8);

    private ConversionCases() {}

    static List<KitCase> all() {
        List<KitCase> cases = new ArrayList<>();
        LsrConfig plain = LsrConfig.builder()
                .seed(42)
                .bottleneckRank(4)
                .separationRank(2)
                .alpha(1.7)
                .build();
        LsrConfig negative = LsrConfig.builder()
                .seed(42)
                .bottleneckRank(6)
                .separationRank(3)
                .alpha(-2.3)
                .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)
                .rankFactors(List.of(2, 3))
                .inFactors(List.of(3, 4))
                .build();
        cases.add(exact("convert-near-sum", DataType.DOUBLE, plain, 4, OUT, 3, 0.03, 4, SOLVED));
        cases.add(exact(
                "convert-near-sum-float", DataType.FLOAT, plain, 4, OUT, 3, 0.03, 4, RoundOff.sums(DataType.FLOAT)));
        cases.add(exact("convert-padded", DataType.DOUBLE, negative, 5, OUT, 4, 0.03, 4, SOLVED));
        // So many terms that B', with a column of zeros, is exact: what A' has there is kept by the proximal term
        // alone.
        cases.add(exact("convert-singular", DataType.DOUBLE, plain.withPlainTerms(4), 3, 4, 2, 0.001, 1, SINGULAR));
        cases.add(fitted("convert-defaults", plain.withPlainTerms(3), 4));
        cases.add(fitted("convert-wider", negative, 3));
        cases.add(fitted("convert-narrower", plain, 5));
        cases.add(spare(plain.withPlainTerms(4)));
        cases.add(stopped("convert-stopped", plain));
        cases.add(converged("convert-converged", plain));
        cases.add(zero("convert-zero", plain));
        cases.add(given("convert-given", negative));
        cases.add(starts("convert-starts", negative, 6, "42"));
        cases.add(starts("convert-starts-filled", negative, 4, "-9007199254740993"));
        addLater(cases, plain, negative);
        return cases;
    }

    /** Since version 2: the second start where it wins, starts of other sizes, and seeds that no double holds. */
    private static void addLater(List<KitCase> cases, LsrConfig plain, LsrConfig negative) {
        KitCase seeds = exact("convert-large-seed", DataType.DOUBLE, negative, 5, OUT, 4, 0.03, 4, SOLVED);
        seeds.settings.put("seed", "-9007199254740993");
        cases.add(seeds.since(2));
        // With one column in the second factors the signs of singular vectors change nothing.
        LsrConfig column = LsrConfig.builder()
                .seed(42)
                .bottleneckRank(4)
                .separationRank(2)
                .alpha(1.7)
                .rankFactors(List.of(4, 1))
                .build();
        cases.add(balanced("convert-balanced", column, 6, "42"));
        cases.add(balanced("convert-balanced-filled", column, 3, "9007199254740993"));
        cases.add(
                starts("convert-starts-narrower", plain, 6, "9007199254740993").since(2));
        cases.add(starts("convert-starts-narrow", negative, 4, "-7", 3).since(2));
    }

    /** A and B of columns whose lengths differ by far, so that their balanced form is the better start. */
    private static KitCase balanced(String name, LsrConfig config, int r, String seed) {
        KitCase made = made(name, config, new Settings(0, 3, 5, 0, 42));
        made.settings.put("seed", seed);
        INDArray a = normal(700, DataType.DOUBLE, IN, r);
        INDArray b = normal(701, DataType.DOUBLE, r, OUT);
        for (int i = 0; i < r; i++) {
            double size = rootOfSeven(2 * i - r);
            a.getColumn(i).muli(size);
            b.getRow(i).divi(size);
        }
        return made.tensor("a", a)
                .tensor("b", b)
                .ofLargest(SOLVED, "errors")
                .ofLargest(RoundOff.products(), "target")
                .product(1e-6, config.scaling(), "update")
                .scalars(SOLVED, "plain_error", "norm_ratio")
                .since(2);
    }

    /** The square root of a power of seven: the double nearest to it. */
    private static double rootOfSeven(int exponent) {
        MathContext digits = new MathContext(40);
        return BigDecimal.valueOf(7).pow(exponent, digits).sqrt(digits).doubleValue();
    }

    private static KitCase made(String name, LsrConfig config, Settings settings) {
        KitCase made = new KitCase(name, "conversion", "convert");
        KitFiles.putConfig(made.settings.putObject("adapter"), config);
        made.settings
                .put("rotations", settings.rotations())
                .put("trial_sweeps", settings.trialSweeps())
                .put("more_sweeps", settings.maxSweeps())
                .put("tolerance", settings.tolerance())
                .put("seed", String.valueOf(settings.seed()));
        return made.scalars(0, "parameters", "lora_parameters");
    }

    /**
     * A's columns and B's rows are the first r ones of sums of so many terms, one of them small, and noise; so from A and B
     * as they are the error is far smaller than from the balanced form, the other start.
     */
    private static KitCase exact(
            String name,
            DataType type,
            LsrConfig config,
            int r,
            int out,
            int terms,
            double noise,
            int sweeps,
            double tolerance) {
        KitCase made = made(name, config, new Settings(0, sweeps, 0, 0, 42));
        INDArray a = nearSum(600, noise, terms, config.inFactors(IN), config.resolvedRankFactors());
        INDArray b = nearSum(610, noise, terms, config.outFactors(out), config.resolvedRankFactors());
        return made.tensor("a", KitFiles.columns(a, r).castTo(type))
                .tensor("b", KitFiles.columns(b, r).transpose().dup('c').castTo(type))
                .ofLargest(tolerance, "a_dense", "b_dense", "errors")
                .ofLargest(tolerance, "a_first_norms", "a_second_norms", "b_first_norms", "b_second_norms")
                .scalars(tolerance, "plain_error");
    }

    private static INDArray nearSum(long seed, double noise, int terms, List<Integer> rows, List<Integer> columns) {
        INDArray[] factors = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            factors[i] = normal(seed + i, DataType.DOUBLE, terms, rows.get(i), columns.get(i));
        }
        factors[0].slice(terms - 1).muli(0.06);
        INDArray sum = KitFiles.dense(factors[0], factors[1]);
        return sum.addi(normal(seed + 5, DataType.DOUBLE, sum.shape()).muli(noise));
    }

    /** More terms than A and B have, so that the solver has factors of zero and of round-off. */
    private static KitCase spare(LsrConfig config) {
        INDArray a = nearSum(630, 0, 1, config.inFactors(IN), config.resolvedRankFactors());
        INDArray b = nearSum(640, 0, 1, config.outFactors(OUT), config.resolvedRankFactors());
        return made("convert-spare", config, Settings.DEFAULTS)
                .tensor("a", a)
                .tensor("b", b.transpose().dup('c'))
                .ofLargest(RoundOff.products(), "target")
                .product(0, config.scaling(), "update")
                .scalars(RoundOff.sumsTimes(5e4), "norm_ratio");
    }

    /** Sweeps end where they gain too little, those of the trial and those after it. */
    private static KitCase stopped(String name, LsrConfig config) {
        KitCase made = exact(name, DataType.DOUBLE, config, 4, OUT, 3, 0.03, 1, SOLVED);
        made.settings.put("trial_sweeps", 20).put("more_sweeps", 20).put("tolerance", 0.02);
        return made;
    }

    /** Sweeps go on until one lowers the error no more; that one is undone. */
    private static KitCase converged(String name, LsrConfig config) {
        return made(name, config, new Settings(0, 300, 0, 0, 42))
                .tensor("a", nearSum(650, 0, 2, config.inFactors(IN), config.resolvedRankFactors()))
                .tensor(
                        "b",
                        nearSum(660, 0, 2, config.outFactors(OUT), config.resolvedRankFactors())
                                .transpose()
                                .dup('c'))
                .ofLargest(RoundOff.products(), "target")
                .falling(1e-12, "errors")
                .product(0, config.scaling(), "update");
    }

    /** All errors are 0: the first start wins, as it is. */
    private static KitCase zero(String name, LsrConfig config) {
        return made(name, config, Settings.DEFAULTS)
                .tensor("a", normal(670, DataType.DOUBLE, IN, 4))
                .tensor("b", Nd4j.zeros(DataType.DOUBLE, 4, OUT))
                .ofLargest(RoundOff.products(), "a_dense", "b_dense", "errors")
                .scalars(0, "plain_error");
    }

    /** A and B that are sums with columns of zeros left over: nothing is better than these. */
    private static KitCase given(String name, LsrConfig config) {
        List<Integer> columns = List.of(1, 3);
        return made(name, config, new Settings(1, 1, 0, 0, 42))
                .tensor("a", nearSum(690, 0, 3, config.inFactors(IN), columns))
                .tensor(
                        "b",
                        nearSum(695, 0, 3, config.outFactors(OUT), columns)
                                .transpose()
                                .dup('c'))
                .ofLargest(SOLVED, "a_dense", "b_dense")
                .falling(1e-12, "errors");
    }

    private static KitCase starts(String name, LsrConfig config, int r, String seed) {
        return starts(name, config, r, seed, OUT);
    }

    private static KitCase starts(String name, LsrConfig config, int r, String seed, int out) {
        KitCase made = new KitCase(name, "conversion", "conversion-starts");
        made.settings.put("r", config.bottleneckRank()).put("rotations", 3).put("seed", seed);
        made.tensor("a", normal(680, DataType.DOUBLE, IN, r))
                .tensor("b", normal(681, DataType.DOUBLE, r, out))
                .ofLargest(RoundOff.products(), "balanced_product")
                .ofLargest(RoundOff.sumsTimes(5e4), "rotations");
        if (r <= config.bottleneckRank()) {
            made.ofLargest(RoundOff.products(), "first_left", "first_right");
        }
        return Math.min(r, out) < config.bottleneckRank()
                ? made.ofLargest(RoundOff.sumsTimes(5e4), "balanced_left_filling", "balanced_right_filling")
                : made;
    }

    /** By the defaults. */
    private static KitCase fitted(String name, LsrConfig config, int r) {
        return made(name, config, Settings.DEFAULTS)
                .tensor("a", normal(620, DataType.DOUBLE, IN, r))
                .tensor("b", normal(621, DataType.DOUBLE, r, OUT))
                .ofLargest(RoundOff.products(), "target")
                .product(0.1, config.scaling(), "update")
                .scalars(RoundOff.sumsTimes(5e4), "norm_ratio", "a_gamma", "b_gamma", "plain_error");
    }
}
