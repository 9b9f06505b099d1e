package org.lsradapt.lsr.planning;

import java.util.ArrayList;
import java.util.List;

/** Enumerates the ways to write a number as a product. */
final class Factorizations {

    private Factorizations() {}

    /** All lists of {@code count} numbers whose product is {@code size}, in every order. */
    static List<List<Integer>> ordered(int size, int count) {
        List<List<Integer>> all = new ArrayList<>();
        extend(size, count, new ArrayList<>(), all);
        return all;
    }

    private static void extend(int rest, int count, List<Integer> chosen, List<List<Integer>> all) {
        if (count == 1) {
            List<Integer> complete = new ArrayList<>(chosen);
            complete.add(rest);
            all.add(List.copyOf(complete));
            return;
        }
        for (int divisor = rest; divisor >= 1; divisor--) {
            if (rest % divisor == 0) {
                chosen.add(divisor);
                extend(rest / divisor, count - 1, chosen, all);
                chosen.remove(chosen.size() - 1);
            }
        }
    }
}
