package org.lsradapt.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.families.Families;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.hub.HubCache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads pretrained models by name, folder or file. */
public final class Models {
    private static final Logger LOG = LoggerFactory.getLogger(Models.class);
    private static final String CONFIG = "config.json";

    /** The names of this process that are those of a folder and of a model in the cache. */
    private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

    private Models() {}

    /** A model from a Maven artifact. */
    interface Packaged {
        String name();

        String hubName();

        ModelArtifact artifact();

        PretrainedModel load() throws IOException;
    }

    /** Returns the models that come from Maven artifacts. */
    static List<Packaged> packaged() {
        return Stream.<Packaged>concat(OnnxEncoder.ALL.stream(), BertBase.ALL.stream())
                .toList();
    }

    private static Optional<Packaged> packaged(String model) {
        return packaged().stream().filter(known -> known.name().equals(model)).findFirst();
    }

    /** Returns the names of the models that come from Maven artifacts. */
    public static List<String> names() {
        return packaged().stream().map(Packaged::name).toList();
    }

    /** Returns the hub's name of an artifact's model, such as {@code sentence-transformers/all-MiniLM-L6-v2}; empty for a file. */
    public static Optional<String> hubName(String model) {
        return packaged(model).map(Packaged::hubName);
    }

    /**
     * A model that can be loaded, or could be.
     *
     * @param name the name that {@link #load} takes
     * @param note the type of the model, or what it lacks
     */
    public record Listed(Place place, String name, String note) {}

    /** The places of models. */
    public enum Place {
        /** The class path has the artifact. */
        CLASS_PATH,
        /** The class path lacks the artifact. */
        ARTIFACT,
        /** Hugging Face's cache has the model, perhaps in part. */
        CACHE,
        /** A folder or file in the folder that was searched. */
        FOLDER
    }

    /** Lists the models of artifacts, those in Hugging Face's cache, and those in a folder: GGUF files, and folders of models. */
    public static List<Listed> list(Path folder) throws IOException {
        List<Listed> all = new ArrayList<>();
        for (Packaged known : packaged()) {
            ModelArtifact artifact = known.artifact();
            all.add(
                    artifact.isPresent()
                            ? new Listed(Place.CLASS_PATH, known.name(), known.hubName())
                            : new Listed(
                                    Place.ARTIFACT,
                                    known.name(),
                                    known.hubName() + ": add " + artifact.coordinates() + " to the class path"));
        }
        HubCache.standard().names().stream()
                .sorted()
                .forEach(name -> all.add(new Listed(Place.CACHE, name, cached(name))));
        try (Stream<Path> entries = Files.list(folder)) {
            entries.sorted()
                    .filter(entry -> isGguf(entry) || Files.isRegularFile(entry.resolve(CONFIG)))
                    .forEach(entry -> all.add(new Listed(Place.FOLDER, name(folder, entry), type(entry))));
        }
        return all;
    }

    private static String name(Path folder, Path entry) {
        String name = folder.relativize(entry).toString();
        return names().contains(name) ? "." + entry.getFileSystem().getSeparator() + name : name;
    }

    private static String cached(String name) {
        try {
            return HubCache.standard().find(name).map(Models::type).orElse("not found");
        } catch (IllegalArgumentException | UncheckedIOException e) {
            return e.getMessage();
        }
    }

    private static boolean isGguf(Path path) {
        return path.toString().endsWith(".gguf") && Files.isRegularFile(path);
    }

    /** Returns the type of a model, and whether this library lacks it. */
    private static String type(Path model) {
        if (isGguf(model)) {
            return "GGUF file";
        }
        String type;
        try {
            type = JsonFile.readObject(model.resolve(CONFIG)).path("model_type").asText("without model_type");
        } catch (IOException e) {
            return e.getMessage();
        }
        return Families.isKnown(type) ? type : type + ", which is not supported";
    }

    /** Describes the models that can be loaded, briefly, for help texts and messages. */
    public static String description() {
        return names().stream().collect(Collectors.joining(", ")) + ", a Hugging Face folder of type "
                + Families.modelTypes() + ", a GGUF file, or the name on Hugging Face's hub of a model in its cache";
    }

    /**
     * Loads a model; nothing is downloaded.
     *
     * @param model one of {@link #names}, from a Maven artifact on the class path; the path of a Hugging Face folder of
     *     one of the {@linkplain Families families}, with config.json, model.safetensors (or shards) and tokenizer.json
     *     (or, for bert, vocab.txt); the path of a GGUF file of architecture llama; or a name on Hugging Face's hub that
     *     is in its cache, as {@link #find} finds it. For a folder with one of these names, write {@code ./minilm}.
     * @return the model, which the caller closes
     * @throws IllegalArgumentException if there is no such model, folder or file, or a download of it was interrupted
     * @throws MissingArtifactException if an artifact that it needs is not on the class path
     * @throws IOException if a file is missing, malformed, or describes a model that is not supported; the message
     *     names it
     */
    public static PretrainedModel load(String model) throws IOException {
        Optional<Packaged> packaged = packaged(model);
        if (packaged.isPresent()) {
            return packaged.get().load();
        }
        Path path = path(model);
        return Files.isDirectory(path) ? HuggingFaceFolder.load(model, path) : GgufFile.load(model, path);
    }

    /** Returns a model's usual name for headings, without loading it: {@code MiniLM}, or that of a folder or a GGUF file. */
    public static String title(String model) {
        return switch (model) {
            case "minilm" -> "MiniLM";
            case "bert-base" -> "BERT-base";
            default -> {
                Path name = Path.of(model).toAbsolutePath().normalize().getFileName();
                yield name == null ? model : name.toString().replaceFirst("\\.gguf$", "");
            }
        };
    }

    /** Checks that a model, folder or file of this name exists, without reading it. */
    public static void requireKnown(String model) {
        if (!names().contains(model)) {
            path(model);
        }
    }

    private static Path path(String model) {
        return find(model).orElseThrow(() -> new IllegalArgumentException(ModelName.complaint(model)));
    }

    /**
     * Finds the files of a model: a folder or file of this name or, if there is none, the model of this name in Hugging
     * Face's cache on this machine. The cache is the folder {@code HF_HUB_CACHE}, else {@code HF_HOME/hub}, else
     * {@code XDG_CACHE_HOME/huggingface/hub}, else {@code ~/.cache/huggingface/hub}; system properties of these names
     * precede environment variables. Nothing is downloaded.
     *
     * @param model as in {@link #load}; in the cache, {@code NAME@REVISION} is a branch, a tag or a commit instead of
     *     {@code main}
     * @return the folder or file; empty for a model from an artifact and if there is none
     * @throws IllegalArgumentException if the cache has the model in part, or without the revision
     */
    public static Optional<Path> find(String model) {
        if (names().contains(model)) {
            return Optional.empty();
        }
        Optional<Path> existing = existing(model);
        HubCache cache = HubCache.standard();
        if (existing.isPresent() && cache.has(model) && WARNED.add(model)) {
            LOG.warn(
                    "model '{}' is the folder or file of this name, not the model of this name in {}",
                    model,
                    cache.folder());
        }
        return existing.isPresent() ? existing : cache.find(model);
    }

    private static Optional<Path> existing(String model) {
        try {
            return Optional.of(Path.of(model))
                    .filter(path -> !model.isBlank() && (Files.isDirectory(path) || Files.isRegularFile(path)));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
