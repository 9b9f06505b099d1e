package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.data.checks.LabelIssues;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.validation.DataCheck;
import org.lsradapt.finetuning.validation.DataReport;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.models.Models;
import org.lsradapt.report.internal.CheckReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "check-data",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfData.class,
        showDefaultValues = true,
        description = "Looks at training data before a training: numbers of labels, repeated and contradicting texts,"
                + " evaluation rows that are also trained on, texts that are cut, and labels that are probably wrong."
                + " For the labels, a head on the frozen model is trained on all rows but a fifth, for each fifth in"
                + " turn (confident learning on out-of-fold probabilities). Writes a report, and label-issues.csv,"
                + " whose column label you edit for --corrections.")
public final class CheckDataCommand extends ConsoleCommand {
    /** The most issues that are printed. */
    private static final int PRINTED = 20;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model: a name, a folder or a GGUF file; lsr-adapt models lists them.")
    @Names(Names.Use.INPUT)
    private String model = FinetuneCommand.MODEL;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "A new or empty folder for label-issues.csv and the report. Default: runs/check-TASK-MODEL,"
                    + " numbered if that exists.")
    @Names(Names.Use.NEW_FOLDER)
    private Path out;

    @Option(names = "--folds", paramLabel = "N", description = "Number of parts, each of which is held out once.")
    private int folds = DataCheck.FOLDS;

    @Option(names = "--seed", paramLabel = "SEED", description = "Seed of the folds and the trainings.")
    private long seed = 1;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "Longest input in tokens; longer ones are cut. Default: as for finetune.")
    private Integer maxLength;

    @Option(
            names = "--trained",
            description = "Train LSR adapters for each fold, not the head alone: slower, with better probabilities.")
    private boolean trained;

    @Option(
            names = "--rank",
            paramLabel = "SCORE",
            description = "Order of the labels that are probably wrong: self-confidence (the probability of the given"
                    + " label) or normalized-margin (its distance from the most probable other one).")
    private String rank = LabelIssues.Ranking.SELF_CONFIDENCE.label();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Override
    protected void execute() throws IOException {
        Models.requireKnown(model);
        data.check();
        Backends.standard();
        TrainingTask<?, ?> task = read();
        DataCheck check = DataCheck.of(task)
                .folds(folds)
                .seed(seed)
                .rankedBy(Require.named("rank", rank, LabelIssues.Ranking.values(), LabelIssues.Ranking::label));
        if (maxLength != null) {
            check.maxLength(maxLength);
        }
        if (trained) {
            check.adapters(LsrConfig.defaults());
        }
        Path folder = out == null ? freshFolder("check-" + task.name()) : OutputFolder.requireFree(out);
        task.notes().forEach(note -> print("%s", ControlCharacters.escaped(note)));
        print("%s", task.describe());
        DataReport found = run(check, task);
        OutputFolder.write(folder, written -> CheckReport.write(written, task.title() + ", check of data", found));
        show(found, folder);
    }

    /** Reads the data; if rows are refused, says all of them. */
    private TrainingTask<?, ?> read() throws IOException {
        try {
            return data.read();
        } catch (IOException e) {
            if (e.getSuppressed().length == 0) {
                throw e;
            }
            String all = Stream.concat(Stream.of(e), Arrays.stream(e.getSuppressed()))
                    .map(Throwable::getMessage)
                    .collect(Collectors.joining("\n"));
            throw new BadInput((e.getSuppressed().length + 1) + " rows cannot be read:\n" + all);
        }
    }

    private Path freshFolder(String task) throws IOException {
        String name = RunLock.name(task, model);
        Path folder = RunLock.RUNS.resolve(name);
        for (int i = 2; !AtomicFolder.isFree(folder); i++) {
            folder = RunLock.RUNS.resolve(name + "-" + i);
        }
        return folder;
    }

    private DataReport run(DataCheck check, TrainingTask<?, ?> task) throws IOException {
        print("loading model %s", model);
        try (DeviceOption.Opened where = device.open(out()::println);
                FrozenModel base = task.load(model, basePrecision.value())) {
            return check.passes(where.passes()).listener(out()::println).on(base);
        }
    }

    private void show(DataReport found, Path folder) {
        print("");
        found.sentences().forEach(sentence -> print("%s", ControlCharacters.escaped(sentence)));
        out().print("\n" + CheckReport.labels(found).toText());
        List<String> files = new ArrayList<>();
        if (found.issues().isPresent()) {
            out().print("\n" + CheckReport.issues(found.issues().get(), PRINTED).toText());
            files.add("label issues, whose column label you edit for --corrections: "
                    + folder.resolve(CheckReport.ISSUES));
        }
        files.add("report: " + folder.resolve(CheckReport.REPORT));
        out().println();
        files.forEach(out()::println);
    }

    /** True, as the report has the lengths of all texts. */
    @Override
    protected boolean saidWhatIsCut() {
        return true;
    }
}
