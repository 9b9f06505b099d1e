package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.gguf.GgufExport;
import org.lsradapt.adapters.peft.PeftExport;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.console.BadInput;
import org.lsradapt.families.Families;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.LoraRank;
import org.lsradapt.lsr.numerics.NearestLora;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "export",
        sortOptions = false,
        description = "Exports a saved adapter for another library, without loss: a classifier's with its head, a"
                + " language model's, CLIP's or SigLIP's, or an adapter alone. For PEFT, the base model is read only"
                + " to check for BERT's pooler and for fused layers, and for --as-lora.")
public final class ExportCommand extends ConsoleCommand {

    private static final String PEFT = "peft";
    private static final String GGUF = "gguf";
    private static final String[] FORMATS = {PEFT, GGUF};

    private static final Set<String> WITH_POOLER =
            Set.of("minilm", "bert-base", "bert-base-cased", "bert-base-multilingual");

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = "peft: an adapter for Hugging Face PEFT with a model card: LoKr if all layers are LoKr or"
                    + " KronA, else LoRA. gguf: a language model's LoRA for llama.cpp, as adapter.gguf. Default:"
                    + " ${DEFAULT-VALUE}.")
    private String format = PEFT;

    @Option(
            names = "--as-lora",
            paramLabel = "R",
            description = "First turn an adapter of any kind into LoRA: of this rank, such as 8, or per layer of the"
                    + " smallest rank that keeps a share of the squares of its update, such as 0.99. Prints the errors."
                    + " Reads the base model.")
    private String asLora;

    @Option(names = "--bare", description = "Omit the head, for a bare encoder (AutoModel).")
    private boolean bare;

    @Option(
            names = "--base-name",
            paramLabel = "NAME",
            description = "Base model for PEFT's file: a name on the Hugging Face Hub or a folder. Default: the one"
                    + " named in the adapter.")
    @Names(Names.Use.INPUT)
    private String baseName;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "The base model. Default: the one named in the adapter.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty folder.")
    @Names(Names.Use.NEW_FOLDER)
    private Path out;

    @Override
    protected void execute() throws IOException {
        Require.named("format", format, FORMATS, name -> name);
        Backends.standard();
        try (SavedAdapter saved = adapter.load()) {
            if (asLora == null) {
                export(saved);
                return;
            }
            LoraRank rank = LoraRank.parse(asLora);
            try (SavedAdapter lora = isImageText(saved) ? loraOfTowers(saved, rank) : lora(saved, rank)) {
                export(lora);
            }
        }
    }

    private void export(SavedAdapter saved) throws IOException {
        if (format.equals(GGUF)) {
            saveGguf(saved);
            return;
        }
        String base = baseName == null ? baseModel(saved) : baseName;
        saved.card().ifPresent(card -> RoundedBase.noteOn(card, out()));
        OutputFolder.write(out, folder -> {
            if (bare && !isImageText(saved)) {
                PeftExport.saveBare(folder, base, saved, fusing(saved));
            } else {
                boolean pooler = saved.head().isEmpty()
                        || isOfEachToken(saved)
                        || hasPooler(saved.card().orElseThrow());
                PeftExport.save(folder, base, saved, pooler, fusing(saved));
            }
        });
        if (saved.card()
                .filter(card -> card.task().leastProbability().isPresent())
                .isPresent()) {
            out().println("PEFT's files have no least probability: there, the classifier answers all inputs");
        }
        if (bare) {
            out().println("adapters alone, for a bare encoder (AutoModel): no head");
        }
        out().println("written: " + out);
    }

    private SavedAdapter lora(SavedAdapter saved, LoraRank rank) throws IOException {
        try (PretrainedModel base = Models.load(baseToRead(saved))) {
            if (saved.card().isPresent()) {
                AdapterOption.requireBase(saved, base);
            }
            try (TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT)) {
                return lora(saved, rank, weights.linearLayers());
            }
        }
    }

    private SavedAdapter loraOfTowers(SavedAdapter saved, LoraRank rank) throws IOException {
        try (DualModel base = DualModel.load(baseToRead(saved))) {
            saved.requireBase(base.name(), base.fingerprint());
            return lora(saved, rank, base.linearLayers());
        }
    }

    private String baseToRead(SavedAdapter saved) {
        return Optional.ofNullable(model)
                .or(() -> saved.card().map(AdapterCard::baseModel))
                .orElseThrow(() -> new BadInput("--as-lora " + asLora + ": " + adapter
                        + " has only adapters and does not name a base model; expected --model"));
    }

    private SavedAdapter lora(SavedAdapter saved, LoraRank rank, List<FrozenLinear> layers) {
        try (AdapterSet trained = saved.adapters(layers, Backends.standard());
                NearestLora lora = NearestLora.of(trained, rank)) {
            out().println(lora.summary());
            return saved.with(lora);
        }
    }

    private void saveGguf(SavedAdapter saved) throws IOException {
        if (bare || baseName != null) {
            throw new BadInput((bare ? "--bare" : "--base-name") + ": expected with --to peft only");
        }
        AdapterCard card = adapter.card(saved);
        if (!card.task().generates()) {
            throw new BadInput("--to gguf: " + adapter + " is not an adapter of a language model");
        }
        try (PretrainedModel base = Models.load(model == null ? card.baseModel() : model)) {
            AdapterOption.requireBase(saved, base);
            RoundedBase.noteOn(card, out());
            OutputFolder.write(out, folder -> GgufExport.saveFolder(folder, base, saved));
        }
        out().println("written: " + out.resolve("adapter.gguf"));
    }

    /** Whether the adapters are for a model of two towers, which has no head. */
    private static boolean isImageText(SavedAdapter saved) {
        return saved.card().filter(card -> card.task().hasTowers()).isPresent();
    }

    /** Whether the head reads each token; such a head has no pooler before it. */
    private static boolean isOfEachToken(SavedAdapter saved) {
        return saved.card().filter(card -> card.task().readsEachToken()).isPresent();
    }

    /** Whether the base model has the pooler of its family's classifier, or the family needs none. */
    private boolean hasPooler(AdapterCard card) throws IOException {
        String name = model == null ? card.baseModel() : model;
        Optional<String> pooler = Families.named(card.modelType()).frozenPooler();
        if (pooler.isEmpty() || (model == null && WITH_POOLER.contains(name))) {
            return true;
        }
        try (PretrainedModel base = Models.load(name)) {
            requireBase(card, name, base.fingerprint());
            return base.weights().has(pooler.get() + ".weight");
        } catch (IllegalArgumentException e) {
            throw new BadInput("cannot tell whether the base model has a pooler, as Hugging Face's classifier does: "
                    + e.getMessage() + "; name it with --model, or omit the head with --bare");
        }
    }

    /** Returns the base model if its files fuse several layers into one. */
    private Optional<Transformer> fusing(SavedAdapter saved) throws IOException {
        Optional<AdapterCard> card = saved.card()
                .filter(known -> !known.task().hasTowers())
                .filter(known -> Families.named(known.modelType()).fuses());
        if (card.isEmpty()) {
            return Optional.empty();
        }
        String name = model == null ? card.get().baseModel() : model;
        try (PretrainedModel base = Models.load(name)) {
            boolean encoder = card.get().task().usesHiddenStates();
            requireBase(card.get(), name, encoder ? base.encoderFingerprint() : base.fingerprint());
            return Optional.of(base.model());
        } catch (IllegalArgumentException e) {
            throw new BadInput("cannot tell which layers the base model's files fuse: " + e.getMessage()
                    + "; name it with --model");
        }
    }

    private static void requireBase(AdapterCard card, String name, String fingerprint) {
        if (!fingerprint.equals(card.baseFingerprint())) {
            throw new BadInput("model " + name + " has fingerprint " + fingerprint + ", but the adapter is"
                    + " for base model " + card.baseModel() + " with fingerprint " + card.baseFingerprint());
        }
    }

    private String baseModel(SavedAdapter saved) {
        return saved.card()
                .map(AdapterCard::baseModel)
                .orElseThrow(() -> new BadInput(
                        adapter + ": has only adapters and does not name a base model; expected --base-name"));
    }
}
