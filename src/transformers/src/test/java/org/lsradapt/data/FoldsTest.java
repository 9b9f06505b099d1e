package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FoldsTest {

    @Property(tries = 300)
    void byClass_differentTexts_givesEachFoldTheSameMixWithinOneRow(
            @ForAll @Size(min = 10, max = 300) List<@IntRange(max = 6) Integer> labels,
            @ForAll @IntRange(min = 2, max = 10) int count,
            @ForAll long seed) {
        int[] classes = labels.stream().mapToInt(Integer::intValue).toArray();
        Folds folds = Folds.byClass(rowNumbers(classes.length), classes, count, seed);
        assertDivides(folds, classes.length);
        for (int label = 0; label <= 6; label++) {
            int wanted = label;
            int[] sizes = IntStream.range(0, count)
                    .map(fold -> (int) Arrays.stream(folds.heldOut(fold))
                            .filter(row -> classes[row] == wanted)
                            .count())
                    .toArray();
            assertTrue(range(sizes) <= 1, Arrays.toString(sizes));
        }
    }

    @Property(tries = 300)
    void byClass_repeatedTexts_stayTogetherAndNoFoldIsEmpty(
            @ForAll @Size(min = 30, max = 120) List<@IntRange(max = 3) Integer> labels,
            @ForAll @IntRange(min = 12, max = 40) int differentTexts,
            @ForAll @IntRange(min = 2, max = 5) int count,
            @ForAll long seed) {
        int[] classes = labels.stream().mapToInt(Integer::intValue).toArray();
        Random random = new Random(seed);
        List<Integer> texts = Stream.concat(
                        rowNumbers(5).stream(), labels.stream().skip(5).map(one -> random.nextInt(differentTexts)))
                .toList();
        Folds folds = Folds.byClass(texts, classes, count, seed);
        assertDivides(folds, classes.length);
        for (int fold = 0; fold < count; fold++) {
            List<Integer> held =
                    Arrays.stream(folds.heldOut(fold)).mapToObj(texts::get).toList();
            assertFalse(held.isEmpty());
            assertTrue(Arrays.stream(folds.train(fold)).mapToObj(texts::get).noneMatch(held::contains));
            assertArrayEquals(
                    folds.heldOut(fold),
                    Folds.byClass(texts, classes, count, seed).heldOut(fold));
        }
    }

    @Test
    void byValue_differentTexts_spreadsTheValuesOverEachFold() {
        double[] values = new Random(4).doubles(40).toArray();
        double[] sorted = Arrays.stream(values).sorted().toArray();
        Folds folds = Folds.byValue(rowNumbers(40), values, 4, 7);
        assertDivides(folds, 40);
        for (int fold = 0; fold < 4; fold++) {
            double[] held = Arrays.stream(folds.heldOut(fold))
                    .mapToDouble(row -> values[row])
                    .sorted()
                    .toArray();
            for (int run = 0; run < 10; run++) {
                assertTrue(held[run] >= sorted[4 * run] && held[run] <= sorted[4 * run + 3]);
            }
        }
    }

    @Test
    void byClass_otherSeed_dividesOtherwise() {
        int[] classes = new int[50];
        assertFalse(Arrays.equals(
                Folds.byClass(rowNumbers(50), classes, 5, 1).heldOut(0),
                Folds.byClass(rowNumbers(50), classes, 5, 2).heldOut(0)));
    }

    @Test
    void byClass_moreFoldsThanTexts_isRefused() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> Folds.byClass(List.of("a", "a", "b"), new int[3], 3, 1));
        assertEquals("folds: 3, expected 2 to 2, the number of different texts", refused.getMessage());
    }

    private static void assertDivides(Folds folds, int rows) {
        int[] all = IntStream.range(0, folds.count())
                .flatMap(fold -> Arrays.stream(folds.heldOut(fold)))
                .sorted()
                .toArray();
        assertArrayEquals(IntStream.range(0, rows).toArray(), all);
        for (int fold = 0; fold < folds.count(); fold++) {
            assertEquals(rows, folds.train(fold).length + folds.heldOut(fold).length);
        }
    }

    private static int range(int[] sizes) {
        return Arrays.stream(sizes).max().orElseThrow()
                - Arrays.stream(sizes).min().orElseThrow();
    }

    private static List<Integer> rowNumbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }
}
