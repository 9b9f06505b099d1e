package org.lsradapt.cli.command;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lsradapt.console.Console;
import org.lsradapt.transformer.inputs.CutTexts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that prints to a console. Its exit code is 0 unless it throws. */
public abstract class ConsoleCommand implements Callable<Integer> {
    private Console console;

    @Spec
    private CommandSpec spec;

    /** Sets the console, before the command is called. */
    public final void printTo(Console to) {
        console = to;
    }

    /** Returns the streams of the program. */
    protected final Console console() {
        return console;
    }

    /** Returns the command with its arguments. */
    protected final CommandSpec spec() {
        return spec;
    }

    /** Runs the command, after its paths were checked. */
    protected abstract void execute() throws IOException;

    /** Returns the outputs whose paths no option names. */
    protected List<PathCheck.Named> derivedOutputs() throws IOException {
        return List.of();
    }

    @Override
    public final Integer call() throws IOException {
        PathCheck.check(spec, derivedOutputs());
        try (CutTexts.Collection cut = CutTexts.collectAll()) {
            execute();
            if (!saidWhatIsCut()) {
                out().flush();
                cut.sentence().ifPresent(sentence -> console.err().println("warning: " + sentence));
            }
        }
        return 0;
    }

    /** Whether the command itself reports truncated texts. */
    protected boolean saidWhatIsCut() {
        return false;
    }

    /** Returns the stream of results. */
    protected final PrintStream out() {
        return console.out();
    }

    /** Prints a line in the format of {@link String#format(Locale, String, Object...)}. */
    protected final void print(String format, Object... values) {
        out().println(String.format(Locale.ROOT, format, values));
    }
}
