package org.lsradapt.models.internal.hub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;

/**
 * Hugging Face's cache of models on this machine, which {@code hf download} and transformers fill. It is only read.
 *
 * @param folder holds a folder {@code models--OWNER--NAME} for each model
 */
public record HubCache(Path folder) {
    private static final String WORD = "[\\w-][\\w.-]*";

    /** A name on the hub, perhaps without an owner as the oldest ones, and perhaps a revision. */
    private static final Pattern NAME =
            Pattern.compile("((?:" + WORD + "/)?" + WORD + ")(?:@(" + WORD + "(?:/" + WORD + ")*))?");

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String SHARDS = "model.safetensors.index.json";
    private static final String KEPT = "models--";
    private static final String PARTLY = ".incomplete";

    /**
     * Returns the cache of this process: {@code HF_HUB_CACHE}, else {@code HF_HOME/hub}, else
     * {@code XDG_CACHE_HOME/huggingface/hub}, else {@code ~/.cache/huggingface/hub}. System properties of these names
     * precede environment variables.
     */
    public static HubCache standard() {
        return of(name ->
                Optional.ofNullable(System.getProperty(name)).or(() -> Optional.ofNullable(System.getenv(name))));
    }

    public static HubCache of(Function<String, Optional<String>> settings) {
        return new HubCache(settings.apply("HF_HUB_CACHE")
                .map(Path::of)
                .or(() -> settings.apply("HF_HOME").map(home -> Path.of(home, "hub")))
                .or(() -> settings.apply("XDG_CACHE_HOME").map(home -> Path.of(home, "huggingface", "hub")))
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "huggingface", "hub")));
    }

    public static String download(String name) {
        return "hf download " + name.replaceFirst("@", " --revision ");
    }

    public static String withoutRevision(String name) {
        return name.replaceFirst("@.*", "");
    }

    /** Whether there is a model of a name, perhaps in part. */
    public boolean has(String name) {
        Matcher parts = NAME.matcher(name);
        return parts.matches() && Files.isDirectory(kept(parts));
    }

    private Path kept(Matcher name) {
        return folder.resolve(KEPT + name.group(1).replace("/", "--"));
    }

    public List<String> names() {
        return list(folder)
                .filter(name -> name.startsWith(KEPT))
                .map(name -> name.substring(KEPT.length()).replaceFirst("--", "/"))
                .toList();
    }

    /**
     * Finds a model.
     *
     * @param name a name on the hub, with {@code @REVISION} for another one than main: a branch, a tag or a commit
     * @return the folder of its files, or its only GGUF file; empty if the cache does not have the model
     * @throws IllegalArgumentException if it has it without this revision, or in part
     */
    public Optional<Path> find(String name) {
        Matcher parts = NAME.matcher(name);
        if (!has(name) || !parts.matches()) {
            return Optional.empty();
        }
        Path kept = kept(parts);
        Path snapshot = snapshot(name, kept, parts);
        List<String> packed =
                list(snapshot).filter(file -> file.endsWith(".gguf")).toList();
        if (packed.size() == 1 && !isThere(snapshot, CONFIG)) {
            return Optional.of(snapshot.resolve(packed.get(0)));
        }
        Optional<String> missing = missing(snapshot);
        Require.argument(
                missing.isEmpty(),
                "model '%s': %s has no %s%s; to complete it, run %s",
                name,
                snapshot,
                missing.orElse(""),
                list(kept.resolve("blobs")).anyMatch(file -> file.endsWith(PARTLY))
                        ? ", as a download was interrupted"
                        : "",
                download(name));
        return Optional.of(snapshot);
    }

    private static Path snapshot(String name, Path kept, Matcher parts) {
        String revision = Optional.ofNullable(parts.group(2)).orElse("main");
        Path snapshots = kept.resolve("snapshots");
        Path reference = kept.resolve("refs").resolve(revision);
        Path found = snapshots.resolve(Files.isRegularFile(reference) ? commit(reference) : revision);
        List<String> others = list(snapshots).sorted().toList();
        Require.argument(
                Files.isDirectory(found) && others.contains(found.getFileName().toString()),
                "model '%s': %s does not have the revision %s; expected %s%s",
                name,
                kept,
                revision,
                others.isEmpty() ? "" : withoutRevision(name) + "@" + String.join(" or @", others) + ", or ",
                download(name));
        return found;
    }

    private static String commit(Path reference) {
        try {
            return Files.readString(reference).strip().replaceAll("[^0-9a-zA-Z]", "_");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the first file that a download has not brought yet; empty if none is known to be missing. */
    private static Optional<String> missing(Path snapshot) {
        if (isThere(snapshot, "adapter_config.json")) {
            return Optional.empty();
        }
        Stream<String> needed = isThere(snapshot, SHARDS)
                ? shards(snapshot.resolve(SHARDS))
                : Stream.of(WEIGHTS).filter(file -> !isThere(snapshot, "pytorch_model.bin"));
        return Stream.concat(Stream.of(CONFIG), needed)
                .filter(file -> !isThere(snapshot, file))
                .findFirst();
    }

    private static Stream<String> shards(Path index) {
        try {
            return StreamSupport.stream(
                            JsonFile.readObject(index).path("weight_map").spliterator(), false)
                    .map(file -> file.asText())
                    .filter(file -> file.matches(WORD))
                    .distinct();
        } catch (IOException e) {
            // Opening the model says what is wrong with the file.
            return Stream.empty();
        }
    }

    /** Whether there is a file; false for a link to one that is missing. */
    private static boolean isThere(Path snapshot, String file) {
        return Files.isRegularFile(snapshot.resolve(file));
    }

    private static Stream<String> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
