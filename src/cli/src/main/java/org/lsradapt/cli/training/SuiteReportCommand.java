package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.Console;
import org.lsradapt.report.internal.suite.SuiteFolder;
import org.lsradapt.report.internal.suite.SuiteReport;
import org.lsradapt.runs.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        sortOptions = false,
        description = "Writes the report of a suite in its current state: complete, running or stopped.")
final class SuiteReportCommand extends ConsoleCommand {
    static final String AGAINST =
            "Method to compare the others with, by its name in the report. Default: the first lora, else the"
                    + " first method.";

    @Parameters(paramLabel = "DIR", description = "The suite's folder.")
    @Names(Names.Use.OWN)
    private Path folder;

    @Option(names = "--against", paramLabel = "METHOD", description = AGAINST)
    private String against;

    @Override
    protected void execute() throws IOException {
        write(new SuiteFolder(folder), Optional.ofNullable(against), console());
    }

    static void write(SuiteFolder folder, Optional<String> against, Console console) throws IOException {
        String progress = SuiteReport.write(folder, SuiteReportCommand::isFinished, against);
        console.out().println(progress);
        console.out().println("report: " + folder.path().resolve(SuiteReport.REPORT));
    }

    static boolean isFinished(Path run) {
        return Run.isFinished(run) && !Files.exists(run.resolve(RunLock.MARK));
    }
}
