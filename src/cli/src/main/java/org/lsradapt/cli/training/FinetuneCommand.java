package org.lsradapt.cli.training;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.PathCheck;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.finetuning.StandaloneTraining;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.Models;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.RunFolder;
import org.lsradapt.runs.Run;
import org.lsradapt.runs.RunListener;
import org.lsradapt.runs.RunSettings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

@Command(
        name = "finetune",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfTraining.class,
        showDefaultValues = true,
        description = "Fine-tunes a model on a built-in task or your own data with one or several methods, and "
                + "compares them.")
public final class FinetuneCommand extends ConsoleCommand {
    static final String MODEL = "minilm";

    private static final List<String> ALL_METHODS = List.of("frozen", "lora", "lsr");
    private static final List<String> OWN_METHODS = List.of("lsr");

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model: a name, a folder or a GGUF file; lsr-adapt models lists them.")
    @Names(Names.Use.INPUT)
    private String model = MODEL;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = "--out",
            paramLabel = "RUN",
            description = "A new or empty folder for adapters, metrics and report. Default: runs/TASK-MODEL,"
                    + " numbered if that exists.")
    @Names(Names.Use.OWN)
    private Path out;

    @Mixin
    private MethodOptions methods = new MethodOptions();

    @Mixin
    private TrainingOptions training = new TrainingOptions();

    @Mixin
    private ValidationOptions validation = new ValidationOptions();

    @Mixin
    private PerKeyOptions perKey = new PerKeyOptions();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Mixin
    private PrecisionOptions numerics = new PrecisionOptions();

    @Option(
            names = "--resume",
            paramLabel = "RUN",
            description = "Resume a killed or failed run from its last checkpoint, with its original options;"
                    + " combines only with --quiet. Results are bit-identical.")
    @Names(Names.Use.OWN)
    private Path resume;

    @Option(
            names = "--save-every",
            paramLabel = "STEPS",
            description = "Steps between checkpoints, in addition to one at the end of each epoch; 0 for about once a"
                    + " minute.")
    private int saveEvery;

    @Option(
            names = "--tensorboard",
            paramLabel = "DIR",
            description = "Write TensorBoard event files to DIR/RUN/METHOD-SEED: losses, learning rates, metrics.")
    @Names(Names.Use.ADDED_TO)
    private Path tensorBoard;

    @Option(names = FinetuneHelp.ALL, usageHelp = true, description = "Show all options and exit.")
    private boolean unusedHelpAll;

    @Option(names = "--quiet", description = "Print only the table.")
    private boolean quiet;

    /** True for a run, which reports truncated texts itself, also in its report; false with {@code --per}. */
    @Override
    protected boolean saidWhatIsCut() {
        return !perKey.isGiven();
    }

    @Override
    protected List<PathCheck.Named> derivedOutputs() throws IOException {
        return perKey.derivedOutputs();
    }

    @Override
    protected void execute() throws IOException {
        if (resume != null) {
            resume();
            return;
        }
        if (perKey.isGiven()) {
            Backends.standard();
            perKey.run(console(), data, methods, training, validation.folds(), quiet);
            return;
        }
        Optional<StandaloneTraining> standalone = data.type().standalone();
        if (standalone.isPresent()) {
            runAlone(standalone.get());
            return;
        }
        List<String> arguments = new ArrayList<>(List.of(spec().name()));
        arguments.addAll(spec().commandLine().getParseResult().expandedArgs());
        if (out == null) {
            run(read -> RunLock.fresh(RunLock.RUNS, read.name(), model, arguments));
            return;
        }
        try (RunLock lock = RunLock.take(out, arguments)) {
            run(read -> lock);
        }
    }

    private void runAlone(StandaloneTraining alone) throws IOException {
        Models.requireKnown(model);
        data.check();
        StandaloneRun.requireSupported(spec(), data, alone);
        Backends.standard();
        new StandaloneRun(console(), alone, data, methods, training, quiet).execute(model, out);
    }

    private void resume() throws IOException {
        List<String> others = spec().commandLine().getParseResult().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .filter(name -> !List.of("--resume", "--quiet").contains(name))
                .toList();
        BadInput.throwIf(
                !others.isEmpty(),
                "--resume " + resume + ": found " + String.join(", ", others)
                        + " as well, expected none: a resumed run uses its original options");
        if (Run.isFinished(resume) && !Files.exists(resume.resolve(RunLock.MARK))) {
            Run.removeCheckpoints(resume);
            out().println("nothing to resume, the run has finished: " + resume);
            return;
        }
        try (RunLock lock = RunLock.resume(resume)) {
            List<String> arguments = lock.arguments();
            FinetuneCommand before = parse(arguments);
            before.printTo(console());
            before.quiet = quiet;
            if (!quiet) {
                out().println("going on with " + String.join(" ", arguments) + ", started in " + lock.directory());
            }
            before.run(read -> lock);
        }
    }

    /** Reads {@code finetune} with its options; an argument that begins with @ is taken literally. */
    static FinetuneCommand parse(List<String> arguments) {
        FinetuneCommand command = new FinetuneCommand();
        new CommandLine(command)
                .setExpandAtFiles(false)
                .parseArgs(arguments.subList(1, arguments.size()).toArray(new String[0]));
        return command;
    }

    /** Checks the options without reading the data or the model; returns the settings with the defaults known before that. */
    RunSettings check() throws IOException {
        Models.requireKnown(model);
        data.check();
        BadInput.throwIf(
                data.type().standalone().isPresent(),
                "--task " + data.task() + ": expected it in the command finetune alone, without other runs");
        BadInput.throwIf(perKey.isGiven(), "--per: expected it in the command finetune alone, without other runs");
        device.check();
        validation.check(data);
        return settings(Optional.empty());
    }

    /** Takes the folder of a run; the folder's name can depend on the data. */
    @FunctionalInterface
    private interface Destination {
        RunLock take(TrainingTask<?, ?> data) throws IOException;
    }

    private void run(Destination destination) throws IOException {
        methods.requireRead(check().methods());
        TrainingTask<?, ?> task = read();
        RunSettings settings = settings(Optional.of(task));
        try (RunLock lock = destination.take(task)) {
            show(train(task, settings, lock), lock.path());
        }
    }

    /** Trains in a folder that the caller has locked; {@code events} is the parent folder of TensorBoard files, one for each run. */
    RunRecord train(RunLock lock, boolean shown, Optional<Path> events) throws IOException {
        quiet = !shown;
        tensorBoard = events.orElse(null);
        TrainingTask<?, ?> task = read();
        return train(task, settings(Optional.of(task)), lock);
    }

    private TrainingTask<?, ?> read() throws IOException {
        Backends.standard();
        return data.read();
    }

    private RunRecord train(TrainingTask<?, ?> task, RunSettings settings, RunLock lock) throws IOException {
        RunListener listener = quiet
                ? RunListener.SILENT
                : new RunProgress(console(), settings.training().epochs());
        try (DeviceOption.Opened opened = device.open(line -> {
                    if (!quiet) {
                        out().println(line);
                    }
                });
                Run run = Run.prepare(settings, task, listener).passes(opened.passes())) {
            Path folder = lock.path();
            if (tensorBoard != null) {
                run.tensorBoard(tensorBoard.resolve(folder.getFileName()));
            }
            if (!quiet) {
                out().println("to continue it after a stop: finetune --resume " + folder);
            }
            RunRecord record = run.execute(folder);
            lock.finished();
            Run.removeCheckpoints(folder);
            return record;
        }
    }

    /** Returns the settings from the options, before or after the data is read. */
    RunSettings settings(Optional<TrainingTask<?, ?>> read) throws IOException {
        return new RunSettings(
                model,
                basePrecision.value(),
                data.source(),
                methods.methods(
                        data.type().isPublished() ? ALL_METHODS : OWN_METHODS,
                        training.headRate,
                        data.hasHead(read),
                        data.defaults(read)),
                training.seeds(),
                methods.targets(),
                training.config(data, read, numerics.lowPrecision(), numerics.monitor(methods.lsr())),
                training.maxLength(),
                training.balancedClasses(),
                training.calibrated(),
                data.given().teacher(),
                training.holdOut(),
                saveEvery,
                validation.settings());
    }

    static void warn(String warning, PrintStream out) {
        out.println("warning: " + ControlCharacters.escaped(warning));
    }

    private void show(RunRecord run, Path folder) {
        String line = quiet ? "" : "\n";
        out().print(line + RunFolder.table(run));
        String labels = RunFolder.labels(run);
        if (!labels.isEmpty()) {
            out().print("\n" + labels);
        }
        RunFolder.folds(run).forEach(out()::println);
        if (run.isCalibrated()) {
            run.calibrations().forEach(said -> out().println(ControlCharacters.escaped(said)));
        }
        run.abstentions().forEach(said -> out().println(ControlCharacters.escaped(said)));
        run.warnings().forEach(warning -> warn(warning, quiet ? console().err() : out()));
        out().println(line + "report: " + folder.resolve(RunFolder.REPORT));
        if (!quiet) {
            MethodResult last = run.results().get(run.results().size() - 1);
            out().println("adapter: " + Run.adapterFolder(folder, last.method(), last.seed()));
        }
    }
}
