package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.rules.StratifiedSplit;

class StratifiedSplitTest {

    @Property(tries = 500)
    void byClass_differentTexts_isStratifiedWithinOneRow(
            @ForAll @Size(min = 1, max = 300) List<@IntRange(max = 6) Integer> labels,
            @ForAll @DoubleRange(min = 0.01, max = 0.95) double fraction,
            @ForAll long seed) {
        int[] classes = array(labels);
        BitSet chosen = new StratifiedSplit(fraction, seed).byClass(rowNumbers(classes.length), classes);
        assertTrue(chosen.length() <= classes.length);
        boolean everyClassHasTwo = true;
        for (int label = 0; label <= 6; label++) {
            int wanted = label;
            int all = (int) IntStream.of(classes).filter(c -> c == wanted).count();
            int held =
                    (int) chosen.stream().filter(row -> classes[row] == wanted).count();
            assertTrue(Math.abs(held - fraction * all) <= 1 + 1e-9, held + " of " + all);
            assertTrue(all == 0 || held < all, held + " of " + all);
            everyClassHasTwo &= all == 0 || (int) (fraction * all) + 1 < all;
        }
        if (everyClassHasTwo) {
            assertEquals(Math.max(1, Math.round(fraction * classes.length)), chosen.cardinality());
        }
    }

    @Property(tries = 500)
    void byClass_repeatedTexts_stayTogetherAndClassesKeepARow(
            @ForAll @Size(min = 1, max = 120) List<@IntRange(max = 3) Integer> labels,
            @ForAll @IntRange(min = 1, max = 40) int differentTexts,
            @ForAll @DoubleRange(min = 0.01, max = 0.95) double fraction,
            @ForAll long seed) {
        int[] classes = array(labels);
        Random random = new Random(seed);
        List<Integer> texts =
                labels.stream().map(label -> random.nextInt(differentTexts)).toList();
        BitSet chosen = new StratifiedSplit(fraction, seed).byClass(texts, classes);
        assertGroupsWhole(texts, chosen);
        assertTrue(chosen.cardinality() <= Math.max(1, Math.round(fraction * classes.length)));
        for (int row = 0; row < classes.length; row++) {
            int label = classes[row];
            assertTrue(IntStream.range(0, classes.length).anyMatch(i -> classes[i] == label && !chosen.get(i)));
        }
        assertEquals(chosen, new StratifiedSplit(fraction, seed).byClass(texts, classes));
    }

    @Property(tries = 500)
    void byValue_differentTexts_isSpreadOverTheValuesWithinOneRow(
            @ForAll @Size(min = 2, max = 300) List<@DoubleRange(min = -1e6, max = 1e6) Double> numbers,
            @ForAll @DoubleRange(min = 0.01, max = 0.95) double fraction,
            @ForAll long seed) {
        double[] values =
                numbers.stream().mapToDouble(Double::doubleValue).distinct().toArray();
        BitSet chosen = new StratifiedSplit(fraction, seed).byValue(rowNumbers(values.length), values);
        int total = (int) Math.min(values.length - 1, Math.max(2, Math.round(fraction * values.length)));
        assertEquals(total, chosen.cardinality());
        List<Integer> order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> values[row]))
                .toList();
        int held = 0;
        for (int i = 0; i < order.size(); i++) {
            held += chosen.get(order.get(i)) ? 1 : 0;
            double share = (i + 1.0) * total / values.length;
            assertTrue(Math.abs(held - share) <= 1 + 1e-9, held + " of the lowest " + (i + 1) + ", share " + share);
        }
        assertEquals(chosen, new StratifiedSplit(fraction, seed).byValue(rowNumbers(values.length), values));
    }

    @Property(tries = 500)
    void byValue_repeatedTexts_stayTogether(
            @ForAll @Size(min = 1, max = 120) List<@DoubleRange(min = -10, max = 10) Double> numbers,
            @ForAll @IntRange(min = 1, max = 40) int differentTexts,
            @ForAll @DoubleRange(min = 0.01, max = 0.95) double fraction,
            @ForAll long seed) {
        Random random = new Random(seed);
        List<Integer> texts =
                numbers.stream().map(number -> random.nextInt(differentTexts)).toList();
        double[] values = numbers.stream().mapToDouble(Double::doubleValue).toArray();
        BitSet chosen = new StratifiedSplit(fraction, seed).byValue(texts, values);
        assertGroupsWhole(texts, chosen);
        assertTrue(chosen.cardinality() <= Math.max(2, Math.round(fraction * values.length)));
        assertTrue(chosen.cardinality() < values.length);
    }

    /** Of 40 choose 4 rows of each of two classes: equal choices for different seeds have a chance of 1e-10. */
    @Property(tries = 100)
    void byClass_otherSeed_choosesOtherRows(@ForAll @IntRange int seed) {
        int[] classes = IntStream.range(0, 80).map(i -> i % 2).toArray();
        double[] values = IntStream.range(0, 80).mapToDouble(i -> i * 0.37).toArray();
        List<Integer> texts = rowNumbers(80);
        assertNotEquals(
                new StratifiedSplit(0.1, seed).byClass(texts, classes),
                new StratifiedSplit(0.1, seed + 1L).byClass(texts, classes));
        // One of ten in each of 8 runs: a chance of 1e-8.
        assertNotEquals(
                new StratifiedSplit(0.1, seed).byValue(texts, values),
                new StratifiedSplit(0.1, seed + 1L).byValue(texts, values));
    }

    /** The choice is part of what a run's seed stands for: it is the same on every machine. */
    @Test
    void byClass_fixedSeed_isTheSameEverywhere() {
        int[] classes = IntStream.range(0, 30).map(i -> i % 3).toArray();
        assertEquals(
                "{4, 9, 17, 27, 28, 29}",
                new StratifiedSplit(0.2, 7).byClass(rowNumbers(30), classes).toString());
        double[] values = IntStream.range(0, 30).mapToDouble(i -> (i * 7) % 30).toArray();
        assertEquals(
                "{5, 11, 19, 20, 22, 25}",
                new StratifiedSplit(0.2, 7).byValue(rowNumbers(30), values).toString());
    }

    @Test
    void byClass_everyRowIsChosenBySomeSeed() {
        int[] classes = IntStream.range(0, 20).map(i -> i % 2).toArray();
        BitSet ever = new BitSet();
        BitSet everByValue = new BitSet();
        double[] values = IntStream.range(0, 20).asDoubleStream().toArray();
        for (int seed = 0; seed < 300; seed++) { // a given row is never chosen with a chance of 0.9^300 = 2e-14
            ever.or(new StratifiedSplit(0.1, seed).byClass(rowNumbers(20), classes));
            everByValue.or(new StratifiedSplit(0.1, seed).byValue(rowNumbers(20), values));
        }
        assertEquals(20, ever.cardinality());
        assertEquals(20, everByValue.cardinality());
    }

    @Test
    void byClass_oneRowPerClass_choosesNone() {
        assertTrue(new StratifiedSplit(0.5, 1)
                .byClass(rowNumbers(3), new int[] {0, 1, 2})
                .isEmpty());
        assertTrue(new StratifiedSplit(0.3, 1)
                .byClass(List.of("a", "a", "a"), new int[3])
                .isEmpty());
        assertFalse(new StratifiedSplit(0.1, 1)
                .byClass(rowNumbers(3), new int[] {0, 1, 1})
                .isEmpty());
    }

    private static void assertGroupsWhole(List<Integer> texts, BitSet chosen) {
        for (int row = 0; row < texts.size(); row++) {
            assertEquals(chosen.get(texts.indexOf(texts.get(row))), chosen.get(row));
        }
    }

    private static int[] array(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Integer> rowNumbers(int rows) {
        return IntStream.range(0, rows).boxed().toList();
    }

    private static LabelledData data(List<String> labels, List<Example> train, List<Example> evaluation) {
        return new OwnTask("own", labels, OwnTask.metrics(labels.size()), train, evaluation).load();
    }

    private static LabelledData questions() {
        List<Example> train = IntStream.range(0, 40)
                .mapToObj(row -> new Example("alternative " + row, "b", new Label.Category(row % 2), row / 2))
                .toList();
        return data(List.of("a", "b"), train, train.subList(0, 2));
    }

    @Test
    void holdOut_alternativesOfAQuestion_stayTogether_bothPartsMakeTheWhole() {
        LabelledData data = questions();
        LabelledData parts = data.holdOut(0.2, 3);
        assertEquals(8, parts.evaluation().size());
        assertEquals(32, parts.train().size());
        for (Example held : parts.evaluation()) {
            assertTrue(parts.train().stream().noneMatch(one -> one.group() == held.group()));
        }
        assertNotEquals(parts.train(), data.holdOut(0.2, 4).train());
        assertEquals(parts.train(), data.holdOut(0.2, 3).train());
        assertEquals(parts.evaluation(), data.holdOut(0.2, 3).evaluation());
    }

    @Test
    void limit_leavesAboutSoMany_andTheEvaluationExamples() {
        LabelledData data = questions();
        LabelledData fewer = data.limit(10, 0);
        assertEquals(10, fewer.train().size());
        assertEquals(
                5, fewer.train().stream().filter(one -> one.category() == 1).count());
        assertEquals(data.evaluation(), fewer.evaluation());
        assertEquals(
                "trained on 10 of the " + data.train().size() + " training examples",
                fewer.notes().get(fewer.notes().size() - 1));
        assertSame(data, data.limit(40, 0));
        LabelledData numbers = data(
                List.of(),
                IntStream.range(0, 50)
                        .mapToObj(row -> new Example("t" + row, null, new Label.Value(row / 10.0)))
                        .toList(),
                List.of());
        assertEquals(20, numbers.limit(20, 0).train().size());
    }

    @Test
    void holdOut_ofBadFractions_orTooFewExamples_isRefused() {
        assertEquals(
                "held-out fraction is 1.0, expected a number above 0 and below 1",
                assertThrows(IllegalArgumentException.class, () -> questions().holdOut(1, 0))
                        .getMessage());
        LabelledData one = data(
                List.of("a", "b"),
                List.of(new Example("a", null, new Label.Category(0)), new Example("b", null, new Label.Category(1))),
                List.of());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> one.holdOut(0.5, 0))
                .getMessage()
                .startsWith("train: of 2 rows none can be held out"));
    }
}
