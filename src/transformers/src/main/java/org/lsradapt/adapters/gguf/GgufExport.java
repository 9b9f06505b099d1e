package org.lsradapt.adapters.gguf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.internal.FusedLayers;
import org.lsradapt.io.GgufWriter;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.models.internal.cards.CardText;
import org.lsradapt.models.internal.cards.ModelCard;
import org.lsradapt.models.internal.gguf.GgufArchitecture;
import org.lsradapt.models.internal.gguf.GgufTensors;
import org.lsradapt.tasks.description.HubTask;
import org.lsradapt.tasks.description.TextDescription;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Writes an LSR or LoRA adapter of a causal model as a LoRA adapter in a GGUF file, which llama.cpp loads together with the base model
 * ({@code llama-cli --lora FILE}): per layer {@code lora_a} = Aᵀ [r, in] and {@code lora_b} = Bᵀ [out, r], both materialized, F32, and
 * one α for the file. Layers that files fuse into one are joined. llama.cpp scales by α/r; if a layer has another scaling, B is
 * multiplied by the quotient. Rows of B are in the file's order of rows of W.
 */
public final class GgufExport {

    private static final String FILE = "adapter.gguf";

    private GgufExport() {}

    /**
     * Writes an adapter.
     *
     * @param file the file to create or replace
     * @param layers the adapters, at least one; not modified
     * @throws IllegalArgumentException if llama.cpp is not known to run the base model, or its files have no place for a layer
     * @throws IOException if the file cannot be written; the message names it
     */
    public static void save(Path file, PretrainedModel base, List<SavedLayer> layers) throws IOException {
        Require.argument(!layers.isEmpty(), "GGUF export: no adapted layers, expected at least one");
        GgufArchitecture architecture = GgufArchitecture.of(base.family().modelType());
        GgufTensors.Form form = GgufTensors.Form.of(architecture, base.model());
        List<SavedLayer> inFiles = new FusedLayers(base.model()).join(layers);
        double first =
                inFiles.get(0).config().scaling() * inFiles.get(0).config().bottleneckRank();
        // llama.cpp treats an α of 0 as missing and then scales by 1.
        double alpha = first == 0 ? 1 : first;
        GgufWriter writer = new GgufWriter()
                .text("general.type", "adapter")
                .text("general.architecture", architecture.label())
                .text("general.name", "LSR-Adapt adapter")
                .text("adapter.type", "lora")
                .number("adapter.lora.alpha", (float) alpha);
        Map<String, GgufWriter.Numbers> numbers = new HashMap<>();
        for (SavedLayer layer : inFiles) {
            String weight = architecture
                    .place(layer.name() + ".weight")
                    .orElseThrow(() -> new IllegalArgumentException("GGUF export: layer " + layer.name()
                            + " has no place in a GGUF file of architecture " + architecture.label()));
            int rank = layer.config().bottleneckRank();
            double factor = layer.config().scaling() * rank / (float) alpha;
            writer.tensor(weight + ".lora_a", WeightFormat.F32, rank, layer.a().rows());
            writer.tensor(weight + ".lora_b", WeightFormat.F32, layer.b().columns(), rank);
            numbers.put(weight + ".lora_a", name -> transposed(layer.a().materialize()));
            numbers.put(weight + ".lora_b", name -> {
                INDArray b = transposed(layer.b().materialize());
                if (factor != 1) {
                    b.muli(factor);
                }
                return form.toFile(weight, b);
            });
        }
        writer.write(file, name -> numbers.get(name).read(name));
    }

    /**
     * Writes a saved LSR or LoRA adapter as {@code adapter.gguf} in a folder with a model card for the Hugging Face Hub.
     *
     * @param folder an empty or missing folder
     * @throws IllegalArgumentException as {@link #save}
     * @throws IOException if something other than an empty folder is in its place, or a file cannot be written; nothing new remains then
     */
    public static void saveFolder(Path folder, PretrainedModel base, SavedAdapter adapter) throws IOException {
        List<SavedLayer> layers = adapter.layersAsLora("llama.cpp");
        SavedAdapter.Training training = adapter.training();
        Optional<String> hub = Models.hubName(base.name());
        List<String> items = new ArrayList<>();
        hub.ifPresent(name -> items.add("Base model: " + CardText.literal(name)));
        items.addAll(CardText.method(training.configs(), training.parameters()));
        training.written().ifPresent(form -> items.add("Written " + form));
        HubTask task = new TextDescription("text").onHub(false);
        CardText body = new CardText("Adapter for llama.cpp")
                .paragraph("A LoRA adapter in a GGUF file. With its base model it is a model that " + task.does()
                        + ". It was trained by " + CardText.LIBRARY + ".")
                .items(items)
                .section("Use")
                .paragraph("`" + ModelCard.FOLDER + "` stands for this folder, `" + ModelCard.BASE
                        + "` for a GGUF file of the base model that it was trained on:")
                .shell("llama-cli -m " + ModelCard.BASE + " --lora " + ModelCard.FOLDER + "/" + FILE);
        ModelCard card = new ModelCard("gguf", hub, List.of("lsr-adapt", "gguf", "lora"), task.pipeline(), body);
        AtomicFolder.write(folder, beside -> {
            Files.createDirectories(beside);
            save(beside.resolve(FILE), base, layers);
            card.write(beside);
        });
    }

    private static INDArray transposed(INDArray array) {
        try (array) {
            return array.transpose().dup('c');
        }
    }
}
