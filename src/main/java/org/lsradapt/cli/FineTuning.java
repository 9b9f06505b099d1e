package org.lsradapt.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.models.Models;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;
import org.lsradapt.report.ComparisonTable;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunFolder;
import org.lsradapt.report.RunRecord;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingResult;

/**
 * A run: each method with each seed on the same examples in the same order. What is known is written after each, so
 * that a run that is cut short leaves what it had.
 */
final class FineTuning {

    private final FinetuneSettings settings;
    private final Path folder;
    private final Console console;
    private final boolean quiet;

    /**
     * Prepares a run.
     *
     * @param settings what to do
     * @param folder where to write; free
     * @param console where to show progress and the table
     * @param quiet whether to show the table only
     */
    FineTuning(FinetuneSettings settings, Path folder, Console console, boolean quiet) {
        this.settings = settings;
        this.folder = folder;
        this.console = console;
        this.quiet = quiet;
    }

    /** Runs everything. */
    void run() throws IOException {
        say("loading task " + settings.task() + " and model " + settings.model());
        try (Workbench bench = Workbench.load(settings)) {
            describe(bench);
            Files.createDirectories(folder);
            try {
                RunRecord run = train(bench);
                RunFolder.writeReport(folder, run);
                PrintStream out = console.out();
                out.print((quiet ? "" : "\n") + ComparisonTable.of(run).toText());
                out.println((quiet ? "" : "\n") + "report: " + folder.resolve(RunFolder.REPORT));
            } finally {
                OutputFolder.removeIfEmpty(folder);
            }
        }
    }

    private RunRecord train(Workbench bench) throws IOException {
        List<MethodResult> results = new ArrayList<>();
        RunRecord run = record(bench, results);
        for (long seed : settings.seeds()) {
            for (Method method : settings.methods()) {
                results.add(train(bench, method, seed));
                run = record(bench, results);
                RunFolder.writeMetrics(folder, run);
            }
        }
        return run;
    }

    private RunRecord record(Workbench bench, List<MethodResult> results) {
        return new RunRecord(
                bench.task().name(),
                settings.model(),
                bench.task().title() + ", " + Models.title(settings.model()),
                bench.task().primaryMetric(),
                bench.majorityAccuracy(),
                settings.describe(),
                results);
    }

    private MethodResult train(Workbench bench, Method method, long seed) throws IOException {
        String title = method.label() + " seed " + seed;
        Loss loss = bench.task().kind() == TaskKind.REGRESSION ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
        try (AdapterSet adapters = method.adapters(settings, bench.layers(), seed, bench.backend());
                SequenceHead head = new SequenceHead(bench.encoder(), bench.task().outputWidth(), seed);
                AdaptedModel model = new AdaptedModel(
                        bench.encoder(),
                        Optional.ofNullable(adapters),
                        SequenceObjective.of(head, loss, bench.backend()),
                        bench.backend())) {
            TrainingResult result;
            try (Progress progress = new Progress(
                    console.out(), title, settings.epochs(), console.interactive())) {
                TrainingListener listener = quiet ? TrainingListener.SILENT : progress;
                Trainer trainer = new Trainer(model, bench.task(), settings.training(method, seed), listener);
                result = trainer.run(bench.train(), bench.evaluation());
            }
            AdapterFolder.save(
                    folder.resolve(method.label() + "-" + seed), bench.card(), adapters, head);
            List<LayerReport> layers = adapters == null
                    ? List.of()
                    : adapters.lsrAdapters().stream()
                            .map(adapter -> LayerReport.of(
                                    adapter.name(), adapter.a(), adapter.b(), adapter.scaling()))
                            .toList();
            return new MethodResult(method.label(), seed, layers, head.values().length(), result);
        }
    }

    private void describe(Workbench bench) {
        say(String.format(
                Locale.ROOT,
                "task %s: %d training and %d evaluation examples%s",
                bench.task().name(),
                bench.train().size(),
                bench.evaluation().size(),
                bench.majorityAccuracy().isPresent()
                        ? String.format(
                                Locale.ROOT,
                                ", %d classes, majority class %.4f",
                                bench.task().labels().size(),
                                bench.majorityAccuracy().getAsDouble())
                        : ", a number to predict"));
        say(String.format(
                Locale.ROOT,
                "model %s: %d layers, width %d; %d linear layers to adapt (%s); backend %s",
                settings.model(),
                bench.encoder().model().blocks().size(),
                bench.encoder().model().width(),
                bench.layers().size(),
                settings.targets(),
                bench.backend().name()));
    }

    private void say(String line) {
        if (!quiet) {
            console.out().println(line);
            console.out().flush();
        }
    }
}
