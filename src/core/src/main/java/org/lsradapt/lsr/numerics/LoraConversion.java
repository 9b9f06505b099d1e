package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Converts a low-rank update ΔW = A·B to Kronecker sums A' and B' of s terms of two factors: c'·A'·B' is close to ΔW in
 * the Frobenius norm, with c' the scaling of the target configuration. ΔW is not formed.
 *
 * <p>ΔW determines A and B only up to A·G and G⁻¹·B, and G affects what Kronecker sums can represent. Several starts
 * are tried, each the {@link NearestSum} of both sides: A and B as they are (G = I), the balanced form U·Σ^½ and Σ^½·Vᵀ
 * of ΔW = U·Σ·Vᵀ, and random rotations of that. Each is improved by block coordinate descent: A'·B' is linear in each
 * of its four stacks of factors; with the others fixed, the best stack solves a system of s·r_i equations made of r×r
 * Gram matrices (such as H = B'·B'ᵀ). The best start after a few sweeps is improved until a sweep gains little. The
 * error never grows, and ends no larger than that of G = I. It is a local minimum: a smaller one may exist.
 *
 * <p>If r' is larger than r or than ΔW's rank, a start has unused columns. They are filled with random numbers a
 * thousandth of the others in size: columns of zeros on both sides would be a saddle point.
 *
 * <p>If r' is larger than r, directions of A' and B' that cancel can grow: ‖A'‖·‖B'‖ reached 10⁴·‖ΔW‖ on
 * small matrices. Rounding to FLOAT then costs as many digits; {@link AdapterReduction#relativeError} measures the
 * result.
 *
 * <p>The configuration's bottleneck rank r' may differ from A's r. A larger one adds parameters and freedom; a smaller
 * one starts from the r' largest directions of ΔW.
 *
 * @param config the configuration, of s terms and without λ
 * @param a A' [in, r'] with orthogonal terms; fewer than s if more are not needed; of A's type
 * @param b B' [r', out], likewise; ‖A'‖_F = ‖B'‖_F
 * @param relativeError ‖c'·A'·B' − ΔW‖_F / ‖ΔW‖_F before rounding to A's type; 0 if ΔW is 0
 * @param plainError the same for G = I without improvement; NaN if r' is below r
 * @param errors relative errors of the best start and after each of its sweeps, each smaller than the one before
 * @param parameterCount elements in s terms of A' and B'
 * @param loraParameterCount elements in A and B, r·(in + out)
 */
public record LoraConversion(
        LsrConfig config,
        KroneckerSum a,
        KroneckerSum b,
        double relativeError,
        double plainError,
        List<Double> errors,
        long parameterCount,
        long loraParameterCount) {

    /** The number of estimated splits that {@link #forBudget} actually converts. */
    private static final int CANDIDATES = 3;

    /** Copies the errors. */
    public LoraConversion {
        errors = List.copyOf(errors);
    }

    /**
     * The settings of a conversion.
     *
     * @param rotations the number of random starts, at least 0
     * @param trialSweeps sweeps for each start before the best is chosen, at least 1
     * @param maxSweeps the largest number of sweeps for the best one after that, at least 0
     * @param tolerance the conversion stops when a sweep lowers the error by less than this fraction of it; at least 0
     * @param seed seed of the random starts
     */
    public record Settings(int rotations, int trialSweeps, int maxSweeps, double tolerance, long seed) {
        /** 4 rotations, 10 and 200 sweeps, tolerance 10⁻⁴. */
        public static final Settings DEFAULTS = new Settings(4, 10, 200, 1e-4, 42);

        /** Checks the ranges. */
        public Settings {
            Require.argument(rotations >= 0, "conversion: %d rotations, expected at least 0", rotations);
            Require.argument(trialSweeps >= 1, "conversion: %d trial sweeps, expected at least 1", trialSweeps);
            Require.argument(maxSweeps >= 0, "conversion: %d sweeps, expected at least 0", maxSweeps);
            Require.argument(tolerance >= 0, "conversion: tolerance is %s, expected at least 0", tolerance);
        }
    }

    /** Whether A' and B' hold fewer elements than A and B; otherwise the conversion only changes the format. */
    public boolean savesParameters() {
        return parameterCount < loraParameterCount;
    }

    /**
     * Converts a product.
     *
     * @param a A [in, r], FLOAT or DOUBLE
     * @param b B [r, out], of A's type; A or B includes all scaling of ΔW = A·B
     * @param config r', s, factor sizes and scaling of the result; two factors
     * @return the Kronecker sums with their errors and sizes
     * @throws IllegalArgumentException if shapes, types or factor sizes do not fit, an element is not finite, d is not
     *     2 or c' is 0
     */
    public static LoraConversion of(INDArray a, INDArray b, LsrConfig config, Settings settings) {
        return new ProductFit(a, b, settings).convert(config);
    }

    /**
     * Converts an adapter; A and B of one that is not LoRA are materialized.
     *
     * @param adapter the adapter; not modified
     * @param config as in {@link #of(INDArray, INDArray, LsrConfig, Settings)}
     * @return the Kronecker sums with their errors and sizes
     * @throws IllegalArgumentException if factor sizes do not fit, d is not 2 or c' is 0
     */
    public static LoraConversion of(LsrAdapter adapter, LsrConfig config, Settings settings) {
        LsrAdapter.LoraMatrices lora = adapter.exportLora();
        try (INDArray a = lora.a();
                INDArray b = lora.b()) {
            return of(a, b.muli(lora.scaling()), config, settings);
        }
    }

    /**
     * Finds the fewest terms that reach an error, by doubling s and then halving the interval. Errors need not fall
     * with every term, since each is a local minimum: the search may miss a smaller s that reaches it.
     *
     * @param b likewise
     * @param config likewise; its s is not used
     * @param relativeError the largest relative error, at least 0
     * @return the conversion; with as many terms as A and B can need if even those do not reach the error.
     *     {@link #savesParameters} says whether it is worthwhile.
     * @throws IllegalArgumentException as {@code of}, or if the error is negative or not finite
     */
    public static LoraConversion withinError(
            INDArray a, INDArray b, LsrConfig config, double relativeError, Settings settings) {
        Require.argument(
                relativeError >= 0 && Double.isFinite(relativeError),
                "conversion: relative error %s, expected a number of at least 0",
                relativeError);
        ProductFit fit = new ProductFit(a, b, settings);
        int most = fit.mostTerms(config);
        int below = 0;
        int terms = 1;
        LoraConversion reached = fit.convert(config.withPlainTerms(1));
        while (reached.relativeError > relativeError && terms < most) {
            below = terms;
            terms = Math.min(2 * terms, most);
            reached = fit.convert(config.withPlainTerms(terms));
        }
        while (terms - below > 1 && reached.relativeError <= relativeError) {
            int middle = (below + terms) / 2;
            LoraConversion tried = fit.convert(config.withPlainTerms(middle));
            if (tried.relativeError <= relativeError) {
                reached = tried;
                terms = middle;
            } else {
                below = middle;
            }
        }
        return reached;
    }

    /**
     * Finds the best use of a number of parameters. Every split of in, out and r' in two, each with the most terms that
     * fit, is estimated by the errors of the balanced form's two sides, from singular values alone
     * ({@link FactorSplits}); the three best are converted, and the best of those is returned.
     *
     * @param a as in {@link #of(INDArray, INDArray, LsrConfig, Settings)}
     * @param b likewise
     * @param bottleneckRank r', at least 1
     * @param budget the number of elements that A' and B' may hold together
     * @return the conversion; its configuration has the split and s, with c' = 1
     * @throws IllegalArgumentException as {@code of}, or if the budget does not hold one term of any split
     */
    public static LoraConversion forBudget(INDArray a, INDArray b, int bottleneckRank, long budget, Settings settings) {
        ProductFit fit = new ProductFit(a, b, settings);
        LoraConversion best = null;
        for (LsrConfig config : candidates(fit, bottleneckRank, budget)) {
            LoraConversion tried = fit.convert(config);
            if (best == null || tried.relativeError < best.relativeError) {
                best = tried;
            }
        }
        Require.argument(
                best != null,
                "conversion: %d numbers do not hold one term of a [%d, %d] and a [%d, %d] matrix",
                budget,
                a.size(0),
                bottleneckRank,
                bottleneckRank,
                b.size(1));
        return best;
    }

    private record Estimate(LsrConfig config, double squaredError) {}

    private static List<LsrConfig> candidates(ProductFit fit, int rank, long budget) {
        LsrConfig.Builder builder = LsrConfig.builder().bottleneckRank(rank).alpha(1);
        INDArray[] sides = fit.balanced(rank);
        FactorSplits left = FactorSplits.of(sides[0]);
        FactorSplits right = FactorSplits.of(sides[1]);
        int in = (int) sides[0].size(0);
        int out = (int) sides[1].size(0);
        List<Estimate> estimates = new ArrayList<>();
        for (int r1 : FactorSplits.divisors(rank)) {
            for (int in1 : FactorSplits.divisors(in)) {
                for (int out1 : FactorSplits.divisors(out)) {
                    long perTerm = (long) (in1 + out1) * r1 + (long) (in / in1 + out / out1) * (rank / r1);
                    int terms = (int) Math.min(budget / perTerm, Integer.MAX_VALUE);
                    if (terms >= 1) {
                        LsrConfig config = builder.separationRank(terms)
                                .rankFactors(List.of(r1, rank / r1))
                                .inFactors(List.of(in1, in / in1))
                                .outFactors(List.of(out1, out / out1))
                                .build();
                        int kept = Math.min(terms, fit.mostTerms(config));
                        double errorA = left.split(in1, r1, kept).relativeError();
                        double errorB = right.split(out1, r1, kept).relativeError();
                        estimates.add(new Estimate(config.withPlainTerms(kept), errorA * errorA + errorB * errorB));
                    }
                }
            }
        }
        estimates.sort(Comparator.comparingDouble(Estimate::squaredError));
        return estimates.stream().limit(CANDIDATES).map(Estimate::config).toList();
    }

    /**
     * Converts all adapters of a set.
     *
     * @param set adapters of any kind; not modified
     * @param config as in {@link #of(INDArray, INDArray, LsrConfig, Settings)}, for all layers
     * @return the converted adapters, which the caller closes, and each adapter's conversion
     * @throws IllegalArgumentException if factor sizes do not fit a layer, d is not 2 or c' is 0
     */
    public static Converted of(AdapterSet set, LsrConfig config, Settings settings) {
        LsrConfig plain = config.withPlainTerms(config.separationRank());
        try (CloseOnFailure opened = new CloseOnFailure()) {
            AdapterSet made = opened.add(set.withConfig(plain));
            List<LoraConversion> conversions = new ArrayList<>();
            for (LsrAdapter adapter : set.lsrAdapters()) {
                LoraConversion conversion = of(adapter, plain, settings);
                LsrAdapter target = made.lsrAdapter(adapter.name());
                AdapterReduction.copy(conversion.a, target.a());
                AdapterReduction.copy(conversion.b, target.b());
                conversions.add(conversion);
            }
            made.materialize();
            return opened.release(new Converted(made, List.copyOf(conversions)));
        }
    }

    /**
     * A converted set.
     *
     * @param adapters the adapters, materialized; the caller closes them
     * @param conversions one per adapter, in their order
     */
    public record Converted(AdapterSet adapters, List<LoraConversion> conversions) {}
}
