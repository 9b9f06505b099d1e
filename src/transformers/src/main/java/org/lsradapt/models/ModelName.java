package org.lsradapt.models;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages for a name that belongs to no model, folder or file. */
final class ModelName {
    private static final Pattern HUB = Pattern.compile("[\\w-][\\w.-]*/([\\w-][\\w.-]*)");

    /** The largest edit distance, in letters, between a name and the intended one. */
    private static final int TYPING_ERRORS = 2;

    private ModelName() {}

    static String complaint(String name) {
        Optional<String> meant = meant(name);
        String there = "model '" + name + "': there is no such folder";
        return meant.isEmpty() && HUB.matcher(name).matches()
                ? there + download(name)
                : there + " or file; expected " + Models.description()
                        + meant.map(known -> "; did you mean " + known + "?").orElse("");
    }

    /** Says how to get a model of this name; empty if the name cannot be one of the hub. */
    static String download(String name) {
        Matcher hub = HUB.matcher(name);
        return hub.matches()
                ? ", and nothing is downloaded; if it is a name on Hugging Face's hub, run hf download " + name
                        + " --local-dir " + hub.group(1) + ", and give that folder: " + hub.group(1)
                : "";
    }

    /** Finds the model with this or nearly this name on the hub. */
    private static Optional<String> meant(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return Models.names().stream()
                .filter(known -> Models.hubName(known)
                        .map(hub -> hub.toLowerCase(Locale.ROOT))
                        .filter(hub -> hub.equals(lower) || hub.endsWith("/" + lower))
                        .isPresent())
                .findFirst()
                .or(() -> Models.names().stream()
                        .filter(known -> distance(known, lower) <= TYPING_ERRORS)
                        .min(Comparator.comparingInt(known -> distance(known, lower))));
    }

    /** Returns the edit distance: letters added, removed or replaced. */
    static int distance(String one, String other) {
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
