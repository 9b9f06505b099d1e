package org.lsradapt.console;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.internal.Causes;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.lsradapt.models.MissingArtifactException;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.training.examples.LongExampleException;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns exceptions into one line on the error stream and an exit code. */
public final class Failures implements CommandLine.IParameterExceptionHandler, CommandLine.IExecutionExceptionHandler {

    /** The exit code for a mistake of the user, in a file, or in the machine's set-up. */
    public static final int BAD_INPUT = 2;

    /** The exit code for a mistake of this library. */
    public static final int BUG = 1;

    private final PrintStream err;

    public Failures(PrintStream err) {
        this.err = err;
    }

    /** Makes a command line pass its exceptions to this object. */
    public void handle(CommandLine line) {
        line.setParameterExceptionHandler(this)
                .setExecutionExceptionHandler(this)
                .setExecutionStrategy(parsed -> {
                    requireValues(parsed);
                    return new CommandLine.RunLast().execute(parsed);
                });
    }

    /** Rejects options without a command. */
    public static void requireCommand(CommandLine line) {
        if (!line.getParseResult().hasSubcommand()) {
            throw new ParameterException(
                    line,
                    "no command, expected one of "
                            + String.join(", ", line.getSubcommands().keySet()));
        }
    }

    /** Rejects options with an empty list of values, such as {@code ,}. */
    public static void requireValues(CommandLine.ParseResult parsed) {
        for (CommandLine.ParseResult part = parsed; part != null; part = part.subcommand()) {
            for (OptionSpec option : part.matchedOptions()) {
                if (option.getValue() instanceof Collection<?> values && values.isEmpty()) {
                    throw new ParameterException(
                            part.commandSpec().commandLine(),
                            option.longestName() + ": found no value, expected at least one");
                }
            }
        }
    }

    @Override
    public int handleParseException(ParameterException exception, String[] args) {
        CommandLine command = exception.getCommandLine();
        String hint = "; see " + command.getCommandSpec().qualifiedName() + " --help";
        String message = exception.getMessage();
        if (exception instanceof UnmatchedArgumentException unmatched) {
            message = unmatched(unmatched, command);
        }
        return badInput(message + hint);
    }

    private static String unmatched(UnmatchedArgumentException exception, CommandLine command) {
        String argument = exception.getUnmatched().get(0);
        String kind = exception.isUnknownOption() ? "option" : "argument";
        if (!command.getSubcommands().isEmpty()) {
            return "unknown " + (exception.isUnknownOption() ? kind : "command") + " '" + argument
                    + "', expected a command: "
                    + String.join(", ", command.getSubcommands().keySet());
        }
        List<String> near = exception.getSuggestions();
        return "unknown " + kind + " '" + argument + "'"
                + (near.isEmpty() ? "" : "; similar: " + String.join(", ", near));
    }

    @Override
    public int handleExecutionException(Exception exception, CommandLine command, CommandLine.ParseResult parseResult) {
        return handle(exception);
    }

    /** Prints a line or, for this library's mistakes, the stack trace; returns the exit code. */
    public int handle(Throwable exception) {
        if (isExplained(exception)) {
            return badInput(describe(exception));
        }
        exception.printStackTrace(err);
        return BUG;
    }

    /**
     * Whether an exception's message tells the user what to do, so that a stack trace is unnecessary. An
     * {@link IllegalArgumentException} or {@link IllegalStateException} does if this library threw it.
     */
    public static boolean isExplained(Throwable exception) {
        return exception instanceof BadInput
                || isOurs(exception)
                || exception instanceof InvalidPathException
                || exception instanceof LongExampleException
                || exception instanceof NonFiniteOutputException
                || exception instanceof MissingArtifactException
                || exception instanceof IOException
                || Causes.first(exception, OutOfMemoryError.class).isPresent()
                || InstalledNd4j.nativeFailure(exception).isPresent();
    }

    private static boolean isOurs(Throwable exception) {
        StackTraceElement[] trace = exception.getStackTrace();
        return (exception instanceof IllegalArgumentException || exception instanceof IllegalStateException)
                && trace.length > 0
                && trace[0].getClassName().startsWith("org.lsradapt.");
    }

    /** Describes an exception in one line. */
    public static String describe(Throwable exception) {
        Optional<String> ofTheMachine = Causes.first(exception, OutOfMemoryError.class)
                .map(Failures::message)
                .or(() -> InstalledNd4j.nativeFailure(exception));
        if (ofTheMachine.isPresent()) {
            return inALine(ofTheMachine.get());
        }
        String message = exception instanceof IOException e
                ? message(e)
                : isExplained(exception) ? exception.getMessage() : exception.toString();
        return inALine(message);
    }

    /** Names the heap's limit, which is also the default limit of native memory. */
    private static String message(OutOfMemoryError error) {
        return "out of memory: " + error.getMessage() + "; Java may use "
                + (Runtime.getRuntime().maxMemory() >> 20)
                + " MiB; raise it with -Xmx; a training takes less with a smaller --batch or --max-length";
    }

    /** Prints the line once with the prefix; some of picocli's messages have it already. */
    private int badInput(String message) {
        err.println("error: " + inALine(message.replaceFirst("^Error: ", "")));
        return BAD_INPUT;
    }

    private static String inALine(String message) {
        return ControlCharacters.escaped(
                String.join(" ", message.lines().map(String::strip).toList()));
    }

    /** Completes those of the JDK's messages that are only the file's name. */
    private static String message(IOException exception) {
        if (exception instanceof NoSuchFileException e && e.getReason() == null) {
            return e.getFile() + ": there is no such file";
        }
        if (exception instanceof AccessDeniedException e && e.getReason() == null) {
            return e.getFile() + ": access denied";
        }
        if (exception instanceof FileAlreadyExistsException e && e.getReason() == null) {
            return e.getFile() + ": there is a file of this name, expected a folder or nothing";
        }
        return exception.getMessage() == null ? exception.toString() : exception.getMessage();
    }
}
