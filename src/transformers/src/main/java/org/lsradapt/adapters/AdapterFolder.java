package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LibraryVersion;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.AdapterLoadEvent;
import org.lsradapt.lsr.internal.FlightEvents;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.TaskDescription;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves and loads trained adapters as folders: classifiers or regressions with their head, language models, or adapters alone; the
 * package description lists a folder's files.
 */
public final class AdapterFolder {

    /** The prefix of all tensor names in the file, as in PEFT. */
    static final String PREFIX = "base_model.model.";

    private static final Logger LOG = LoggerFactory.getLogger(AdapterFolder.class);

    /** Held from reading which tensor file a configuration names until the configuration is replaced. */
    private static final Object SAVING = new Object();

    private AdapterFolder() {}

    /** Whether a folder holds an adapter, perhaps damaged or PEFT's, rather than a model; {@link #load} checks it. */
    public static boolean isOne(Path folder) {
        return Files.isRegularFile(folder.resolve(AdapterConfigFile.NAME));
    }

    /**
     * Lists the adapter folders in a folder, such as a run's.
     *
     * @param folder any path, existing or not
     * @return the folder's direct subfolders that hold adapters, by name
     * @throws IOException if the folder cannot be listed
     */
    public static List<Path> within(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(AdapterFolder::isOne).sorted().toList();
        }
    }

    /** Calls {@link #save(Path, AdapterCard, AdapterSet, SequenceHead, Precision)} with FP32. */
    public static void save(Path folder, AdapterCard card, AdapterSet adapters, SequenceHead head) throws IOException {
        save(folder, card, adapters, head, Precision.FP32);
    }

    /**
     * Saves an adapter with its head. An adapter that is already in the folder is replaced atomically: a concurrent reader, or a process
     * killed at any moment, finds either the old adapter or the new one. If several threads or processes save into one folder, the last
     * one to finish remains complete.
     *
     * @param folder the folder, created if missing; its parent must exist or be creatable
     * @param card the base model and task, a classification or regression
     * @param adapters trained adapters, FLOAT; not modified
     * @param head trained head, FLOAT, with as many outputs as the task; not modified; stored in FP32
     * @param storage the precision of the stored factors: FP32, FP16, BF16, INT8 or INT4, rounded as in
     *     {@link org.lsradapt.lsr.numerics.AdapterRounding}; λ stays in FP32
     * @throws IllegalArgumentException if types or the number of outputs do not match, a number is not finite in that precision, or
     *     products of factors exceed FLOAT's range; nothing is written then
     * @throws IllegalStateException if a layer's kind has no {@link AdapterKind}, or is not LSR although the precision is not FP32; the
     *     message names both
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, AdapterCard card, AdapterSet adapters, SequenceHead head, Precision storage)
            throws IOException {
        save(folder, Optional.of(card), Optional.of(adapters), Optional.of(head), storage);
    }

    /** Like {@link #save(Path, AdapterCard, AdapterSet, SequenceHead, Precision)}, for a head that was trained alone. */
    public static void save(Path folder, AdapterCard card, SequenceHead head) throws IOException {
        save(folder, Optional.of(card), Optional.empty(), Optional.of(head), Precision.FP32);
    }

    /** Calls {@link #save(Path, AdapterCard, AdapterSet, Precision)} with FP32. */
    public static void save(Path folder, AdapterCard card, AdapterSet adapters) throws IOException {
        save(folder, card, adapters, Precision.FP32);
    }

    /**
     * Saves an adapter without a head; otherwise like {@link #save(Path, AdapterCard, AdapterSet, SequenceHead, Precision)}.
     *
     * @param card the base model and task, of the kind text, masked, embedding or image_text
     */
    public static void save(Path folder, AdapterCard card, AdapterSet adapters, Precision storage) throws IOException {
        save(folder, Optional.of(card), Optional.of(adapters), Optional.empty(), storage);
    }

    /** Calls {@link #save(Path, AdapterSet, Precision)} with FP32. */
    public static void save(Path folder, AdapterSet adapters) throws IOException {
        save(folder, adapters, Precision.FP32);
    }

    /**
     * Saves adapters of layers of any model, without a head and without the model's name; otherwise like
     * {@link #save(Path, AdapterCard, AdapterSet, SequenceHead, Precision)}. {@link SavedAdapter#adapters} puts them back on such layers.
     */
    public static void save(Path folder, AdapterSet adapters, Precision storage) throws IOException {
        save(folder, Optional.empty(), Optional.of(adapters), Optional.empty(), storage);
    }

    private static void save(
            Path folder,
            Optional<AdapterCard> card,
            Optional<AdapterSet> adapters,
            Optional<SequenceHead> head,
            Precision storage)
            throws IOException {
        requireStorage(storage);
        card.ifPresent(known -> requireHead(known.task(), head));
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        Map<String, StoredConfig<?>> configs = new LinkedHashMap<>();
        adapters.ifPresent(set -> put(set, storage, tensors, configs));
        List<Parameter> parameters = head.map(SequenceHead::parameters).orElse(List.of());
        for (Parameter parameter : parameters) {
            INDArray value = parameter.value();
            requireFiniteFloats(parameter, value);
            tensors.put(PREFIX + parameter.name(), value.rank() == 2 ? value.transpose() : value);
        }
        List<String> names = parameters.stream().map(Parameter::name).toList();
        AdapterConfigFile config = new AdapterConfigFile(
                LibraryVersion.VERSION, card, configs, storage, names, new TensorFile(TensorFile.FIRST, 0, ""));
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put(ConfigSeal.NAME, ConfigSeal.of(config.bytes()));
        save(folder, file -> SafeTensors.write(file, tensors, metadata), config);
    }

    @FunctionalInterface
    interface Tensors {
        void writeTo(Path file) throws IOException;
    }

    /** Saves tensors whose metadata seals their configuration. */
    static void save(Path folder, Tensors tensors, AdapterConfigFile config) throws IOException {
        Files.createDirectories(folder);
        synchronized (SAVING) {
            write(folder, tensors, config);
        }
    }

    /**
     * Writes the new tensors next to those in use, then the configuration that names them, which completes the replacement. If the folder
     * already has the same content, it stays unchanged, so that a resumed run leaves the same files as an uninterrupted one.
     */
    private static void write(Path folder, Tensors tensors, AdapterConfigFile config) throws IOException {
        Path configFile = folder.resolve(AdapterConfigFile.NAME);
        boolean first = !Files.exists(configFile);
        Path tensorFile = folder.resolve(first ? TensorFile.FIRST : TensorFile.newName());
        AtomicFile.removeLeftovers(folder, TensorFile::isName);
        Optional<Configuration> before;
        TensorFile written;
        try {
            tensors.writeTo(tensorFile);
            written = TensorFile.of(tensorFile);
            // A first save has replaced nothing: a configuration that exists by now names a file of this very name.
            before = first ? Optional.empty() : configurationIn(folder);
            if (before.isPresent() && isThere(folder, before.get(), config, written)) {
                Files.delete(tensorFile);
                return;
            }
            AtomicFile.write(configFile, config.withTensors(written).bytes());
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(tensorFile);
            throw e;
        }
        before.ifPresent(
                replaced -> deleteUnused(folder.resolve(replaced.file.tensors().name())));
        TensorFile.removeAbandoned(folder, tensorFile);
        if (first && !written.isIn(folder)) {
            // Another process has saved its first adapter here, too.
            write(folder, tensors, config);
        }
    }

    /** Empty if there is no readable configuration. */
    private static Optional<Configuration> configurationIn(Path folder) {
        try {
            return Optional.of(Configuration.read(folder));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean isThere(Path folder, Configuration there, AdapterConfigFile config, TensorFile written)
            throws IOException {
        TensorFile same = written.named(there.file.tensors().name());
        return same.equals(there.file.tensors())
                && Arrays.equals(there.content, config.withTensors(same).bytes())
                && same.isIn(folder);
    }

    /** If a reader's open file prevents the deletion (on Windows), a later save removes it. */
    private static void deleteUnused(Path tensorFile) {
        try {
            Files.deleteIfExists(tensorFile);
        } catch (IOException e) {
            LOG.debug("{}: left by a save that replaced it: {}", tensorFile, e.toString());
        }
    }

    private static void requireHead(TaskDescription task, Optional<SequenceHead> head) {
        Require.argument(
                head.isPresent() || !task.hasHead(),
                "save adapter: task %s is a %s and there is no head, expected one",
                task.name(),
                task.kind());
        Require.argument(
                head.isEmpty() || task.hasHead(),
                "save adapter: a head for task %s, which is %s",
                task.name(),
                task.kind());
        Require.argument(
                head.isEmpty() || head.get().outputs() == task.outputs(),
                "save adapter: the head has %d outputs, task %s has %d",
                head.map(SequenceHead::outputs).orElse(0),
                task.name(),
                task.outputs());
    }

    private static void put(
            AdapterSet adapters,
            Precision storage,
            Map<String, INDArray> tensors,
            Map<String, StoredConfig<?>> configs) {
        AdapterKinds kinds = new AdapterKinds();
        Map<LayerArrays.Fellows, String> holders = new HashMap<>();
        for (LayerAdapter adapter : adapters.adapters()) {
            StoredConfig<?> stored = held(kinds.of(adapter), adapter, holders);
            requireNames(adapter, stored);
            if (!stored.isStoredIn(storage, adapter.name())) {
                throw new IllegalStateException("save adapter: layer " + adapter.name() + " is adapted by kind '"
                        + adapter.config().kind() + "', which is stored in fp32 alone, found " + storage.label());
            }
            List<String> factors = stored.factors(adapter.name());
            Map<String, INDArray> arrays = new LinkedHashMap<>();
            for (Parameter parameter : adapter.parameters()) {
                requireFiniteFloats(parameter, parameter.value());
                arrays.put(parameter.name(), parameter.value());
            }
            stored.ownTensors(adapter.name())
                    .forEach(name -> FactorFormat.put(
                            tensors,
                            PREFIX + name,
                            arrays.get(name),
                            factors.contains(name) ? storage : Precision.FP32));
            stored.flaw(adapter.name(), arrays).ifPresent(complaint -> {
                throw new IllegalArgumentException("save adapter: layer " + adapter.name() + ": " + complaint);
            });
            configs.put(adapter.name(), stored);
        }
    }

    /** Names the first layer with the same shared tensors as the holder if the kind stores them once. */
    private static StoredConfig<?> held(
            StoredConfig<?> stored, LayerAdapter adapter, Map<LayerArrays.Fellows, String> holders) {
        Optional<AdapterKind.Sharing> once = stored.sharing(adapter.name()).filter(AdapterKind.Sharing::once);
        if (once.isEmpty()) {
            return stored;
        }
        AdapterKind.Size size = new AdapterKind.Size(
                adapter.layer().inFeatures(), adapter.layer().outFeatures());
        String holder = holders.putIfAbsent(once.get().fellows(stored.config(), size), adapter.name());
        return holder == null ? stored : stored.heldBy(holder);
    }

    /** An adapter could not be loaded if its kind named other tensors here than in training. */
    private static void requireNames(LayerAdapter adapter, StoredConfig<?> stored) {
        List<String> names = adapter.parameters().stream().map(Parameter::name).toList();
        List<String> expected = stored.tensors(adapter.name());
        if (!names.equals(expected)) {
            throw new IllegalStateException("save adapter: layer " + adapter.name() + " has parameters " + names
                    + ", the kind of peft_type " + stored.kind().peftType() + " names " + expected);
        }
    }

    /** Checks that factors can be stored in a precision. */
    public static Precision requireStorage(Precision storage) {
        Require.argument(
                storage != Precision.FP8_E4M3 && storage != Precision.FP8_E5M2,
                "saved adapter: %s is not supported, expected fp32, fp16, bf16, int8 or int4",
                storage.label());
        return storage;
    }

    private static void requireFiniteFloats(Parameter parameter, INDArray value) {
        Require.argument(
                value.dataType() == DataType.FLOAT,
                "save adapter: %s is %s, expected FLOAT",
                parameter.name(),
                value.dataType());
        Require.finite("save adapter", parameter.name(), value);
    }

    /**
     * Loads and checks a folder; the base model is not needed. During a concurrent save, either the old adapter or the new one is loaded,
     * as a whole.
     *
     * @return the adapter, which the caller closes
     * @throws IOException if a file is missing, truncated, altered or of another format version, no {@link AdapterKind} on the class
     *     path supports a layer's kind, or a tensor is missing, unexpected or of another shape; the message names the file and the
     *     tensor, what was expected and what was found
     */
    public static SavedAdapter load(Path folder) throws IOException {
        Optional<AdapterLoadEvent> event = FlightEvents.begin(AdapterLoadEvent::new);
        return read(folder, (file, content) -> {
            try (SafeTensors tensors = file.tensors().open(folder)) {
                SavedAdapter loaded = new TensorReader(folder, tensors, file).read(content);
                event.ifPresent(began -> began.loaded(folder, file.tensors().bytes()));
                return loaded;
            }
        });
    }

    /**
     * Reads which base model and task an adapter is for, without its tensors.
     *
     * @return empty if the adapters were saved alone
     * @throws IOException if the configuration is missing or malformed; the message names the file
     */
    public static Optional<AdapterCard> card(Path folder) throws IOException {
        return read(folder, (file, content) -> file.card());
    }

    /**
     * Reads the settings of the adapted layers, without their tensors.
     *
     * @return the settings by the layers' full names, those of the first adapted layer first; empty if only a head was trained
     * @throws IOException as {@link #card}
     */
    public static Map<String, AdapterConfig> configs(Path folder) throws IOException {
        return read(folder, (file, content) -> {
            Map<String, AdapterConfig> configs = new LinkedHashMap<>();
            file.adapters().forEach((layer, stored) -> configs.put(layer, stored.config()));
            return configs;
        });
    }

    @FunctionalInterface
    interface Reading<T> {
        T read(AdapterConfigFile file, byte[] content) throws IOException;
    }

    /** Reads a folder; reads again if a concurrent save has replaced both files. */
    static <T> T read(Path folder, Reading<T> reading) throws IOException {
        if (Files.isRegularFile(folder)) {
            Path parent = folder.toAbsolutePath().getParent();
            throw new IOException(folder + ": this is a file, expected "
                    + (parent != null && isOne(parent) ? "the adapter's folder, " + parent : "an adapter's folder"));
        }
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + ": there is no such folder, expected one with " + AdapterConfigFile.NAME
                    + " and " + TensorFile.FIRST);
        }
        Configuration config = Configuration.read(folder);
        while (true) {
            try {
                return reading.read(config.file, config.content);
            } catch (IOException e) {
                Configuration now = Configuration.read(folder);
                if (now.file.tensors().equals(config.file.tensors())) {
                    throw e;
                }
                // A save has replaced both files since the configuration was read.
                config = now;
            }
        }
    }

    private static final class Configuration {
        private final AdapterConfigFile file;
        private final byte[] content;

        private Configuration(Path path, byte[] content) throws IOException {
            this.content = content;
            file = AdapterConfigFile.of(path.toString(), content);
        }

        static Configuration read(Path folder) throws IOException {
            Path path = folder.resolve(AdapterConfigFile.NAME);
            if (!Files.exists(path)) {
                List<Path> within = within(folder.toAbsolutePath());
                throw new NoSuchFileException(
                        path.toString(),
                        null,
                        within.isEmpty()
                                ? "there is no such file, expected an adapter's folder"
                                : "there is no such file; adapters are in "
                                        + String.join(
                                                ", ",
                                                within.stream()
                                                        .map(Path::toString)
                                                        .toList())
                                        + ", expected one of these folders");
            }
            return new Configuration(path, BoundedFile.read(path, BoundedFile.SMALL));
        }
    }
}
