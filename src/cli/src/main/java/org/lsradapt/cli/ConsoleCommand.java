package org.lsradapt.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lsradapt.console.Console;
import org.lsradapt.transformer.CutTexts;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that prints to a console. Its exit code is 0 unless it throws. */
abstract class ConsoleCommand implements Callable<Integer> {
    /** Set before the command is executed. */
    Console console;

    @Spec
    CommandSpec spec;

    abstract void execute() throws IOException;

    /** Returns the outputs whose paths no option names. */
    List<PathCheck.Named> derivedOutputs() throws IOException {
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
    boolean saidWhatIsCut() {
        return false;
    }

    PrintStream out() {
        return console.out();
    }

    void print(String format, Object... values) {
        out().println(String.format(Locale.ROOT, format, values));
    }
}
