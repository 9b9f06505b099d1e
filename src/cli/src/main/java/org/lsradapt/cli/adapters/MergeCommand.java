package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.console.BadInput;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.MergedTowers;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "merge",
        sortOptions = false,
        description = "Merges a saved adapter, with a classifier's head, into its base model and writes a Hugging"
                + " Face folder, a sentence-transformers folder, ONNX or GGUF. The result works without this program"
                + " and without the base model.")
public final class MergeCommand extends ConsoleCommand {

    private static final String TRANSFORMERS = "transformers";
    private static final String ONNX = "onnx";
    private static final String GGUF = "gguf";
    private static final String ORIGINAL = "original";
    private static final double MB = 1e6;
    private static final List<String> FORMATS = List.of(TRANSFORMERS, "sentence-transformers", ONNX, GGUF);

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty folder for the model.")
    @Names(Names.Use.NEW_FOLDER)
    private Path out;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "transformers (classifiers, regressions, language models), sentence-transformers"
                    + " (embedding models), onnx (embedding models, text classifiers) or gguf (language models)."
                    + " Default: transformers for models with a head and language models, else"
                    + " sentence-transformers.")
    private String format;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Type of the weights: f32, f16 or bf16; for gguf also q8_0 and, on the base of a"
                    + " GGUF file, original (its types where no adapter changes a weight, f32 elsewhere); for onnx only f32. Default:"
                    + " ${DEFAULT-VALUE}.")
    private String dtype = "f32";

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "The base model. Default: the one named in the adapter.")
    @Names(Names.Use.INPUT)
    private String model;

    @Override
    protected void execute() throws IOException {
        DataType type = type();
        checkFormat();
        Backend backend = Backends.standard();
        try (SavedAdapter saved = adapter.load()) {
            AdapterCard card = adapter.card(saved);
            String name = model == null ? card.baseModel() : model;
            if (card.task().hasTowers()) {
                towers(saved, card, name, backend, type);
                return;
            }
            boolean embedding = isEmbedding(saved, card);
            try (PretrainedModel base = Models.load(name)) {
                AdapterOption.requireBase(saved, base);
                try (TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                        Trained trained = Trained.of(saved, encoder, backend)) {
                    RoundedBase.noteOn(card, out());
                    OutputFolder.makeParents(out);
                    write(saved, base, merged(base, trained, card, embedding), type);
                }
            }
        }
    }

    private void towers(SavedAdapter saved, AdapterCard card, String name, Backend backend, DataType type)
            throws IOException {
        if (format != null && !format.equals(TRANSFORMERS)) {
            throw new BadInput(
                    "--format " + format + ": " + adapter + " is for images and texts; its format is " + TRANSFORMERS);
        }
        try (DualModel base = DualModel.load(name)) {
            saved.requireBase(name, base.fingerprint());
            try (AdapterSet adapters = saved.adapters(base.linearLayers(), backend)) {
                RoundedBase.noteOn(card, out());
                OutputFolder.makeParents(out);
                new MergedTowers(base, adapters).write(out, type);
                say(saved, name, card.task().summary());
            }
        }
    }

    /** The trained parts of a model; closing this closes them. */
    private record Trained(Optional<AdapterSet> adapters, Optional<SequenceHead> head) implements AutoCloseable {

        static Trained of(SavedAdapter saved, TransformerWeights encoder, Backend backend) {
            Optional<SequenceHead> head = saved.head(encoder);
            Optional<AdapterSet> adapters = saved.layerNames().isEmpty()
                    ? Optional.empty()
                    : Optional.of(saved.adapters(encoder.linearLayers(), backend));
            return new Trained(adapters, head);
        }

        @Override
        public void close() {
            adapters.ifPresent(AdapterSet::close);
            head.ifPresent(SequenceHead::close);
        }
    }

    /** The model to write, with a short description of it. */
    private record Merged(MergedModel model, String kind) {}

    private static Merged merged(PretrainedModel base, Trained trained, AdapterCard card, boolean embedding)
            throws IOException {
        if (embedding) {
            EmbeddingSettings settings = card.embedding().isPresent()
                    ? card.embedding().get()
                    : base.embeddingSettings().withMaxLength(card.maxLength());
            return new Merged(MergedModel.embedder(base, trained.adapters(), settings), kind(settings));
        }
        if (trained.head().isEmpty()) {
            BadInput.throwIf(
                    card.task().usesHiddenStates() && !base.model().isCausal(),
                    "--format " + TRANSFORMERS + ": the adapter makes embeddings, and model " + base.name()
                            + " is not a language model; expected sentence-transformers or " + ONNX);
            return new Merged(
                    MergedModel.languageModel(base, trained.adapters().orElseThrow(), card.maxLength()),
                    "language model");
        }
        return new Merged(
                MergedModel.withHead(base, trained.adapters(), trained.head().get(), card.task(), card.maxLength()),
                card.task().summary());
    }

    private static String kind(EmbeddingSettings settings) {
        return String.format(
                Locale.ROOT,
                "embeddings (pooling %s, %s, query prefix \"%s\", passage prefix \"%s\", %d tokens)",
                settings.pooling().label(),
                settings.normalized() ? "normalized" : "not normalized",
                settings.queryPrefix(),
                settings.passagePrefix(),
                settings.maxLength());
    }

    /** Whether the result is an embedding model; checks the format. */
    private boolean isEmbedding(SavedAdapter saved, AdapterCard card) {
        if (format == null) {
            return card.task().usesHiddenStates();
        }
        boolean hasHead = saved.head().isPresent();
        BadInput.throwIf(
                format.equals(GGUF) && (hasHead || card.task().usesHiddenStates()),
                "--format gguf: " + adapter + " is not an adapter of a language model");
        if (hasHead && !format.equals(TRANSFORMERS) && !format.equals(ONNX)) {
            throw new BadInput("--format " + format + ": " + adapter + " has a head, expected an adapter of an"
                    + " embedding model; its formats are " + TRANSFORMERS + " and " + ONNX);
        }
        return !hasHead && !format.equals(TRANSFORMERS) && !format.equals(GGUF);
    }

    private void checkFormat() {
        BadInput.throwIf(
                format != null && !FORMATS.contains(format),
                "--format " + format + ": expected one of " + String.join(", ", FORMATS));
        BadInput.throwIf(
                ONNX.equals(format) && !dtype.equals("f32"),
                "--format onnx --dtype " + dtype + ": expected f32, the type of the base model's file");
    }

    private DataType type() {
        if (GGUF.equals(format) && List.of("q8_0", ORIGINAL).contains(dtype)) {
            return DataType.FLOAT;
        }
        return switch (dtype) {
            case "f32" -> DataType.FLOAT;
            case "f16" -> DataType.FLOAT16;
            case "bf16" -> DataType.BFLOAT16;
            default ->
                throw new BadInput("--dtype " + dtype + ": expected f32, f16 or bf16"
                        + (GGUF.equals(format) ? ", q8_0 or original" : ""));
        };
    }

    private void write(SavedAdapter saved, PretrainedModel base, Merged merged, DataType type) throws IOException {
        if (ONNX.equals(format)) {
            merged.model().writeOnnx(out);
        } else if (GGUF.equals(format)) {
            OutputFolder.write(out, folder -> writeGguf(merged.model(), folder));
        } else {
            merged.model().write(out, type);
        }
        say(saved, base.name(), merged.kind());
        Optional<Path> file = Models.find(base.name()).filter(Files::isRegularFile);
        if (file.isPresent()) {
            saySizes(file.get());
        }
    }

    private void writeGguf(MergedModel model, Path folder) throws IOException {
        if (dtype.equals(ORIGINAL)) {
            model.writeGgufFolder(folder);
        } else {
            model.writeGgufFolder(folder, WeightFormat.valueOf(dtype.toUpperCase(Locale.ROOT)));
        }
    }

    /** Says how large the result of a quantized file is, whose merged weights do not fit its format. */
    private void saySizes(Path base) throws IOException {
        long before = Files.size(base);
        long after = 0;
        try (Stream<Path> files = Files.walk(out)) {
            for (Path one : files.filter(Files::isRegularFile).toList()) {
                after += Files.size(one);
            }
        }
        print(
                "%.1f MB, from a GGUF file of %.1f MB: %s",
                after / MB,
                before / MB,
                dtype.equals(ORIGINAL)
                        ? "weights that no adapter changes keep their types, the others are f32"
                        : "all weights are written in " + dtype
                                + (GGUF.equals(format)
                                        ? "; --dtype original keeps the types of those that no adapter changes"
                                        : ""));
    }

    private void say(SavedAdapter saved, String base, String kind) {
        print("merged %d adapted layers into %s, %s, %s: %s", saved.layerNames().size(), base, dtype, kind, out);
    }
}
