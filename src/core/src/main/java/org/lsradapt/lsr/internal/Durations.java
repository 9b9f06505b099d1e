package org.lsradapt.lsr.internal;

import java.util.Locale;

/** Formats durations in words. */
public final class Durations {
    private Durations() {}

    /** Formats a duration, such as {@code 41 s}, {@code 12 min} or {@code 3 h 20 min}. */
    public static String format(double seconds) {
        if (seconds < 99.5) {
            return String.format(Locale.ROOT, seconds < 9.95 ? "%.1f s" : "%.0f s", seconds);
        }
        long minutes = Math.round(seconds / 60);
        return minutes < 100 ? minutes + " min" : minutes / 60 + " h " + minutes % 60 + " min";
    }
}
