package org.lsradapt.lsr.internal;

import java.lang.reflect.Array;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Formats arrays for the texts of records, which otherwise name a class and an address. */
public final class ArrayText {
    private static final int SHOWN = 8;

    private ArrayText() {}

    /** The first elements of an array and the number of the others, such as {@code [1.0, 0.5, … 62 more]}. */
    public static String of(Object array) {
        int length = Array.getLength(array);
        int shown = length <= SHOWN + 1 ? length : SHOWN;
        return IntStream.range(0, shown)
                .mapToObj(i -> String.valueOf(Array.get(array, i)))
                .collect(Collectors.joining(", ", "[", length > shown ? ", … " + (length - shown) + " more]" : "]"));
    }
}
