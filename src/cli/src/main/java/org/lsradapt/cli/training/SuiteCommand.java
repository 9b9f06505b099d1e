package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.OutputFolder;
import org.lsradapt.cli.command.PathCheck;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.io.internal.RealPath;
import org.lsradapt.models.Models;
import org.lsradapt.report.internal.suite.SuiteCell;
import org.lsradapt.report.internal.suite.SuiteFile;
import org.lsradapt.report.internal.suite.SuiteFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "suite",
        sortOptions = false,
        showDefaultValues = true,
        description = "Trains models x tasks x methods x seeds from one file and compares them. Run the same "
                + "command again to continue.",
        subcommands = SuiteReportCommand.class)
public final class SuiteCommand extends ConsoleCommand {

    /** Options of finetune that a suite sets itself or that make no sense in a suite. */
    private static final List<String> NOT_IN_FILES =
            List.of("model", "task", "methods", "seed", "out", "resume", "quiet", "tensorboard", "help", "version");

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "The suite file, JSON or YAML; see docs/guides/experiments.md.")
    @Names(Names.Use.INPUT)
    private Path file;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The suite's folder, with the report and a run folder per training. Several processes may"
                    + " share it.")
    @Names(Names.Use.OWN)
    private Path out;

    @Option(names = "--retry", description = "Run failed trainings again.")
    private boolean retry;

    @Option(
            names = "--attempts",
            paramLabel = "N",
            description = "Give up a training that ended the process N times without progress; 0 for never.")
    private int attempts = 3;

    @Option(names = "--against", paramLabel = "METHOD", description = SuiteReportCommand.AGAINST)
    private String against;

    @Option(
            names = "--tensorboard",
            paramLabel = "DIR",
            description = "Write TensorBoard event files to DIR/CELL/METHOD-SEED: losses, learning rates, metrics.")
    @Names(Names.Use.ADDED_TO)
    private Path tensorBoard;

    @Option(names = "--verbose", description = "Print the progress of each training as finetune does.")
    private boolean verbose;

    @Override
    protected List<PathCheck.Named> derivedOutputs() {
        return out == null
                ? List.of()
                : List.of(new PathCheck.Named("the suite's list", out.resolve(SuiteFolder.INDEX), Names.Use.OWN));
    }

    @Override
    protected void execute() throws IOException {
        BadInput.throwIf(file == null, "no file, expected suite FILE --out DIR, or suite report DIR");
        BadInput.throwIf(out == null, "no folder, expected --out DIR");
        BadInput.throwIf(attempts < 0, "--attempts " + attempts + ": expected 0 or more");
        List<SuiteCell> cells = cells(file, Path.of("").toAbsolutePath());
        List<String> methods = cells.stream().map(SuiteCell::method).distinct().toList();
        BadInput.throwIf(
                against != null && !methods.contains(against),
                "--against " + against + ": there is no such method, expected one of " + String.join(", ", methods));
        SuiteFolder folder = new SuiteFolder(RealPath.of(OutputFolder.requirePossible(out)));
        folder.add(cells);
        SuiteRun run = new SuiteRun(
                folder,
                cells,
                console(),
                new SuiteRun.Settings(retry, attempts, verbose, Optional.ofNullable(tensorBoard)));
        run.execute();
        SuiteReportCommand.write(folder, Optional.ofNullable(against), console());
        long failed = run.failed();
        BadInput.throwIf(
                failed > 0,
                failed + " of " + cells.size() + " cells failed; " + out.resolve("failures")
                        + " says why, and --retry runs them again");
    }

    /** Reads and checks a file, whose relative paths begin at a directory. */
    static List<SuiteCell> cells(Path file, Path directory) throws IOException {
        SuiteFile.Options options = new SuiteFile.Options(forms(), model -> model(model, directory), directory);
        List<SuiteCell> cells = new ArrayList<>();
        for (SuiteFile.Placed one : SuiteFile.read(file, options)) {
            try {
                FinetuneCommand.parse(one.cell().arguments()).check();
            } catch (ParameterException | BadInput | IllegalArgumentException e) {
                throw new BadInput(file + ": " + one.place() + ": " + e.getMessage());
            }
            cells.add(one.cell());
        }
        return cells;
    }

    private static Map<String, SuiteFile.Form> forms() {
        Map<String, SuiteFile.Form> forms = new HashMap<>();
        for (OptionSpec option : TaskOptionSpecs.addTo(new CommandLine(new FinetuneCommand()))
                .getCommandSpec()
                .options()) {
            String name = option.longestName().replaceFirst("^--", "");
            if (!NOT_IN_FILES.contains(name)) {
                forms.put(name, form(option));
            }
        }
        return forms;
    }

    private static SuiteFile.Form form(OptionSpec option) {
        if (option.arity().max() == 0) {
            return SuiteFile.Form.FLAG;
        }
        boolean file = option.userObject() instanceof TaskOption task
                ? task.isInput()
                : option.auxiliaryTypes()[0] == Path.class;
        if (option.isMultiValue()) {
            return file ? SuiteFile.Form.FILES : SuiteFile.Form.VALUES;
        }
        return file ? SuiteFile.Form.FILE : SuiteFile.Form.VALUE;
    }

    /** Makes the path of a model absolute, so that it names the same model when the suite starts in another directory. */
    private static String model(String model, Path directory) {
        Path path = directory.resolve(model);
        return Models.names().contains(model) || !Files.exists(path)
                ? model
                : path.toAbsolutePath().toString();
    }
}
