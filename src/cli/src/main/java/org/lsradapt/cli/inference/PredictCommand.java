package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.cli.command.SavedColumns;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.report.internal.ScoreTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "predict",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfAnswers.class,
        description = "Predicts with a saved adapter or a merged model. Prints for each text the label and its"
                + " probability, separated by a tab, or a number, or a JSON line with spans or an answer. Texts come"
                + " from the arguments, a file of lines, a table, or standard input; separate the two texts of a"
                + " pair, or question and passage, by a tab.")
public final class PredictCommand extends ConsoleCommand {
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

    @Mixin
    private OverwriteOption unusedOverwrite = new OverwriteOption();

    @Option(
            names = "--images",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Pictures, JPEG or PNG, for a model that reads images.")
    @Names(Names.Use.INPUT)
    private List<Path> images = List.of();

    @Option(
            names = "--uncalibrated",
            description = "Undo the calibration of an adapter that was trained with --calibrate.")
    private boolean uncalibrated;

    @Option(
            names = "--uncertain",
            paramLabel = "N",
            description =
                    "Print the N texts that are worth labelling next, as a CSV table, in place of all predictions:"
                            + " those with the smallest margin between the two most probable labels.")
    private Integer uncertain;

    @Option(
            names = "--no-abstain",
            description =
                    "Print a label for each input with an adapter that was trained with --abstain, also where it is"
                            + " not sure.")
    private boolean answersAll;

    @Mixin
    private PredictionFormat printed = new PredictionFormat();

    @Mixin
    private TextInput input = new TextInput();

    @Override
    protected void execute() throws IOException {
        Path adapter = adapters.isEmpty() ? null : adapters.get(0);
        TaskOptions asked = TaskOptionSpecs.given(spec(), adapter == null ? model : adapter.toString());
        check(asked);
        TaskOptions given = adapter == null || data == null ? asked : SavedColumns.addInputs(asked, adapter, data);
        try (DeviceOption.Opened where = device.open(console().err()::println);
                FineTunedModel loaded = LoadedModel.load(adapter, model, basePrecision)) {
            loaded.passes(where.passes());
            if (answersAll) {
                loaded.answersAll();
            }
            if (uncalibrated) {
                loaded.uncalibrated();
            }
            try (Predictor predictor = predictor(loaded, given)) {
                predict(predictor, given);
            }
        }
    }

    /** Checks the options against each other, before anything is loaded. */
    private void check(TaskOptions given) {
        input.check();
        if (uncertain != null) {
            BadInput.throwIf(uncertain < 1, "--uncertain " + uncertain + ": expected 1 or more");
            printed.refuse("--uncertain");
            BadInput.throwIf(!images.isEmpty(), "--uncertain: found --images, expected texts");
        }
        DatabaseOptions.check(given);
        String source = data == null ? "--sql" : "--data " + data;
        boolean hasTable = table(given).isPresent();
        BadInput.throwIf(hasTable && input.isGiven(), source + ": expected no other texts");
        BadInput.throwIf(
                !images.isEmpty() && (hasTable || input.isGiven()),
                "--images: expected no texts and no --data FILE as well");
        List<String> ofTables = TaskOptionSpecs.types().stream()
                .flatMap(type -> Stream.concat(
                        type.columns().stream(),
                        type.answers().stream().filter(option -> option.form() == TaskOption.Form.OUTPUT)))
                .map(TaskOption::name)
                .distinct()
                .filter(given.values()::containsKey)
                .toList();
        BadInput.throwIf(
                !hasTable && !ofTables.isEmpty(),
                "found " + String.join(", ", ofTables) + " without --data FILE, expected both");
    }

    /** Returns the table of texts: a file, standard input or a query. */
    private Optional<Table> table(TaskOptions given) {
        boolean query = given.has(DatabaseOptions.SQL);
        BadInput.throwIf(query && data != null, "--data and --sql: expected one or the other");
        return query
                ? Optional.of(DatabaseOptions.query(given, DatabaseOptions.SQL))
                : Optional.ofNullable(data).map(file -> given.formatted(given.table(file.toString())));
    }

    private Predictor predictor(FineTunedModel loaded, TaskOptions given) throws IOException {
        Predictor predictor = loaded.predictor(new Predictor.Request(given.task(), given));
        return adapters.size() < 2 ? predictor : predictor.averaged(adapters.subList(1, adapters.size()));
    }

    private void predict(Predictor predictor, TaskOptions given) throws IOException {
        printed.check(predictor);
        if (predictor.inputs() == Predictor.Inputs.IMAGES) {
            BadInput.throwIf(images.isEmpty(), "the model reads images, expected --images FILE... and no texts");
            List<Example> files = images.stream()
                    .map(file -> new Example(file.toString(), null))
                    .toList();
            printed.print(out(), predictor.predict(files));
            return;
        }
        BadInput.throwIf(!images.isEmpty(), "--images: the model reads texts, expected a classifier of images");
        Optional<Table> table = table(given);
        if (uncertain != null) {
            List<Prediction> all =
                    table.isPresent() ? predictor.compare(table.get()).predictions() : predictions(predictor);
            new UncertainTable(all).print(out(), uncertain);
            return;
        }
        if (table.isPresent()) {
            compare(predictor.compare(table.get()));
            return;
        }
        input.forEach(console(), predictor.inputs().pairs(), some -> {
            printed.print(out(), predictor.predict(some));
            return !out().checkError();
        });
    }

    private List<Prediction> predictions(Predictor predictor) throws IOException {
        List<Prediction> all = new ArrayList<>();
        input.forEach(console(), predictor.inputs().pairs(), some -> {
            all.addAll(predictor.predict(some));
            return true;
        });
        BadInput.throwIf(all.isEmpty(), "--uncertain: found no texts");
        return all;
    }

    private void compare(Predictor.Comparison rows) throws IOException {
        printed.print(out(), rows.predictions());
        out().flush();
        rows.labels().ifPresent(scores -> console().err().print(ScoreTable.text(scores)));
        if (!rows.metrics().isEmpty()) {
            console().err().println(PredictionFormat.metrics(rows.metrics(), rows.resamples()));
        }
        rows.notes().forEach(console().err()::println);
        console().err().flush();
    }
}
