package org.lsradapt.data.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.SplitMix64;

/**
 * Divides rows into training rows and held-out evaluation rows. Rows with equal texts form a group, which is held out as a whole or not
 * at all. The choice depends only on the rows, their order and the seed. About {@code fraction} of all rows are held out, at least one if
 * possible; fewer if groups do not fit.
 *
 * @param fraction above 0, below 1
 */
public record StratifiedSplit(double fraction, long seed) {

    /** The chosen part of a list, or the rest. */
    public static <T> List<T> part(List<T> all, BitSet chosen, boolean heldOut) {
        return IntStream.range(0, all.size())
                .filter(i -> chosen.get(i) == heldOut)
                .mapToObj(all::get)
                .toList();
    }

    /** The rows of each group, in the order in which the groups first appear. */
    public static Collection<List<Integer>> groups(List<?> texts) {
        Map<Object, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < texts.size(); i++) {
            groups.computeIfAbsent(texts.get(i), text -> new ArrayList<>()).add(i);
        }
        return groups.values();
    }

    /**
     * Chooses rows stratified by class: of n rows of a class fraction·n, rounded down or up so that the total is right (the largest
     * remainders are rounded up). One row of each class stays. If texts repeat, fewer rows of a class may be chosen.
     *
     * @param texts the keys by which rows are equal
     * @param classes the class of each row, from 0
     * @return the rows to hold out; empty if every choice would take a class's last row or divide a group
     */
    public BitSet byClass(List<?> texts, int[] classes) {
        int[] room = quotas(classes);
        List<List<Integer>> groups = new ArrayList<>(groups(texts));
        Collections.shuffle(groups, SplitMix64.random(seed));
        BitSet chosen = new BitSet();
        for (List<Integer> group : groups) {
            group.forEach(row -> room[classes[row]]--);
            if (group.stream().allMatch(row -> room[classes[row]] >= 0)) {
                group.forEach(chosen::set);
            } else {
                group.forEach(row -> room[classes[row]]++);
            }
        }
        return chosen;
    }

    /**
     * Chooses rows stratified by value: the groups, sorted by the value of their first row, are divided into as many runs of equal length
     * as rows are to be held out, and each run gives one row. At least two rows are held out if there are three, since one row has no
     * correlation.
     *
     * @param texts the keys by which rows are equal
     * @return the rows to hold out; empty if every choice would divide a group
     */
    public BitSet byValue(List<?> texts, double[] values) {
        Random random = SplitMix64.random(seed);
        List<List<Integer>> groups = new ArrayList<>(groups(texts));
        Collections.shuffle(groups, random);
        groups.sort(Comparator.comparingDouble(group -> values[group.get(0)]));
        int runs = Math.min(values.length - 1, Math.max(2, total(values.length)));
        BitSet chosen = new BitSet();
        for (int run = 0; run < runs; run++) {
            int from = (int) ((long) run * groups.size() / runs);
            int to = (int) ((run + 1L) * groups.size() / runs);
            List<List<Integer>> candidates = new ArrayList<>(groups.subList(from, to));
            Collections.shuffle(candidates, random);
            int room = run + 1 - chosen.cardinality();
            candidates.stream()
                    .filter(group -> group.size() <= room)
                    .findFirst()
                    .ifPresent(group -> group.forEach(chosen::set));
        }
        return chosen;
    }

    /** The number of rows of each class to hold out, by largest remainders. */
    private int[] quotas(int[] classes) {
        int[] counts = new int[Arrays.stream(classes).max().orElse(0) + 1];
        Arrays.stream(classes).forEach(label -> counts[label]++);
        int[] quotas =
                Arrays.stream(counts).map(count -> (int) (fraction * count)).toArray();
        int missing = total(classes.length) - Arrays.stream(quotas).sum();
        IntStream.range(0, counts.length)
                .filter(label -> quotas[label] + 1 < counts[label] && fraction * counts[label] > quotas[label])
                .boxed()
                .sorted(Comparator.comparingDouble(label -> quotas[label] - fraction * counts[label]))
                .limit(Math.max(0, missing))
                .forEach(label -> quotas[label]++);
        return quotas;
    }

    private int total(int rows) {
        return (int) Math.min(rows - 1L, Math.max(1, Math.round(fraction * rows)));
    }
}
