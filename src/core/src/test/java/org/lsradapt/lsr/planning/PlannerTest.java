package org.lsradapt.lsr.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class PlannerTest {
    private static final int[] WIDTHS = {1, 2, 5, 7, 12, 24, 31, 36, 64, 101};

    private static LayerShape layer(int in, int out) {
        return new LayerShape(in + "x" + out, in, out);
    }

    private static void assertCountsAreThoseOfAdapters(Candidate candidate) {
        List<FrozenLinear> frozen = new ArrayList<>();
        for (LayerShape layer : candidate.layers()) {
            frozen.add(FrozenLinear.of(layer.name(), Nd4j.zeros(DataType.FLOAT, layer.in(), layer.out())));
        }
        try (AdapterSet set = AdapterSet.create(frozen, candidate.config(), Backends.standard())) {
            assertEquals(set.parameterCount(), candidate.parameters());
            for (int l = 0; l < frozen.size(); l++) {
                LsrAdapter adapter = set.lsrAdapters().get(l);
                assertEquals(
                        adapter.parameterCount(),
                        candidate.parameters(candidate.layers().get(l)));
            }
        }
    }

    @Test
    void relativeToLora_ofAnyBudget_isTheShareOfLorasParameters() {
        List<LayerShape> layers = List.of(layer(24, 36), layer(36, 64)); // LoRA of r = 1: 60 + 100
        assertEquals(0.5, Budget.total(80).relativeToLora(layers));
        assertEquals(1.5, Budget.perLayer(120).relativeToLora(layers));
        assertEquals(3, Budget.ofLora(3).relativeToLora(layers));
    }

    @Test
    void candidates_randomShapesAndBudgets_areCountedAsAdaptersCountAndFit() {
        Random random = new Random(1);
        int seen = 0;
        for (int round = 0; round < 100; round++) {
            List<LayerShape> layers = new ArrayList<>();
            for (int l = 0; l <= round % 3; l++) {
                int in = WIDTHS[random.nextInt(WIDTHS.length)];
                int out = WIDTHS[random.nextInt(WIDTHS.length)];
                layers.add(new LayerShape("layer." + l, in, out));
            }
            int limit = 1 + random.nextInt(400);
            Budget budget = random.nextBoolean() ? Budget.total(limit) : Budget.perLayer(limit);
            List<Candidate> candidates = new Planner(1, List.of(1, 2, 3)).candidates(layers, budget);
            for (Candidate candidate : candidates) {
                assertCountsAreThoseOfAdapters(candidate);
                long most = budget.scope() == Budget.Scope.TOTAL
                        ? candidate.parameters()
                        : layers.stream().mapToLong(candidate::parameters).max().orElseThrow();
                assertTrue(most <= limit, candidate + " has " + most);
                seen++;
            }
        }
        assertTrue(seen > 500, "only " + seen + " candidates");
    }

    @Test
    void plan_awkwardShapes_isCountedAsAdaptersCount() {
        for (int[] size : new int[][] {{4096, 64}, {30522, 16}, {1021, 1021}, {1, 384}, {1, 1}}) {
            LayerShape layer = layer(size[0], size[1]);
            Plan plan = Planner.standard().plan(List.of(layer), Budget.ofLora(4));
            assertCountsAreThoseOfAdapters(plan.recommended());
            assertTrue(plan.recommended().parameters() <= 4 * layer.perimeter());
            assertTrue(plan.candidates().contains(plan.recommended()));
        }
    }

    @Test
    void candidates_haveOneMoreTermThatDoesNotFitOrThatLoraMakesNeedless() {
        List<LayerShape> layers = List.of(layer(36, 24), layer(24, 31));
        Budget budget = Budget.perLayer(300);
        List<Candidate> candidates = new Planner(0.5, List.of(2, 3)).candidates(layers, budget);
        assertFalse(candidates.isEmpty());
        for (Candidate candidate : candidates) {
            Candidate longer = new Candidate(
                    candidate.config().withPlainTerms(candidate.config().separationRank() + 1), layers);
            long most = layers.stream().mapToLong(longer::parameters).max().orElseThrow();
            long lora = candidate.config().bottleneckRank() * (36L + 24 + 24 + 31);
            assertTrue(most > 300 || longer.parameters() >= lora, candidate.toString());
            assertTrue(candidate.parameters() < lora, candidate.toString());
        }
    }

    @Test
    void candidates_ofOneWidth_haveTheSplitWithFewestNumbers() {
        LayerShape layer = layer(60, 84);
        List<Candidate> candidates = new Planner(0.5, List.of(2)).candidates(List.of(layer), Budget.perLayer(400));
        assertFalse(candidates.isEmpty());
        for (Candidate candidate : candidates) {
            List<Integer> q = candidate.config().resolvedRankFactors();
            int fewest = Integer.MAX_VALUE;
            for (int p = 1; p <= 60; p++) {
                if (60 % p == 0 && p >= q.get(0) && 60 / p >= q.get(1)) {
                    fewest = Math.min(fewest, p * q.get(0) + 60 / p * q.get(1));
                }
            }
            assertEquals(
                    (long) fewest * candidate.config().separationRank(),
                    candidate.a(layer).parameters());
        }
    }

    @Test
    void candidates_areInTheDocumentedOrderAndWithinTheCostAndTheSameEachTime() {
        List<LayerShape> layers = List.of(layer(384, 384), layer(384, 1536));
        Budget budget = Budget.total(6000);
        List<Candidate> candidates = Planner.standard().candidates(layers, budget);
        for (int i = 1; i < candidates.size(); i++) {
            assertTrue(candidates.get(i - 1).freeNumbers() >= candidates.get(i).freeNumbers());
        }
        assertTrue(candidates.stream().allMatch(candidate -> candidate.relativeCost() <= 0.1));
        assertEquals(candidates, Planner.standard().candidates(layers, budget));
        Candidate recommended = Planner.recommend(candidates);
        long most = candidates.stream()
                .filter(candidate -> candidate.config().factorCount() == 2)
                .mapToLong(Candidate::freeNumbers)
                .max()
                .orElseThrow();
        assertEquals(2, recommended.config().factorCount());
        assertTrue(recommended.freeNumbers() >= Planner.ENOUGH * most);
        for (Candidate candidate : candidates) {
            assertFalse(candidate.config().factorCount() == 2
                    && candidate.config().bottleneckRank()
                            < recommended.config().bottleneckRank()
                    && candidate.freeNumbers() >= Planner.ENOUGH * most);
        }
    }

    @Test
    void candidates_ofOneFactor_areLoraOfEachRankThatFits() {
        LayerShape layer = layer(10, 10);
        List<Candidate> candidates = new Planner(1, List.of(1)).candidates(List.of(layer), Budget.perLayer(100));
        assertEquals(
                List.of(1, 2, 3, 4, 5),
                candidates.stream()
                        .map(c -> c.config().bottleneckRank())
                        .sorted()
                        .toList());
        for (Candidate candidate : candidates) {
            assertEquals(1, candidate.config().separationRank());
            assertEquals(20L * candidate.config().bottleneckRank(), candidate.parameters());
            assertEquals(LsrConfig.defaults().scaling(), candidate.config().scaling(), 1e-15);
        }
    }

    @Test
    void recommend_threeFactors_onlyIfThereIsNothingElse() {
        List<LayerShape> layers = List.of(layer(384, 384));
        for (long budget : new long[] {600, 1200, 2400, 4800}) {
            List<Candidate> all = Planner.standard().candidates(layers, Budget.perLayer(budget));
            assertTrue(Planner.recommend(all).config().factorCount() <= 2, budget + " parameters");
            List<Candidate> three =
                    all.stream().filter(c -> c.config().factorCount() == 3).toList();
            assertTrue(three.contains(Planner.recommend(three)));
        }
    }

    @Test
    void recommend_whereNoSumHasAsManyFreeNumbers_isLora() {
        Plan plan = Planner.standard().plan(List.of(layer(1021, 1019)), Budget.ofLora(4));
        assertEquals(4, plan.recommended().config().bottleneckRank());
        assertTrue(plan.recommended().config().isLora());
    }

    @Test
    void parameters_withTermWeights_areThoseOfAdapters() {
        LsrConfig config =
                LsrConfig.builder().separationRank(3).termWeights(true).build();
        Candidate candidate = new Candidate(config, List.of(layer(36, 24), layer(24, 64)));
        assertCountsAreThoseOfAdapters(candidate);
        assertEquals(
                2L * 2 * 3,
                candidate.parameters()
                        - new Candidate(LsrConfig.builder().separationRank(3).build(), candidate.layers())
                                .parameters());
    }

    @Test
    void layerShape_ofAFrozenLayer_isItsWidths() {
        assertEquals(new LayerShape("q", 3, 5), LayerShape.of(FrozenLinear.of("q", Nd4j.zeros(DataType.FLOAT, 3, 5))));
    }

    @Test
    void candidates_twoSplitsOfRankFour_balancedHasMoreTermsAndFreeNumbers() {
        LayerShape layer = layer(768, 768);
        List<Candidate> four = new Planner(1, List.of(2))
                .candidates(List.of(layer), Budget.perLayer(3584)).stream()
                        .filter(candidate -> candidate.config().bottleneckRank() == 4)
                        .toList();
        assertEquals(List.of(2, 2), four.get(0).config().resolvedRankFactors());
        assertEquals(16, four.get(0).config().separationRank());
        assertEquals(3065, four.get(0).freeNumbers());
        assertEquals(List.of(4, 1), four.get(1).config().resolvedRankFactors());
        assertEquals(2, four.size());
    }

    @Test
    void costs_ofTheDefaultsOn768_areThoseOfTheFormulas() {
        LayerShape layer = layer(768, 768);
        Candidate candidate = new Candidate(LsrConfig.defaults(), List.of(layer));
        assertEquals(3584, candidate.parameters());
        assertEquals(4 * 1536.0 / (768 * 768), candidate.relativeCost(), 1e-15);
        assertEquals(16L * 4 * 1536, candidate.materializationCost());
        assertEquals(4L * (4 * 3584 + 2 * 4 * 1536), candidate.trainingBytes());
        Candidate lora = new Candidate(LsrConfig.lora(8, 32), List.of(layer));
        assertEquals(12288 - 64, lora.freeNumbers());
        assertEquals(0, lora.materializationCost());
    }

    @Test
    void badInput_isNamed() {
        Planner planner = Planner.standard();
        List<LayerShape> one = List.of(layer(384, 384));
        assertMessage("layer 0x3: 0×3, expected an input and an output", () -> layer(0, 3));
        assertMessage("budget: 0, expected >= 1", () -> Budget.total(0));
        assertEquals("1 parameters in all", Budget.total(1).toString());
        assertMessage("plan: no layers, expected at least one", () -> new Candidate(LsrConfig.defaults(), List.of()));
        assertMessage("plan: no layers, expected at least one", () -> planner.plan(List.of(), Budget.total(9)));
        assertMessage(
                "plan: nothing fits into 9 parameters per layer on 1 layers; one term of r = 1 has 44 parameters in all",
                () -> planner.plan(one, Budget.perLayer(9)));
        assertMessage(
                "planner: largest relative cost 0.0, expected a positive number", () -> new Planner(0, List.of(2)));
        assertMessage(
                "planner: numbers of factors [0], expected at least one, all 1 to 8", () -> new Planner(1, List.of(0)));
        assertMessage("recommendation: no candidates, expected at least one", () -> Planner.recommend(List.of()));
        assertMessage(
                "input factor sizes [3, 2] multiply up to 6, expected 384",
                () -> new Candidate(LsrConfig.builder().inFactors(List.of(3, 2)).build(), one));
        assertMessage("sum shape: 0 terms, expected >= 1", () -> new SumShape(0, List.of(1), List.of(1)));
        assertMessage(
                "sum shape: rows [1] and columns [1, 2], expected as many of both, at least one",
                () -> new SumShape(1, List.of(1), List.of(1, 2)));
        assertMessage(
                "sum shape: rows [0] and columns [1], expected all >= 1",
                () -> new SumShape(1, List.of(0), List.of(1)));
        assertMessage(
                "sum shape: rows [1] and columns [0], expected all >= 1",
                () -> new SumShape(1, List.of(1), List.of(0)));
    }

    private static void assertMessage(String message, Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}
