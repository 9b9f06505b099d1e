package org.lsradapt.cli.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterColumns;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.AdapterParts;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.cli.command.AdapterOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Task;
import org.lsradapt.finetuning.EvaluationData;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.AdapterReduction;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.report.internal.TextTable;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.tasks.official.Tasks;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The base of {@code reduce}, {@code convert} and {@code quantize}, which replace saved adapters by others without
 * training. The command prints a table of the loss in quality: metrics on official data or on the user's own, if there are
 * any, on the base model in the precision of the training.
 */
abstract class ReplaceCommand extends ConsoleCommand {

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Option(names = "--data", paramLabel = "DIR", description = "The official files of the adapter's task.")
    @Names(Names.Use.INPUT)
    private Path data;

    @Mixin
    private DevOptions dev = new DevOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Write each new adapter to a subfolder of DIR, such as DIR/s8 (reduce), DIR/r4-s8"
                    + " (convert) or DIR/int8 (quantize). Default: write nothing.")
    @Names(Names.Use.NEW_FOLDER)
    private Path out;

    /** Returns what is wrong with the saved adapters and what was expected, or null for nothing. */
    abstract String complaint(SavedAdapter saved);

    /** Checks the command's own options, before anything is loaded, and whether the new adapters are saved. */
    void check(boolean saves) {}

    /** Returns the table's first columns, which precede the metrics. */
    abstract List<String> columns();

    /** Returns the cells of the saved adapters. */
    abstract List<String> before(AdapterSet saved);

    abstract void replace(AdapterSet saved, Trial trial) throws IOException;

    @Override
    protected void execute() throws IOException {
        Backend backend = Backends.standard();
        BadInput.throwIf(data != null && dev.isGiven(), "--data " + data + " and " + dev + ": expected one of them");
        dev.check();
        check(out != null);
        if (out == null) {
            run(backend, null);
        } else {
            OutputFolder.write(out, folder -> run(backend, folder));
        }
    }

    /** Shows the new adapters. Saves them in subfolders of the folder unless it is null. */
    private void run(Backend backend, @Nullable Path folder) throws IOException {
        try (SavedAdapter saved = adapter.load()) {
            String complaint = complaint(saved);
            BadInput.throwIf(complaint != null, adapter + ": " + complaint);
            AdapterCard card = adapter.card(saved);
            dev.requireFits(card.task());
            task(card.task());
            if (card.task().hasTowers()) {
                towers(saved, card, backend, folder);
                return;
            }
            try (PretrainedModel base = Models.load(card.baseModel())) {
                one(saved, card, base, backend, folder);
            }
        }
    }

    private void one(SavedAdapter saved, AdapterCard card, PretrainedModel base, Backend backend, @Nullable Path folder)
            throws IOException {
        dev.refuse(dev.isGiven() && base.readsImages(), card.task());
        Optional<EvaluationData> measured =
                dev.isGiven() ? Optional.of(dev.read(card.task(), adapter.folder())) : official(card.task());
        AdapterOption.requireBase(saved, base);
        try (TransformerWeights encoder =
                        new TransformerWeights(base.model(), base.weights(), DataType.FLOAT, card.basePrecision());
                AdapterParts parts = saved.onBase(encoder, backend);
                AdaptedModel model = parts.model(encoder, card, backend)) {
            Optional<Evaluation> evaluation = measured.isPresent()
                    ? Optional.of(measured.get().evaluation(base.tokenizer(), card.maxLength()))
                    : Optional.empty();
            AdapterSet adapters = parts.adapters().orElseThrow();
            Trial trial =
                    new Trial(folder, card, adapters, parts.head(), evaluation.map(known -> new Metrics(known, model)));
            if (evaluation.isEmpty()) {
                trial.noMetrics(!base.readsImages() && EvaluationData.isReadFor(card.task()));
            }
            show(adapters, trial);
        }
    }

    /** Replaces adapters of a model of two towers, which has neither a head nor metrics here. */
    private void towers(SavedAdapter saved, AdapterCard card, Backend backend, @Nullable Path folder)
            throws IOException {
        try (DualModel base = DualModel.load(card.baseModel())) {
            saved.requireBase(base.name(), base.fingerprint());
            try (AdapterSet adapters = saved.adapters(base.linearLayers(), backend)) {
                Trial trial = new Trial(folder, card, adapters, Optional.empty(), Optional.empty());
                trial.noMetrics(false);
                show(adapters, trial);
            }
        }
    }

    private void show(AdapterSet adapters, Trial trial) throws IOException {
        replace(adapters, trial);
        out().print(trial.table.toText());
        trial.notes.forEach(out()::println);
    }

    private Optional<EvaluationData> official(TaskDescription description) throws IOException {
        Optional<Task> task = task(description);
        if (task.isEmpty()) {
            return Optional.empty();
        }
        LabelledData examples = data == null ? task.get().load() : task.get().load(data);
        return Optional.of((tokenizer, maxLength) ->
                Evaluation.of(task.get(), EncodedExample.encode(examples.evaluation(), tokenizer, maxLength)));
    }

    private Optional<Task> task(TaskDescription description) {
        Optional<Task> known = known(description);
        if (known.isEmpty() && data != null) {
            throw new BadInput("--data " + data + ": the adapter's task " + description.name() + " ("
                    + description.kind()
                    + ") has no official files; expected --dev FILE with your own data, or an adapter of one"
                    + " of " + String.join(", ", Tasks.names()));
        }
        BadInput.throwIf(
                data != null && !known.get().needsFolder(),
                "--data " + data + ": task " + description.name() + " includes its data, expected no folder");
        return known;
    }

    private static Optional<Task> known(TaskDescription description) {
        return Optional.of(description.name())
                .filter(Tasks::has)
                .map(Tasks::named)
                .filter(task -> description.hasHead() && task.labels().equals(description.labels()));
    }

    static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }

    static List<String> errors(AdapterSet exact, AdapterSet other) {
        return errors(other.adapters().stream()
                .map(now ->
                        AdapterReduction.relativeError(exact.find(now.name()).orElseThrow(), now))
                .toList());
    }

    static List<String> errors(List<Double> errors) {
        double sum = 0;
        double largest = 0;
        for (double error : errors) {
            sum += error;
            largest = Math.max(largest, error);
        }
        return List.of(number("%.4f", sum / errors.size()), number("%.4f", largest));
    }

    /** A measurement that runs on the model with each set of adapters in turn. */
    private record Metrics(Evaluation evaluation, AdaptedModel model) {
        Map<String, Double> of(AdapterSet adapters) {
            try (AdaptedModel with = model.with(Optional.of(adapters))) {
                return evaluation.evaluate(with);
            }
        }
    }

    /** The table of one command, to which each set of adapters adds a row. */
    final class Trial {
        private final @Nullable Path folder;
        private final AdapterCard card;
        private final Optional<SequenceHead> head;
        private final Optional<Metrics> measured;
        private final TextTable table;
        private final List<String> notes = new ArrayList<>();

        private Trial(
                @Nullable Path folder,
                AdapterCard card,
                AdapterSet saved,
                Optional<SequenceHead> head,
                Optional<Metrics> measured) {
            this.folder = folder;
            this.card = card;
            this.head = head;
            this.measured = measured;
            Map<String, Double> metrics = metrics(saved);
            List<String> header = new ArrayList<>(columns());
            header.addAll(metrics.keySet());
            table = new TextTable(0, header);
            add(before(saved), metrics);
        }

        /** Evaluates adapters, adds a row of {@code cells} with the metrics, saves the adapters if there is a folder, and closes them. */
        void show(String name, List<String> cells, AdapterSet adapters) throws IOException {
            show(name, cells, adapters, adapters, Precision.FP32);
        }

        /** Shows adapters that are rounded values of exact ones; saves the exact ones in the precision {@code storage}. */
        void show(String name, List<String> cells, AdapterSet adapters, AdapterSet exact, Precision storage)
                throws IOException {
            try (adapters) {
                add(cells, metrics(adapters));
                save(name, exact, storage);
            }
        }

        private void save(String name, AdapterSet exact, Precision storage) throws IOException {
            if (folder == null) {
                return;
            }
            if (head.isPresent()) {
                AdapterFolder.save(folder.resolve(name), card, exact, head.get(), storage);
            } else {
                AdapterFolder.save(folder.resolve(name), card, exact, storage);
            }
            AdapterColumns.write(folder.resolve(name), AdapterColumns.read(adapter.folder()));
        }

        /** Notes that there are no metrics and, if possible, how to get them. */
        private void noMetrics(boolean possible) {
            note("no metrics: task " + card.task().name() + " ("
                    + card.task().kind() + ") has no official data"
                    + (possible ? "; --dev FILE measures on your own data" : ""));
        }

        void note(String line) {
            notes.add(line);
        }

        private Map<String, Double> metrics(AdapterSet adapters) {
            return measured.map(known -> known.of(adapters)).orElse(Map.of());
        }

        private void add(List<String> cells, Map<String, Double> metrics) {
            List<String> row = new ArrayList<>(cells);
            metrics.values().forEach(value -> row.add(number("%.4f", value)));
            table.add(row);
        }
    }
}
