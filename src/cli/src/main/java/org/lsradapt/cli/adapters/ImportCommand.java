package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.peft.AuthorsImport;
import org.lsradapt.adapters.peft.ImportedAdapter;
import org.lsradapt.adapters.peft.PeftImport;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.answers.AnswerExtractor;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.ImportedTask;
import org.lsradapt.tasks.description.SpansDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.images.ImageData;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.WordReading;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "import",
        sortOptions = false,
        description = "Imports an adapter from another library: a classifier's with its head, a language model's,"
                + " or an embedding model's. Options supply information that the other format lacks: model, task,"
                + " labels, maximum length. Embedding settings come from the base model.")
public final class ImportCommand extends ConsoleCommand {

    private static final String PEFT = "peft";
    private static final String AUTHORS = "authors";
    private static final String[] FORMATS = {PEFT, AUTHORS};

    /** Tasks whose classes have a different order in Hugging Face's data sets glue and super_glue. */
    private static final Set<String> ORDERED_OTHERWISE = Set.of("mnli", "mnli-mm", "cb");

    @Option(
            names = "--from",
            required = true,
            paramLabel = "PATH",
            description = "peft: the folder, or the subfolder of a named adapter. authors: the safetensors file.")
    @Names(Names.Use.INPUT)
    private Path from;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "peft: LoRA or LoKr of Hugging Face PEFT. authors: the state dict of LSR-Adapt's authors.")
    private String format = PEFT;

    @Option(names = "--alpha", paramLabel = "ALPHA", description = "authors: their lora_alpha, which the file lacks.")
    private Double alpha;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "The base model; lsr-adapt models lists some.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(
            names = "--task",
            paramLabel = "NAME",
            description = "The task's name; text for a language model, embedding for an embedding model, rerank for a"
                    + " reranker. Default by"
                    + " PEFT's task_type: text for CAUSAL_LM, embedding for FEATURE_EXTRACTION, tokens for"
                    + " TOKEN_CLS, spans for QUESTION_ANS.")
    private String task;

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "LABEL",
            description = "Class names in the order of the head's outputs. Default: those of a built-in task, else"
                    + " none, for a regression.")
    private List<String> labels;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "CLIP and SigLIP: a text in which {} stands for the label.")
    private String template;

    @Option(
            names = "--multi-label",
            description = "A text may have any number of labels (problem_type multi_label_classification).")
    private boolean multiLabel;

    @Option(
            names = "--thresholds",
            split = ",",
            paramLabel = "P",
            description = "With --multi-label: the minimum probability of each label. Default: 0.5 for all.")
    private List<Double> thresholds;

    @Option(
            names = "--words",
            paramLabel = "READING",
            description = "Classifiers of tokens: separate where is_split_into_words made the tokens in training, else"
                    + " joined. Default: joined.")
    private String words;

    @Option(names = "--pairs", description = "Inputs are pairs of texts.")
    private boolean pairs;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Longest input in tokens; longer ones are cut. Default: 128, or the embedding model's"
                    + " own, but at most the model's positions.")
    private Integer maxLength;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new or empty folder.")
    @Names(Names.Use.NEW_FOLDER)
    private Path out;

    @Override
    protected void execute() throws IOException {
        Require.named("format", format, FORMATS, name -> name);
        BadInput.throwIf(
                format.equals(AUTHORS) != (alpha != null), "--alpha: expected with --format authors, and only there");
        BadInput.throwIf(
                thresholds != null && !multiLabel, "--thresholds: expected with --multi-label, and only there");
        Backend backend = Backends.standard();
        try (ImportedAdapter imported = alpha == null ? PeftImport.load(from) : AuthorsImport.load(from, alpha)) {
            if (imported.headOutputs() == 0 && DualModel.isOne(model)) {
                towers(imported, backend);
            } else {
                one(imported, backend);
            }
        }
        out().println("written: " + out);
    }

    /** Imports adapters for a model of two towers, which has no head. */
    private void towers(ImportedAdapter imported, Backend backend) throws IOException {
        BadInput.throwIf(
                multiLabel || words != null,
                (multiLabel ? "--multi-label" : "--words")
                        + ": not expected with a model of two towers, which has no head");
        BadInput.throwIf(
                (labels == null) != (template == null),
                "expected --labels and --template, or neither, with a model of two towers");
        String name = task == null ? ImageData.NAME : task;
        TaskDescription description =
                labels == null ? new ImageTextDescription(name) : new ImageTextDescription(name, labels, template);
        try (DualModel base = DualModel.load(model);
                AdapterSet adapters = imported.adapters(base.linearLayers(), backend)) {
            AdapterCard card =
                    new AdapterCard(model, base.modelType(), base.fingerprint(), description, base.maxLength());
            OutputFolder.write(out, folder -> AdapterFolder.save(folder, card, adapters));
        }
    }

    private void one(ImportedAdapter imported, Backend backend) throws IOException {
        BadInput.throwIf(
                template != null, "--template " + template + ": expected with a model of two towers, CLIP or SigLIP");
        TaskDescription description =
                new ImportedTask(from.toString(), imported.taskType(), imported.headOutputs(), given()).describe();
        try (PretrainedModel base = Models.load(model)) {
            BadInput.throwIf(
                    maxLength != null && !base.readsImages() && maxLength > base.maxLength(),
                    "--max-length " + maxLength + ": model " + model + " has positions for " + base.maxLength()
                            + " tokens");
            AdapterCard card = card(base, description);
            try (TransformerWeights weights = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                    AdapterSet adapters = imported.adapters(base.family(), weights, backend)) {
                save(imported, card, base, weights, adapters);
            }
            if (labels == null && !description.labels().isEmpty()) {
                out().println(ControlCharacters.escaped(
                        "labels: " + String.join(",", description.labels()) + ", those of task " + description.name()));
            }
        }
    }

    private AdapterCard card(PretrainedModel base, TaskDescription task) throws IOException {
        String type = base.family().modelType();
        if (task.embeds()) {
            EmbeddingSettings known = base.embeddingSettings();
            EmbeddingSettings settings = maxLength == null ? known : known.withMaxLength(maxLength);
            return new AdapterCard(
                    model,
                    type,
                    base.encoderFingerprint(),
                    task,
                    settings.maxLength(),
                    Optional.of(settings),
                    BasePrecision.STORED);
        }
        int usual = base.readsImages()
                ? base.maxLength()
                : Math.min(
                        task instanceof SpansDescription ? AnswerExtractor.WINDOW_LENGTH : FineTuning.SEQUENCE_LENGTH,
                        base.maxLength());
        return new AdapterCard(
                model, type, base.fingerprint(), task, maxLength == null || base.readsImages() ? usual : maxLength);
    }

    private void requireFits(AdapterCard card, Transformer base) {
        BadInput.throwIf(
                card.task().generates() && !base.isCausal(),
                "--task " + card.task().name() + ": model " + model + " of type " + card.modelType()
                        + " predicts no text, expected a language model");
        BadInput.throwIf(
                card.task().embeds() && base.patches().isPresent(),
                "--task " + card.task().name() + ": model " + model + " of type " + card.modelType()
                        + " reads images, expected a text model");
    }

    private void save(
            ImportedAdapter imported,
            AdapterCard card,
            PretrainedModel base,
            TransformerWeights weights,
            AdapterSet adapters)
            throws IOException {
        requireFits(card, weights.model());
        if (!card.task().hasHead()) {
            OutputFolder.write(out, folder -> AdapterFolder.save(folder, card, adapters));
            return;
        }
        try (SequenceHead head = imported.head(weights, base.headParameters())) {
            OutputFolder.write(out, folder -> AdapterFolder.save(folder, card, adapters, head));
        }
    }

    private ImportedTask.Given given() {
        return new ImportedTask.Given(
                Optional.ofNullable(task),
                Optional.ofNullable(labels),
                ImportCommand::taskLabels,
                pairs,
                multiLabel,
                Optional.ofNullable(thresholds),
                Optional.ofNullable(words).map(WordReading::named));
    }

    /** Returns the labels of the task; empty for a regression and for a task that this library does not know. */
    private static List<String> taskLabels(String task) {
        if (!Tasks.has(task)) {
            return List.of();
        }
        Task known = Tasks.named(task);
        if (ORDERED_OTHERWISE.contains(known.name())) {
            throw new BadInput("--labels: expected with task " + task + ", because Hugging Face's data sets"
                    + " order its labels differently from " + String.join(",", known.labels())
                    + "; list them in the order of the head's outputs");
        }
        return known.labels();
    }
}
