package org.lsradapt.lsr.planning;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.lsradapt.lsr.FactorSizes;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;

/**
 * Finds what fits into a budget of trainable parameters.
 *
 * <p>For each number of factors d, each bottleneck rank r within the cost limit and each split of r, there is one
 * candidate: as many terms s as the budget allows. Where all layers have one input width (output width), its split is
 * the one with the fewest parameters for that split of r; else the balanced one, and r's split is tried in every order.
 * Left out are splits with a q_i larger than p_i or o_i, whose A or B has fewer dimensions than r to offer (of a
 * prime width nothing else remains but LoRA); and what plain LoRA of the same r has in no more parameters, since LoRA
 * reaches every A and B.
 *
 * <p>The order is that of the {@link Candidate#freeNumbers()}, largest first: numbers that each change ΔW in a way of their
 * own. Ties go to the lower cost per token, then to fewer parameters, then to fewer factors.
 *
 * <p>Recommended is, among the sums of two factors with at least {@value #ENOUGH} of the most free numbers that those have, the
 * one of the lowest cost per token, that is of the smallest r; plain LoRA where no sum has that part of its free numbers. None of
 * this says which is the most accurate: shapes of one budget were level where they were trained (docs/background/shapes.md). Three factors
 * are left to the caller's judgement: their nearest sums and large condition numbers cannot be computed reliably.
 *
 * <p>All of it is counted from shapes, so a plan depends on nothing else.
 *
 * @param largestCost the most multiply-adds per token that adapters may add, relative to the frozen products, over 0; r
 *     = 1 is always allowed
 * @param factorCounts the numbers of factors d to try
 */
public record Planner(double largestCost, List<Integer> factorCounts) {
    /** The share of the most free numbers that a recommendation has at least. */
    static final double ENOUGH = 0.9;

    /** Beyond it there are too many splits to go through, and hardly a width that has so many factors above 1. */
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

    /** Adapters that add at most a tenth to the frozen products' cost, of one to three factors. */
    public static Planner standard() {
        return new Planner(0.1, List.of(1, 2, 3));
    }

    /**
     * All candidates and the recommended one.
     *
     * @param layers the layers, which will share one configuration; at least one
     * @param budget how many trainable parameters
     * @return the plan
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
     * The candidates that fit, in the class's order.
     *
     * @param layers the layers, which will share one configuration; at least one
     * @param budget how many trainable parameters
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

    /**
     * The candidate to begin with; see the class.
     *
     * @param candidates in any order, at least one
     * @return one of them
     */
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

    /** The candidate with as many terms as fit; null if none fits, or LoRA of the same r has no more parameters. */
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

    /** Configurations of one term, one for each split of r. */
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

    /** Empty, which configurations take for balanced, where the sizes are that. */
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
