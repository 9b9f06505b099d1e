package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.TensorSource;

/**
 * Reads LoRA, LoKr, HiRA, VeRA and FourierFT adapters that Hugging Face PEFT saved: {@code adapter_config.json} and
 * {@code adapter_model.safetensors}.
 *
 * <p>A {@link PeftKind} has a {@link PeftReader} for each type, with the equations.
 */
public final class PeftImport {

    private static final String TENSORS = "adapter_model.safetensors";
    private static final String PICKLE = "adapter_model.bin";

    private PeftImport() {}

    /**
     * Reads and checks an adapter; the base model is not needed.
     *
     * @param folder the folder to which PEFT saved the adapter; for an adapter whose name is not "default", the subfolder of its name
     * @return the adapter, which the caller closes
     * @throws IOException if a file is missing or malformed; if the adapter has a part that cannot be represented here (DoRA, biases,
     *     embeddings, modules other than the head, another method); or if its meaning depends on a version of PEFT that it does not give.
     *     The message names the file and the field or tensor
     */
    public static ImportedAdapter load(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(
                    folder + ": there is no such folder, expected one with " + PeftConfig.NAME + " and " + TENSORS);
        }
        if (!Files.exists(folder.resolve(PeftConfig.NAME))) {
            List<String> named = adaptersIn(folder);
            throw new IOException(folder + ": has no " + PeftConfig.NAME
                    + (named.isEmpty() ? "" : ", but adapters in its subfolders " + named + ", expected one of those"));
        }
        PeftConfig config = PeftConfig.read(folder.resolve(PeftConfig.NAME));
        Path file = folder.resolve(TENSORS);
        if (!Files.exists(file) && Files.exists(folder.resolve(PICKLE))) {
            throw new IOException(folder + ": has no " + TENSORS + "; " + PICKLE
                    + " is not read, since a pickle can run code: save with safe_serialization=True");
        }
        try (SafeTensors tensors = SafeTensors.open(file)) {
            return read(tensors, config);
        }
    }

    private static List<String> adaptersIn(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> Files.exists(entry.resolve(PeftConfig.NAME)))
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static ImportedAdapter read(TensorSource tensors, PeftConfig config) throws IOException {
        PeftReader reader = config.reader();
        TensorNames names = TensorNames.sort(tensors, reader.layout(), config::head);
        if (config.causal() && !names.head().isEmpty()) {
            throw new IOException(tensors.location() + ": has a head, "
                    + names.head().keySet() + ", expected none" + " with task_type CAUSAL_LM");
        }
        for (String layer : names.layers().keySet()) {
            if (!config.isTarget(names.path(layer))) {
                throw new IOException(tensors.location() + ": adapts layer '" + names.path(layer)
                        + "', which target_modules in " + PeftConfig.NAME + " does not name: " + config.targets());
            }
        }
        ImportedAdapter.Origin origin = new ImportedAdapter.Origin(
                Optional.ofNullable(config.baseModel()),
                config.task(!names.head().isEmpty()),
                Optional.of(config.targets()));
        return FactorReader.read(
                tensors,
                names,
                origin,
                reader.opening().open(tensors, config.fields()),
                layer -> config.scale(names.path(layer)));
    }
}
