package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code merge}. */
@Command(
        name = "merge",
        sortOptions = false,
        description = "Merges a saved adapter into its base model and writes the whole, with the head of a"
                + " classifier, as a Hugging Face folder, which needs neither this program nor the base model any"
                + " more.")
final class MergeCommand implements Callable<Integer> {

    private final Console console;

    @Option(names = "--adapter", required = true, paramLabel = "FOLDER",
            description = "An adapter that finetune saved, such as RUN/lsr-1.")
    private Path adapter;

    @Option(names = "--out", required = true, paramLabel = "DIR",
            description = "Where to write the model; a folder that is empty or does not exist yet.")
    private Path out;

    @Option(names = "--dtype", paramLabel = "TYPE",
            description = "Type of the weights: f32, f16 or bf16; default: ${DEFAULT-VALUE}")
    private String dtype = "f32";

    @Option(names = "--model", paramLabel = "MODEL",
            description = "Base model, if not by the name that the adapter has.")
    private String model;

    MergeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        DataType type = type();
        OutputFolder.requireFree(out);
        Backend backend = BadInput.in(Backends::standard);
        try (SavedAdapter saved = BadInput.in(() -> AdapterFolder.load(adapter))) {
            AdapterCard card = BadInput.card(adapter, saved);
            String name = model == null ? card.baseModel() : model;
            try (PretrainedModel base = BadInput.in(() -> Models.load(name))) {
                String fingerprint = base.fingerprint();
                try (TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                        RestoredModel restored =
                                BadInput.in(() -> saved.restore(encoder, name, fingerprint, backend))) {
                    RoundedBase.noteOn(card, console.out());
                    write(saved, base, BadInput.in(() -> merged(base, restored, card)), type);
                }
            }
        }
        return 0;
    }

    private static MergedModel merged(PretrainedModel base, RestoredModel restored, AdapterCard card) {
        Require.argument(
                !card.task().isEmbedding(),
                "task %s is %s, expected an adapter of a classifier, a regression or a language model",
                card.task().name(),
                card.task().kind().label());
        if (restored.head().isEmpty()) {
            return MergedModel.languageModel(base, restored.adapters().orElseThrow(), card.maxLength());
        }
        return MergedModel.classifier(
                base, restored.adapters(), restored.head().get(), card.task().labels(), card.maxLength());
    }

    private DataType type() {
        return switch (dtype) {
            case "f32" -> DataType.FLOAT;
            case "f16" -> DataType.FLOAT16;
            case "bf16" -> DataType.BFLOAT16;
            default -> throw new BadInput("--dtype " + dtype + ": expected f32, f16 or bf16");
        };
    }

    private void write(SavedAdapter saved, PretrainedModel base, MergedModel merged, DataType type)
            throws IOException {
        try {
            BadInput.in(() -> {
                merged.write(out, type);
                return out;
            });
        } finally {
            OutputFolder.removeIfEmpty(out);
        }
        console.out().println(String.format(
                Locale.ROOT,
                "merged %d adapted layers into %s, %s, %s: %s",
                saved.layerNames().size(),
                base.name(),
                dtype,
                saved.head().isPresent() ? saved.card().orElseThrow().task().outputs() + " outputs" : "language model",
                out));
    }
}
