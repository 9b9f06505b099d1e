package org.lsradapt.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.data.rules.StratifiedSplit;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * The parts of a k-fold cross-validation: each row is in one fold, and each fold is held out once. Folds have about the same number of
 * rows and the same mix of classes. Rows with equal texts are in the same fold. The folds depend only on the rows, their order and the
 * seed. Immutable.
 */
public final class Folds {
    private final int[] foldOfRow;
    private final int count;
    private final long seed;

    private Folds(int[] foldOfRow, int count, long seed) {
        this.foldOfRow = foldOfRow;
        this.count = count;
        this.seed = seed;
    }

    /**
     * Divides rows by class. If no texts repeat, the numbers of rows of a class differ by at most one between folds.
     *
     * @param texts the keys by which rows are equal
     * @param classes the class of each row, from 0
     * @param count the number of folds, from 2 to the number of different texts
     * @throws IllegalArgumentException if the number of folds is out of range
     */
    public static Folds byClass(List<?> texts, int[] classes, int count, long seed) {
        Require.argument(
                texts.size() == classes.length, "folds: %d texts and %d classes", texts.size(), classes.length);
        List<List<Integer>> groups = new ArrayList<>(StratifiedSplit.groups(texts));
        Require.argument(
                count >= 2 && count <= groups.size(),
                "folds: %d, expected 2 to %d, the number of different texts",
                count,
                groups.size());
        Collections.shuffle(groups, SplitMix64.random(seed));
        groups.sort(Comparator.comparing(group -> -group.size()));
        return new Folds(new Filling(classes, count).fill(groups), count, seed);
    }

    /**
     * Divides rows by value: each run of {@code count} different texts, sorted by the values of their first rows, gives a text to each
     * fold. Parameters and exceptions are those of {@link #byClass}.
     */
    public static Folds byValue(List<?> texts, double[] values, int count, long seed) {
        List<List<Integer>> groups = new ArrayList<>(StratifiedSplit.groups(texts));
        groups.sort(Comparator.comparingDouble(group -> values[group.get(0)]));
        int[] runs = new int[values.length];
        for (int i = 0; i < groups.size(); i++) {
            int run = i / Math.max(1, count);
            groups.get(i).forEach(row -> runs[row] = run);
        }
        return byClass(texts, runs, count, seed);
    }

    /** Assigns groups of rows to folds, one after the other. */
    private static final class Filling {
        private final int[] classes;
        private final int[][] ofClass;
        private final int[] total;
        private final int[] foldOfRow;

        Filling(int[] classes, int count) {
            this.classes = classes;
            ofClass = new int[count][Arrays.stream(classes).max().orElse(0) + 1];
            total = new int[count];
            foldOfRow = new int[classes.length];
        }

        int[] fill(List<List<Integer>> groups) {
            for (List<Integer> group : groups) {
                int fold = IntStream.range(0, total.length)
                        .boxed()
                        .min(Comparator.<Integer>comparingInt(one -> alike(one, group))
                                .thenComparing(one -> total[one]))
                        .orElseThrow();
                group.forEach(row -> {
                    foldOfRow[row] = fold;
                    ofClass[fold][classes[row]]++;
                });
                total[fold] += group.size();
            }
            return foldOfRow;
        }

        private int alike(int fold, List<Integer> group) {
            return group.stream().mapToInt(row -> ofClass[fold][classes[row]]).sum();
        }
    }

    /** Returns the number of folds. */
    public int count() {
        return count;
    }

    /** Returns the seed of the division. */
    public long seed() {
        return seed;
    }

    /** Returns the rows of a fold from 0, ascending, in a new array. */
    public int[] heldOut(int fold) {
        return chosen(fold).stream().toArray();
    }

    /** Returns the rows of all other folds, ascending, in a new array. */
    public int[] train(int fold) {
        BitSet held = chosen(fold);
        return IntStream.range(0, foldOfRow.length)
                .filter(row -> !held.get(row))
                .toArray();
    }

    BitSet chosen(int fold) {
        Require.argument(fold >= 0 && fold < count, "fold %d, expected 0 to %d", fold, count - 1);
        BitSet chosen = new BitSet(foldOfRow.length);
        IntStream.range(0, foldOfRow.length)
                .filter(row -> foldOfRow[row] == fold)
                .forEach(chosen::set);
        return chosen;
    }
}
