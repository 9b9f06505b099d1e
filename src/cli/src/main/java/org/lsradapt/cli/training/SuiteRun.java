package org.lsradapt.cli.training;

import static org.lsradapt.cli.training.SuiteReportCommand.isFinished;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.console.Failures;
import org.lsradapt.lsr.internal.Durations;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.suite.SuiteCell;
import org.lsradapt.report.internal.suite.SuiteFolder;
import org.lsradapt.runs.Run;

/**
 * Runs the unfinished cells of a suite in this process, one after the other. A lock on the run's folder decides which
 * process runs a cell, so several processes may work on one suite.
 */
final class SuiteRun {
    private final SuiteFolder folder;
    private final List<SuiteCell> cells;
    private final Console console;
    private final Settings settings;
    private final RemainingTime time = new RemainingTime();
    /** The warnings that were printed, each for the first cell that had it. */
    private final Set<String> warned = new HashSet<>();

    /** The cell in training, for the shutdown hook; null between cells. */
    private volatile SuiteCell current;

    /** The number of cells that this process has dealt with: run, skipped or failed. */
    private int passed;

    SuiteRun(SuiteFolder folder, List<SuiteCell> cells, Console console, Settings settings) {
        this.folder = folder;
        this.cells = cells;
        this.console = console;
        this.settings = settings;
    }

    /**
     * The options of the command.
     *
     * @param retry whether to run failed cells again
     * @param attempts the number of attempts after which a cell is given up; 0 for no limit
     * @param verbose whether to print the progress of each training
     * @param tensorBoard the folder of TensorBoard event files
     */
    record Settings(boolean retry, int attempts, boolean verbose, Optional<Path> tensorBoard) {}

    /** Runs the cells and records their failures; throws only for the suite's own files. */
    void execute() throws IOException {
        for (SuiteCell cell : cells) {
            time.took(cell, folder.seconds(cell));
        }
        say(cells.size() + " cells, " + left().size() + " to run"
                + (failed() > 0 ? ", " + failed() + " failed before" : "")
                + "; if this is stopped, run the same command to continue");
        Thread stopped = new Thread(this::stopped, "suite-stopped");
        Runtime.getRuntime().addShutdownHook(stopped);
        try {
            for (SuiteCell cell : cells) {
                run(cell);
                passed++;
            }
        } finally {
            Runtime.getRuntime().removeShutdownHook(stopped);
        }
    }

    long failed() throws IOException {
        long failed = 0;
        for (SuiteCell cell : cells) {
            failed += folder.failure(cell).isPresent() ? 1 : 0;
        }
        return failed;
    }

    /** Returns the unfinished cells that this process has not dealt with yet. */
    private List<SuiteCell> left() throws IOException {
        List<SuiteCell> left = new ArrayList<>();
        for (SuiteCell cell : cells.subList(passed, cells.size())) {
            if (!isFinished(folder.run(cell)) && !hasFailed(cell)) {
                left.add(cell);
            }
        }
        return left;
    }

    private synchronized OptionalInt begin(SuiteCell cell, RunLock lock) throws IOException {
        OptionalInt begun = folder.begin(cell, progress(lock.path()));
        current = begun.isPresent() ? cell : null;
        return begun;
    }

    /** Records an orderly shutdown, which does not count as an attempt of the cell. */
    private synchronized void stopped() {
        SuiteCell cell = current;
        if (cell != null) {
            try {
                folder.stopped(cell);
            } catch (IOException e) {
                console.err().println("error: " + Failures.describe(e));
            }
        }
    }

    private void run(SuiteCell cell) throws IOException {
        Path run = folder.run(cell);
        if (isFinished(run)) {
            Run.removeCheckpoints(run);
            return;
        }
        if (hasFailed(cell)) {
            return;
        }
        try (RunLock lock = lock(cell)) {
            // Another process may have run the cell before this one got the lock.
            if (!hasFailed(cell)) {
                run(cell, lock);
            }
        } catch (BadInput.FolderTaken | NoSuchFileException e) {
            say(cell, "another process is running it");
        } catch (BadInput e) {
            if (!isFinished(run) && !hasFailed(cell)) {
                fail(cell, e);
            }
        }
    }

    private RunLock lock(SuiteCell cell) throws IOException {
        Path run = folder.run(cell);
        return Files.exists(run.resolve(RunLock.MARK)) && !RunLock.hasMarkAlone(run)
                ? RunLock.resume(run)
                : RunLock.take(run, cell.arguments());
    }

    /** Whether the cell has failed and is not to be tried again. */
    private boolean hasFailed(SuiteCell cell) throws IOException {
        return !settings.retry() && folder.failure(cell).isPresent();
    }

    private void run(SuiteCell cell, RunLock lock) throws IOException {
        BadInput.throwIf(
                !lock.arguments().equals(cell.arguments()),
                lock.path() + ": the run there was started with " + String.join(" ", lock.arguments()) + ", expected "
                        + String.join(" ", cell.arguments()));
        OptionalInt begun = begin(cell, lock);
        if (begun.isEmpty()) {
            say(cell, "skipped, the suite now has other settings for it");
            return;
        }
        if (settings.attempts() > 0 && begun.getAsInt() >= settings.attempts()) {
            current = null;
            throw new BadInput("the process died " + begun.getAsInt() + " times without progress");
        }
        long start = System.nanoTime();
        try {
            FinetuneCommand training = FinetuneCommand.parse(cell.arguments());
            training.printTo(console);
            RunRecord record = training.train(lock, settings.verbose(), settings.tensorBoard());
            double seconds = (System.nanoTime() - start) / 1e9;
            OptionalDouble whole = lock.isResumed() ? OptionalDouble.empty() : OptionalDouble.of(seconds);
            time.took(cell, whole);
            folder.finished(cell, whole);
            String metric = record.primaryMetric();
            double score = record.results().get(0).training().best().metrics().get(metric);
            say(cell, String.format(Locale.ROOT, "%s %.4f in %s", metric, score, Durations.format(seconds)));
            record.warnings().stream()
                    .filter(warned::add)
                    .forEach(warning -> FinetuneCommand.warn(warning, console.err()));
        } catch (Exception | OutOfMemoryError e) {
            fail(cell, e);
        } finally {
            current = null;
        }
    }

    /** Describes the progress of a run by the names of its files, which show checkpoints and trained methods. */
    private static String progress(Path run) throws IOException {
        try (Stream<Path> files = Files.walk(run)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .map(file -> run.relativize(file).toString())
                    .sorted()
                    .collect(Collectors.joining(" "));
        }
    }

    private void fail(SuiteCell cell, Throwable failure) throws IOException {
        StringWriter details = new StringWriter();
        PrintWriter lines = new PrintWriter(details, true);
        lines.println("The command was");
        lines.println("  " + String.join(" ", cell.arguments()));
        lines.println("in " + folder.run(cell) + "; delete this folder to start over.");
        if (!Failures.isExplained(failure)) {
            lines.println();
            failure.printStackTrace(lines);
        }
        folder.fail(cell, Failures.describe(failure), details.toString());
        say(cell, "failed: " + Failures.describe(failure));
    }

    private void say(SuiteCell cell, String what) throws IOException {
        int number = cells.indexOf(cell) + 1;
        List<SuiteCell> left = left().stream().filter(one -> !one.equals(cell)).toList();
        say(String.format(
                Locale.ROOT,
                "[%" + String.valueOf(cells.size()).length() + "d/%d] %s: %s; %s",
                number,
                cells.size(),
                cell.title(),
                what,
                time.describe(left)));
    }

    private void say(String line) {
        console.out().println(ControlCharacters.escaped(line));
        console.out().flush();
    }
}
