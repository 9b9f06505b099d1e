package org.lsradapt.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.AnswerExtractor;
import org.lsradapt.finetuning.Classification;
import org.lsradapt.finetuning.Ensemble;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.finetuning.MaskedLanguageModel;
import org.lsradapt.finetuning.MultiLabelClassifier;
import org.lsradapt.finetuning.ScoringModel;
import org.lsradapt.finetuning.SequenceModel;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.finetuning.TokenClassifier;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.PredictionInputs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "predict",
        sortOptions = false,
        description = "Predicts with a saved adapter or a merged model. Prints for each text the label and its"
                + " probability, separated by a tab, or a number, or a JSON line with spans or an answer. Texts come"
                + " from the arguments, a file of lines, a table, or standard input; separate the two texts of a"
                + " pair, or question and passage, by a tab.")
final class PredictCommand extends ConsoleCommand {
    @Option(
            names = "--adapter",
            paramLabel = "FOLDER",
            description = "Adapter saved by finetune, such as RUN/lsr-1. Repeat it to average the probabilities, or"
                    + " numbers, of several adapters for one task.")
    @Names(Names.Use.INPUT)
    private List<Path> adapters = List.of();

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "With --adapter: the base model. Default: the one named in the adapter. Without"
                    + " --adapter: the folder of a model with its classifier, as written by merge.")
    @Names(Names.Use.INPUT)
    private String model;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DeviceOption device;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Table of texts: CSV or TSV with a header, or JSON lines. With a column of labels,"
                    + " metrics go to standard error. Questions about passages: as for finetune --task spans.")
    @Names(Names.Use.INPUT)
    private Path data;

    @Option(
            names = "--squad",
            paramLabel = "FILE",
            description = "Also write the answers to the questions of --data for SQuAD's script: a JSON object with"
                    + " each question's id and answer.")
    @Names(Names.Use.NEW_FILE)
    private Path squad;

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    @Mixin
    private LabelledTable table = new LabelledTable();

    @Option(
            names = "--images",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Pictures, JPEG or PNG, for a model that reads images.")
    @Names(Names.Use.INPUT)
    private List<Path> images = List.of();

    @Mixin
    private TokenOptions tokens = new TokenOptions();

    @Mixin
    private MultiLabelOptions several = new MultiLabelOptions();

    @Mixin
    private PredictionFormat printed = new PredictionFormat();

    @Mixin
    private TextInput input = new TextInput();

    @Override
    void execute() throws IOException {
        input.check();
        if (data != null && input.isGiven()) {
            throw new BadInput("--data " + data + ": expected no other texts");
        }
        if (squad != null && data == null) {
            throw new BadInput("--squad " + squad + ": expected --data FILE with questions that have ids as well");
        }
        if (data == null && table.isGiven()) {
            throw new BadInput("--text, --label and --format apply to tables, expected --data FILE as well");
        }
        Path adapter = adapters.isEmpty() ? null : adapters.get(0);
        String name = adapter == null ? model : adapter.toString();
        try (DeviceOption.Opened where = device.open(console.err()::println);
                LoadedModel loaded = LoadedModel.load(adapter, model, basePrecision)) {
            loaded.model().passes(where.passes());
            if (loaded.model() instanceof ImageTextEmbedder towers) {
                if (adapters.size() > 1) {
                    throw new BadInput(name + ": compares images with texts, which cannot be averaged, expected one"
                            + " --adapter");
                }
                if (towers.task().template().isEmpty()) {
                    throw new BadInput(name
                            + ": makes embeddings of images and texts and has no classes; use"
                            + " zero-shot with --labels");
                }
                images(towers.classes()::predict);
                return;
            }
            if (loaded.model() instanceof AnswerExtractor extractor) {
                answers(extractor, name);
                return;
            }
            if (squad != null) {
                throw new BadInput("--squad " + squad + ": " + name + " does not answer questions, expected none");
            }
            if (loaded.model() instanceof TokenClassifier tagger) {
                tokens(tagger, name);
                return;
            }
            if (tokens.isGiven()) {
                throw new BadInput("--word-column, --tag-column or --offsets: " + name
                        + " does not label words, expected none of them");
            }
            if (loaded.model() instanceof MultiLabelClassifier classifier) {
                several(classifier, name);
                return;
            }
            if (several.isGiven()) {
                throw new BadInput("--separator or --label-columns: " + name
                        + " does not assign several labels, expected neither of them");
            }
            if (!(loaded.model() instanceof SequenceModel single)) {
                if (loaded.model() instanceof MaskedLanguageModel) {
                    throw new BadInput(
                            name + ": predicts hidden words, expected a classifier or a regression; finetune --from "
                                    + name + " trains one");
                }
                boolean generates = loaded.model() instanceof TextGenerator;
                throw new BadInput(name + (generates ? ": continues texts" : ": makes embeddings")
                        + ", expected a classifier or a regression; see " + (generates ? "generate" : "embed"));
            }
            if (adapters.size() < 2) {
                predict(single);
            } else {
                try (Ensemble ensemble = Ensemble.load(adapters, single.base())) {
                    ensemble.members().forEach(member -> member.passes(where.passes()));
                    predict(ensemble);
                }
            }
        }
    }

    private void several(MultiLabelClassifier classifier, String name) throws IOException {
        if (adapters.size() > 1) {
            throw new BadInput(name + ": assigns several labels, which cannot be averaged, expected one --adapter");
        }
        if (!images.isEmpty()) {
            throw new BadInput("--images: the model reads texts, expected none");
        }
        MultiLabelPredictions predictions = new MultiLabelPredictions(console, classifier, printed);
        if (data != null) {
            predictions.compare(table.several(data, several).inputs(classifier.labels(), classifier.thresholds()));
            return;
        }
        if (several.isGiven()) {
            throw new BadInput("--separator and --label-columns apply to tables, expected --data FILE as well");
        }
        input.forEach(console, classifier.pairs(), predictions::print);
    }

    private void answers(AnswerExtractor extractor, String name) throws IOException {
        if (adapters.size() > 1) {
            throw new BadInput(name + ": finds answers in passages, which cannot be averaged, expected one --adapter");
        }
        if (!images.isEmpty()) {
            throw new BadInput("--images: the model reads texts, expected none");
        }
        if (tokens.hasColumns() || several.isGiven() || table.hasColumns()) {
            throw new BadInput(name + ": finds answers in passages, expected no column options");
        }
        printed.checkSpans();
        AnswerPredictions predictions = new AnswerPredictions(console, extractor, tokens.offsets());
        if (data == null) {
            input.forEach(console, Optional.of(true), predictions::print);
        } else {
            predictions.compare(table.questions(data, tokens).readAll(), squad);
        }
    }

    private void tokens(TokenClassifier tagger, String name) throws IOException {
        if (adapters.size() > 1) {
            throw new BadInput(name + ": assigns labels to words, which cannot be averaged, expected one --adapter");
        }
        if (!images.isEmpty()) {
            throw new BadInput("--images: the model reads texts, expected none");
        }
        printed.checkSpans();
        TokenPredictions predictions = new TokenPredictions(console, tagger, tokens.offsets());
        if (data != null) {
            predictions.compare(table.words(data, tokens).readAll(tagger.labels()));
            return;
        }
        if (tokens.hasColumns()) {
            throw new BadInput("--word-column and --tag-column apply to column files, expected --data FILE as well");
        }
        input.forEach(console, Optional.of(false), predictions::print);
    }

    private void predict(ScoringModel scoring) throws IOException {
        printed.check(scoring.task().labels().isEmpty());
        if (scoring.readsImages()) {
            images(files -> classes(scoring, files));
            return;
        }
        if (!images.isEmpty()) {
            throw new BadInput("--images: the model reads texts, expected a classifier of images");
        }
        if (data != null) {
            table(scoring);
            return;
        }
        input.forEach(console, scoring.pairs(), some -> {
            print(some, scoring.outputs(some), scoring);
            return !out().checkError();
        });
    }

    private static List<Classification> classes(ScoringModel scoring, List<Path> files) throws IOException {
        List<Example> locations =
                files.stream().map(file -> new Example(file.toString(), null)).toList();
        try {
            return Arrays.stream(scoring.outputs(locations))
                    .map(output -> Classification.of(output, scoring.task().labels()))
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void images(ImageLines.Predictor predictor) throws IOException {
        if (images.isEmpty() || data != null || input.isGiven()) {
            throw new BadInput("the model reads images, expected --images FILE... and no texts");
        }
        ImageLines.print(console, images, predictor, printed);
    }

    private void table(ScoringModel scoring) throws IOException {
        PredictionInputs inputs = table.read(data, scoring.task().labels());
        double[][] outputs = scoring.outputs(inputs.examples());
        print(inputs.examples(), outputs, scoring);
        if (inputs.hasLabels()) {
            out().flush();
            console.err().println(PredictionFormat.metrics(inputs.evaluate(outputs)));
            inputs.unmeasured().ifPresent(console.err()::println);
        }
    }

    private void print(List<Example> examples, double[][] outputs, ScoringModel scoring) {
        for (int i = 0; i < outputs.length; i++) {
            Example example = examples.get(i);
            out().println(
                            scoring.task().labels().isEmpty()
                                    ? printed.line(example, outputs[i][0])
                                    : printed.line(
                                            example,
                                            Classification.of(
                                                    outputs[i], scoring.task().labels())));
        }
    }
}
