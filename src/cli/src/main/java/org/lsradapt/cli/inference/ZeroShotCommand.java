package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.models.DualModel;
import org.lsradapt.tasks.classification.ClassPrediction;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.tasks.images.ZeroShotClassifier;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.transformer.weights.BasePrecision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "zero-shot",
        sortOptions = false,
        description = "Selects the label that fits each image best, with a CLIP or SigLIP model and optionally "
                + "an adapter. Prints label, probability and file.")
public final class ZeroShotCommand extends ConsoleCommand {
    private static final String TEMPLATE = "a photo of a {}";

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            description = "A Hugging Face folder of type clip or siglip. Default with --adapter: the one named in"
                    + " the adapter.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(names = "--adapter", paramLabel = "FOLDER", description = "Adapter saved by finetune, such as RUN/lsr-1.")
    @Names(Names.Use.INPUT)
    private Path adapter;

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "LABEL",
            description = "At least two labels. Default: those that the adapter was trained on.")
    private List<String> labels;

    @Option(
            names = "--template",
            paramLabel = "TEXT",
            description = "A text in which {} stands for the label; repeat it to average the embeddings of several."
                    + " Default: the one that the adapter was trained on, else a photo of a {}")
    private List<String> templates = List.of();

    @Mixin
    private BasePrecisionOption basePrecision = new BasePrecisionOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Mixin
    private PredictionFormat printed = new PredictionFormat();

    @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "JPEG or PNG files.")
    @Names(Names.Use.INPUT)
    private List<Path> images = List.of();

    @Override
    protected void execute() throws IOException {
        BadInput.throwIf(
                model == null && adapter == null,
                "no model: expected --model FOLDER of type clip or siglip, or --adapter FOLDER, as finetune saves it");
        if (labels != null) {
            ZeroShotClassifier.requireClasses(labels, templates.isEmpty() ? List.of(TEMPLATE) : templates);
        }
        try (DeviceOption.Opened where = device.open(console().err()::println)) {
            print(where.passes());
        }
    }

    private void print(PassExecutor passes) throws IOException {
        if (model == null) {
            try (FineTunedModel trained = LoadedModel.load(adapter, null, basePrecision)) {
                ImageTextEmbedder embedder = LoadedModel.require(
                        trained,
                        ImageTextEmbedder.class,
                        adapter + ": was not trained on CLIP or SigLIP, expected an adapter that was");
                embedder.passes(passes);
                print(embedder);
            }
            return;
        }
        try (DualModel base = DualModel.load(model, precision());
                ImageTextEmbedder embedder =
                        adapter == null ? ImageTextEmbedder.of(base) : ImageTextEmbedder.load(adapter, base)) {
            embedder.passes(passes);
            print(embedder);
        }
    }

    /** Returns the requested precision, else that of the adapter's training, else the model's own. */
    private BasePrecision precision() throws IOException {
        if (basePrecision.asked().isPresent() || adapter == null || !AdapterFolder.isOne(adapter)) {
            return basePrecision.value();
        }
        return AdapterFolder.card(adapter).map(AdapterCard::basePrecision).orElse(BasePrecision.STORED);
    }

    private void print(ImageTextEmbedder embedder) throws IOException {
        List<String> known = embedder.task().labels();
        BadInput.throwIf(
                labels == null && known.isEmpty(),
                "no labels: expected --labels, because the model was not trained on classes");
        List<String> texts =
                templates.isEmpty() ? List.of(embedder.task().template().orElse(TEMPLATE)) : templates;
        ZeroShotClassifier classes = embedder.classes(labels == null ? known : labels, texts.toArray(new String[0]));
        List<Prediction> predictions = new ArrayList<>();
        for (Classification one : classes.predict(images)) {
            predictions.add(
                    ClassPrediction.ofImage(images.get(predictions.size()).toString(), one));
        }
        printed.print(out(), predictions);
    }
}
