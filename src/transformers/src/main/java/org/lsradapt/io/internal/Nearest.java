package org.lsradapt.io.internal;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Finds the name that a misspelt one probably stands for. */
public final class Nearest {
    /** The largest edit distance, in letters, between a name and the intended one. */
    private static final int TYPING_ERRORS = 2;

    private Nearest() {}

    /** Returns the name that differs least, in at most two letters and less than half of its own; case does not count. */
    public static Optional<String> of(String name, Iterable<String> known) {
        return StreamSupport.stream(known.spliterator(), false)
                .filter(one -> isNear(one, distance(one, name)))
                .min(Comparator.comparingInt(one -> distance(one, name)));
    }

    /** Returns the end of a message about an unknown name, which asks for {@link #of the nearest}; empty if none is near. */
    public static String question(String name, Iterable<String> known) {
        return of(name, known).map(meant -> "; did you mean " + meant + "?").orElse("");
    }

    private static boolean isNear(String known, int distance) {
        return distance <= TYPING_ERRORS && 2 * distance < known.length();
    }

    /** Returns the edit distance: letters added, removed or replaced. */
    static int distance(String name, String otherName) {
        String one = name.toLowerCase(Locale.ROOT);
        String other = otherName.toLowerCase(Locale.ROOT);
        int[] before = new int[other.length() + 1];
        for (int j = 0; j < before.length; j++) {
            before[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] now = new int[before.length];
            now[0] = i;
            for (int j = 1; j < now.length; j++) {
                int replaced = before[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                now[j] = Math.min(replaced, 1 + Math.min(before[j], now[j - 1]));
            }
            before = now;
        }
        return before[other.length()];
    }
}
