package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LibraryVersion;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.objectives.SequenceHead;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Saves and loads trained adapters, with their head or alone, as folders; see the package for what a folder holds. */
public final class AdapterFolder {

    /** Name of the tensor file in the folder. */
    static final String TENSORS = "adapter_model.safetensors";

    /** What the names of all tensors in the file begin with, as in PEFT. */
    static final String PREFIX = "base_model.model.";

    private AdapterFolder() {}

    /**
     * Saves an adapter in FP32; see {@link #save(Path, AdapterCard, AdapterSet, SequenceHead, Precision)}.
     *
     * @param folder the folder
     * @param card base model and task
     * @param adapters trained adapters
     * @param head trained head
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, AdapterCard card, AdapterSet adapters, SequenceHead head)
            throws IOException {
        save(folder, card, adapters, head, Precision.FP32);
    }

    /**
     * Saves an adapter. Each file is replaced as a whole, the tensors first; the configuration holds their checksum, so
     * that a folder of which only one file was replaced is refused when it is loaded.
     *
     * @param folder the folder, made if there is none; its parent must exist or be creatable
     * @param card base model and task
     * @param adapters trained adapters, FLOAT; null if the head alone was trained; not modified
     * @param head trained head, FLOAT, with as many outputs as the task; not modified; stored in FP32
     * @param storage what the factors are stored in: FP32, FP16, BF16, INT8 or INT4, rounded as
     *     {@link org.lsradapt.lsr.numerics.AdapterRounding} does it; λ stays in FP32; without adapters there is
     *     nothing to round, and the folder is as with FP32
     * @throws IllegalArgumentException if types or the number of outputs do not fit, or a number is not finite in that
     *     precision
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(
            Path folder, AdapterCard card, AdapterSet adapters, SequenceHead head, Precision storage)
            throws IOException {
        requireStorage(storage);
        Require.argument(
                head.outputs() == card.task().outputs(),
                "save adapter: the head has %d outputs, task %s has %d",
                head.outputs(),
                card.task().name(),
                card.task().outputs());
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        Map<String, LsrConfig> configs = new LinkedHashMap<>();
        if (adapters != null) {
            put(adapters, storage, tensors, configs);
        }
        for (Parameter parameter : head.parameters()) {
            INDArray value = parameter.value();
            requireFloat(parameter, value);
            tensors.put(PREFIX + parameter.name(), value.rank() == 2 ? value.transpose() : value);
        }
        List<String> headParameters = head.parameters().stream().map(Parameter::name).toList();
        Precision stored = adapters == null ? Precision.FP32 : storage;
        write(folder, Optional.of(card), configs, stored, headParameters, tensors);
    }

    /**
     * Saves adapters alone, in FP32; see {@link #save(Path, AdapterSet, Precision)}.
     *
     * @param folder the folder
     * @param adapters trained adapters
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, AdapterSet adapters) throws IOException {
        save(folder, adapters, Precision.FP32);
    }

    /**
     * Saves adapters alone: of layers of any model, without a head and without saying which model it was.
     * {@link SavedAdapter#adapters} puts them back on such layers.
     *
     * @param folder the folder, made if there is none; its parent must exist or be creatable
     * @param adapters trained adapters, FLOAT; not modified
     * @param storage what the factors are stored in, as with a head
     * @throws IllegalArgumentException if the type is not FLOAT, or a number is not finite in that precision
     * @throws IOException if a file cannot be written; the message names it
     */
    public static void save(Path folder, AdapterSet adapters, Precision storage) throws IOException {
        requireStorage(storage);
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        Map<String, LsrConfig> configs = new LinkedHashMap<>();
        put(adapters, storage, tensors, configs);
        write(folder, Optional.empty(), configs, storage, List.of(), tensors);
    }

    /** Adds adapters to what is to be written. */
    private static void put(
            AdapterSet adapters, Precision storage, Map<String, INDArray> tensors, Map<String, LsrConfig> configs) {
        for (Parameter parameter : adapters.parameters()) {
            INDArray value = parameter.value();
            requireFloat(parameter, value);
            boolean factor = value.rank() == 3;
            FactorFormat.put(tensors, PREFIX + parameter.name(), value, factor ? storage : Precision.FP32);
        }
        adapters.lsrAdapters().forEach(adapter -> configs.put(adapter.name(), adapter.config()));
    }

    private static void write(
            Path folder,
            Optional<AdapterCard> card,
            Map<String, LsrConfig> configs,
            Precision storage,
            List<String> headParameters,
            Map<String, INDArray> tensors)
            throws IOException {
        Files.createDirectories(folder);
        Path tensorFile = folder.resolve(TENSORS);
        SafeTensors.write(tensorFile, tensors, Map.of("format", "pt"));
        new AdapterConfigFile(
                        LibraryVersion.VERSION, card, configs, storage, headParameters, FileCheck.of(tensorFile))
                .write(folder.resolve(AdapterConfigFile.NAME));
    }

    /**
     * Checks that factors can be stored in a precision.
     *
     * @param storage the precision
     * @return the same
     * @throws IllegalArgumentException if a folder cannot have it
     */
    public static Precision requireStorage(Precision storage) {
        Require.argument(
                storage != Precision.FP8_E4M3 && storage != Precision.FP8_E5M2,
                "saved adapter: %s is not supported, expected fp32, fp16, bf16, int8 or int4",
                storage.label());
        return storage;
    }

    private static void requireFloat(Parameter parameter, INDArray value) {
        Require.argument(
                value.dataType() == DataType.FLOAT,
                "save adapter: %s is %s, expected FLOAT",
                parameter.name(),
                value.dataType());
    }

    /**
     * Loads and checks a folder; the base model is not needed.
     *
     * @param folder a folder that {@link #save} wrote
     * @return the adapter, which the caller closes
     * @throws IOException if a file is missing, truncated, altered or of another format version, or a tensor is
     *     missing, of another shape, or not asked for; the message names file and tensor, what was expected and found
     */
    public static SavedAdapter load(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(folder + ": there is no such folder, expected one with " + AdapterConfigFile.NAME
                    + " and " + TENSORS);
        }
        AdapterConfigFile config = AdapterConfigFile.read(folder.resolve(AdapterConfigFile.NAME));
        Path tensorFile = folder.resolve(TENSORS);
        config.tensors().require(tensorFile, AdapterConfigFile.NAME);
        try (SafeTensors tensors = SafeTensors.open(tensorFile)) {
            return new TensorReader(tensors, config).read(folder.toString());
        }
    }
}
