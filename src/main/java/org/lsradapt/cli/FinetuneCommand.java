package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.RunFolder;
import org.lsradapt.runs.Run;
import org.lsradapt.runs.RunData;
import org.lsradapt.runs.RunListener;
import org.lsradapt.runs.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code finetune}. */
@Command(
        name = "finetune",
        sortOptions = false,
        showDefaultValues = true,
        description = "Fine-tunes a model on a task or on data of your own, by one method or by several on the same"
                + " data, and compares them.")
final class FinetuneCommand implements Callable<Integer> {
    /** The base model of commands that are not told another. */
    static final String MODEL = "minilm";

    private static final List<String> ALL_METHODS = List.of("frozen", "lora", "lsr");
    private static final List<String> OWN_METHODS = List.of("lsr");

    private final Console console;

    @Option(names = "--model", paramLabel = "MODEL", description = "Base model: ${bundle:models}.")
    private String model = MODEL;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(names = "--out", paramLabel = "RUN",
            description = "Folder for adapters, metrics and report, that is empty or does not exist yet. Default:"
                    + " runs/TASK-MODEL, with a number where that is taken.")
    private Path out;

    @Mixin
    private MethodOptions methods = new MethodOptions();

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private PrecisionOptions numerics = new PrecisionOptions();

    @Option(names = "--quiet", description = "Print the table only.")
    private boolean quiet;

    FinetuneCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (out == null) {
            return run(null);
        }
        try (TakenFolder taken = TakenFolder.take(out)) {
            return run(taken.path());
        }
    }

    /** Runs in a folder, or takes one that is named after the task. */
    private int run(@Nullable Path given) throws IOException {
        RunSettings settings = BadInput.in(this::settings);
        BadInput.in(Backends::standard);
        RunListener listener = quiet ? RunListener.SILENT : new RunProgress(console, settings.training().epochs());
        RunData read = BadInput.in(data::read);
        if (given != null) {
            execute(settings, read, listener, given);
            return 0;
        }
        try (TakenFolder taken = OutputFolder.fresh(OutputFolder.RUNS, read.name(), settings.model())) {
            execute(settings, read, listener, taken.path());
        }
        return 0;
    }

    private void execute(RunSettings settings, RunData read, RunListener listener, Path folder) throws IOException {
        try (Run run = BadInput.in(() -> Run.prepare(settings, read, listener))) {
            show(run.execute(folder), folder);
        }
    }

    private RunSettings settings() throws IOException {
        return new RunSettings(
                model,
                basePrecision.value(),
                data.source(),
                methods.methods(data.isOwn() ? OWN_METHODS : ALL_METHODS, training.headRate),
                training.seeds(),
                methods.targets(),
                training.config(data, numerics.lowPrecision(), numerics.monitor(methods.lsr())),
                training.maxLength(),
                training.balancedClasses(),
                numerics.skew());
    }

    private void show(RunRecord run, Path folder) {
        String line = quiet ? "" : "\n";
        console.out().print(line + RunFolder.table(run));
        console.out().println(line + "report: " + folder.resolve(RunFolder.REPORT));
        if (!quiet) {
            MethodResult last = run.results().get(run.results().size() - 1);
            console.out().println("adapter: " + Run.adapterFolder(folder, last.method(), last.seed()));
        }
    }
}
