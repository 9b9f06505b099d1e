package org.lsradapt.lsr.planning;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;

/**
 * Finds adapter shapes that fit into a budget of trainable parameters.
 *
 * <p>For each number of factors d, each bottleneck rank r within the cost limit and each split of r, there is one
 * candidate: as many terms s as the budget allows. If all layers have one input width (output width), its split is the
 * one with the fewest parameters for that split of r; otherwise the balanced one, and r's split is tried in every
 * order. Two groups are left out: splits with a q_i larger than p_i or o_i, whose A or B has fewer than r dimensions
 * (for a prime width only LoRA remains), and shapes that plain LoRA of the same r matches with no more parameters,
 * since LoRA reaches every A and B.
 *
 * <p>Candidates are ordered by {@link Candidate#freeNumbers()}, largest first: parameters that each change ΔW
 * independently. Ties go to the lower cost per token, then to fewer parameters, then to fewer factors.
 *
 * <p>The recommended candidate is the one with the lowest cost per token, and so with the smallest r, among the sums of
 * two factors with at least {@value #ENOUGH} of the most free parameters of such sums; plain LoRA if no sum has that
 * fraction of its free parameters. This does not say which shape is the most accurate: trained shapes of one budget
 * were equally accurate (docs/background/shapes.md). Three factors are left to the caller's judgement: their nearest sums and
 * large condition numbers cannot be computed reliably.
 *
 * <p>All counts come from shapes, so a plan depends on nothing else.
 *
 * @param largestCost the most multiply-adds per token that adapters may add, relative to the frozen products, above 0;
 *     r = 1 is always allowed
 * @param factorCounts the numbers of factors d to try
 */
public record Planner(double largestCost, List<Integer> factorCounts) {
    /** The least fraction of the most free parameters that a recommendation has. */
    static final double ENOUGH = 0.9;

    /** With more factors there are too many splits to try, and few widths have so many factors above 1. */
    private static final int MOST_FACTORS = 8;

    private static final Comparator<Candidate> ORDER = Comparator.comparingLong((Candidate c) -> -c.freeNumbers())
            .thenComparingInt(c -> c.config().bottleneckRank())
            .thenComparingLong(Candidate::parameters)
            .thenComparingInt(c -> c.config().factorCount());

    /** Checks the limits. */
    public Planner {
        Require.argument(
                largestCost > 0 && Double.isFinite(largestCost),
                "planner: largest relative cost %s, expected a positive number",
                largestCost);
        factorCounts = List.copyOf(factorCounts);
        Require.argument(
                !factorCounts.isEmpty() && factorCounts.stream().allMatch(d -> d >= 1 && d <= MOST_FACTORS),
                "planner: numbers of factors %s, expected at least one, all 1 to %d",
                factorCounts,
                MOST_FACTORS);
    }

    /** A planner for adapters of one to three factors that add at most a tenth to the frozen products' cost. */
    public static Planner standard() {
        return new Planner(0.1, List.of(1, 2, 3));
    }

    /**
     * Lists all candidates and recommends one.
     *
     * @param layers the layers, which will share one configuration; at least one
     * @param budget the limit of trainable parameters
     * @throws IllegalArgumentException if there are no layers, or nothing fits
     */
    public Plan plan(List<LayerShape> layers, Budget budget) {
        List<Candidate> candidates = candidates(layers, budget);
        Require.argument(
                !candidates.isEmpty(),
                "plan: nothing fits into %s on %d layers; one term of r = 1 has %d parameters in all",
                budget,
                layers.size(),
                smallest(layers));
        return new Plan(budget, candidates, recommend(candidates));
    }

    /**
     * Lists the candidates that fit, in the class's order.
     *
     * @param layers the layers, which will share one configuration; at least one
     * @param budget the limit of trainable parameters
     * @return the candidates; empty if nothing fits
     * @throws IllegalArgumentException if there are no layers
     */
    public List<Candidate> candidates(List<LayerShape> layers, Budget budget) {
        Require.argument(!layers.isEmpty(), "plan: no layers, expected at least one");
        long perimeter = layers.stream().mapToLong(LayerShape::perimeter).sum();
        long area = layers.stream().mapToLong(LayerShape::area).sum();
        int narrowest = layers.stream()
                .mapToInt(layer -> Math.min(layer.in(), layer.out()))
                .min()
                .orElseThrow();
        long most = Math.max(1, Math.min(narrowest, (long) Math.floor(largestCost * area / perimeter)));
        List<Candidate> candidates = new ArrayList<>();
        for (int r = 1; r <= most; r++) {
            for (int d : factorCounts) {
                for (LsrConfig oneTerm : configs(layers, r, d)) {
                    Candidate candidate = withTerms(oneTerm, layers, budget);
                    if (candidate != null) {
                        candidates.add(candidate);
                    }
                }
            }
        }
        candidates.sort(ORDER);
        return candidates;
    }

    /** Recommends the candidate to begin with among one or more in any order; see the class. */
    public static Candidate recommend(List<Candidate> candidates) {
        Require.argument(!candidates.isEmpty(), "recommendation: no candidates, expected at least one");
        List<Candidate> sums = ofFactors(2, candidates);
        List<Candidate> lora = ofFactors(1, candidates);
        List<Candidate> choice = mostFree(sums) >= ENOUGH * mostFree(lora) ? sums : lora;
        List<Candidate> some = choice.isEmpty() ? candidates : choice;
        double enough = ENOUGH * mostFree(some);
        return some.stream()
                .filter(candidate -> candidate.freeNumbers() >= enough)
                .min(Comparator.comparingInt((Candidate c) -> c.config().bottleneckRank())
                        .thenComparing(ORDER))
                .orElseThrow();
    }

    private static List<Candidate> ofFactors(int count, List<Candidate> candidates) {
        return candidates.stream()
                .filter(candidate -> candidate.config().factorCount() == count)
                .toList();
    }

    private static long mostFree(List<Candidate> candidates) {
        return candidates.stream().mapToLong(Candidate::freeNumbers).max().orElse(0);
    }

    /** The candidate with as many terms as fit; null if not one fits, or if LoRA of the same r has no more parameters. */
    private static Candidate withTerms(LsrConfig oneTerm, List<LayerShape> layers, Budget budget) {
        Candidate one = new Candidate(oneTerm, layers);
        long[] perTerm = layers.stream().mapToLong(one::parameters).toArray();
        long terms = budget.largestTerms(layers, perTerm);
        if (oneTerm.isLora()) {
            return terms >= 1 ? one : null;
        }
        long lora = oneTerm.bottleneckRank()
                * layers.stream().mapToLong(LayerShape::perimeter).sum();
        terms = Math.min(terms, (lora - 1) / one.parameters());
        return terms < 1 ? null : new Candidate(oneTerm.withPlainTerms((int) terms), layers);
    }

    private static List<LsrConfig> configs(List<LayerShape> layers, int r, int d) {
        if (d == 1) {
            double c = LsrConfig.defaults().scaling();
            return List.of(LsrConfig.lora(r, c * r));
        }
        int in = common(layers, LayerShape::in);
        int out = common(layers, LayerShape::out);
        List<LsrConfig> configs = new ArrayList<>();
        for (List<Integer> rank : Factorizations.ordered(r, d)) {
            if (in > 0 && out > 0 && !isDescending(rank)) {
                continue;
            }
            LsrConfig config = LsrConfig.builder()
                    .bottleneckRank(r)
                    .separationRank(1)
                    .factorCount(d)
                    .rankFactors(orBalanced(rank, r))
                    .inFactors(in > 0 ? orBalanced(smallest(in, rank), in) : List.of())
                    .outFactors(out > 0 ? orBalanced(smallest(out, rank), out) : List.of())
                    .build();
            Candidate candidate = new Candidate(config, layers);
            if (layers.stream().allMatch(candidate::isRegular)) {
                configs.add(config);
            }
        }
        return configs;
    }

    /** The width that all layers share, or 0. */
    private static int common(List<LayerShape> layers, ToIntFunction<LayerShape> width) {
        int[] widths = layers.stream().mapToInt(width).distinct().toArray();
        return widths.length == 1 ? widths[0] : 0;
    }

    private static boolean isDescending(List<Integer> sizes) {
        for (int i = 1; i < sizes.size(); i++) {
            if (sizes.get(i) > sizes.get(i - 1)) {
                return false;
            }
        }
        return true;
    }

    /** Returns no sizes, which stand for the balanced split, if the sizes are balanced. */
    private static List<Integer> orBalanced(List<Integer> sizes, int size) {
        return sizes.equals(FactorSizes.balanced(size, sizes.size())) ? List.of() : sizes;
    }

    /** The split of a width with the least Σ p_i·q_i, if possible with p_i ≥ q_i. */
    private static List<Integer> smallest(int width, List<Integer> rank) {
        List<List<Integer>> all = Factorizations.ordered(width, rank.size());
        List<List<Integer>> regular = all.stream()
                .filter(sizes -> new SumShape(1, sizes, rank).narrowest().equals(rank))
                .toList();
        return (regular.isEmpty() ? all : regular)
                .stream()
                        .min(Comparator.comparingLong(sizes -> new SumShape(1, sizes, rank).parameters()))
                        .orElseThrow();
    }

    private long smallest(List<LayerShape> layers) {
        return factorCounts.stream()
                .flatMap(d -> configs(layers, 1, d).stream())
                .mapToLong(config -> new Candidate(config, layers).parameters())
                .min()
                .orElseThrow();
    }
}
