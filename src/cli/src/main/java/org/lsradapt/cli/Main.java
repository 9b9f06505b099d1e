package org.lsradapt.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;
import org.lsradapt.cli.adapters.ConvertCommand;
import org.lsradapt.cli.adapters.ExportCommand;
import org.lsradapt.cli.adapters.ImportCommand;
import org.lsradapt.cli.adapters.InspectCommand;
import org.lsradapt.cli.adapters.MergeCommand;
import org.lsradapt.cli.adapters.QuantizeCommand;
import org.lsradapt.cli.adapters.ReduceCommand;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.cli.inference.EmbedCommand;
import org.lsradapt.cli.inference.GenerateCommand;
import org.lsradapt.cli.inference.MakeQuestionsCommand;
import org.lsradapt.cli.inference.MineNegativesCommand;
import org.lsradapt.cli.inference.ModelsCommand;
import org.lsradapt.cli.inference.PredictCommand;
import org.lsradapt.cli.inference.RerankCommand;
import org.lsradapt.cli.inference.SearchCommand;
import org.lsradapt.cli.inference.ServeCommand;
import org.lsradapt.cli.inference.TokenizeCommand;
import org.lsradapt.cli.inference.ZeroShotCommand;
import org.lsradapt.cli.store.StoreCommand;
import org.lsradapt.cli.training.CheckDataCommand;
import org.lsradapt.cli.training.FinetuneCommand;
import org.lsradapt.cli.training.FinetuneHelp;
import org.lsradapt.cli.training.PlanCommand;
import org.lsradapt.cli.training.SuiteCommand;
import org.lsradapt.cli.training.TasksCommand;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.console.Failures;
import org.lsradapt.console.StandardOutput;
import org.lsradapt.lsr.LibraryVersion;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Spec;

/** The entry point of the command line. Without arguments it prints its help. */
@Command(
        name = "lsr-adapt",
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        version = "lsr-adapt " + LibraryVersion.VERSION,
        description = "Parameter-efficient fine-tuning with Kronecker-sum low-rank adapters.")
public final class Main implements Runnable {
    private static final String FINETUNE = "finetune";
    private static final String COMPLETION = "generate-completion";

    private static final List<Class<?>> COMMANDS = List.of(
            FinetuneCommand.class,
            SuiteCommand.class,
            PredictCommand.class,
            ZeroShotCommand.class,
            GenerateCommand.class,
            EmbedCommand.class,
            SearchCommand.class,
            RerankCommand.class,
            MakeQuestionsCommand.class,
            MineNegativesCommand.class,
            TokenizeCommand.class,
            InspectCommand.class,
            ReduceCommand.class,
            ConvertCommand.class,
            QuantizeCommand.class,
            CheckDataCommand.class,
            PlanCommand.class,
            ModelsCommand.class,
            TasksCommand.class,
            MergeCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            StoreCommand.class,
            ServeCommand.class,
            DoctorCommand.class,
            GpuCheckCommand.class,
            AutoComplete.GenerateCompletion.class);

    @Spec
    private CommandLine.Model.CommandSpec spec;

    private Main() {}

    /** Runs a command with its options, and ends the process if the exit code is not 0. */
    public static void main(String[] args) {
        Logging.configure();
        System.setProperty("java.awt.headless", "true");
        Console console = Console.system();
        int code;
        try {
            Console.requireDecoded(args, System.getProperty("sun.jnu.encoding", "UTF-8"));
            code = run(args, console);
        } catch (BadInput e) {
            code = new Failures(console.err()).handle(e);
        }
        if (code != 0) {
            System.exit(code);
        }
    }

    /**
     * Runs a command in this process.
     *
     * @param in the stream from which {@code predict} reads texts unless options give some
     * @param out receives results and progress
     * @param err receives one line about bad input, or the stack trace of an unexpected exception
     * @return 0, or 2 for bad input, or 1 for an unexpected exception
     */
    public static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
        return run(args, new Console(in, out, err, false));
    }

    private static int run(String[] args, Console console) {
        CommandLine line = commands(args)
                .setOut(new PrintWriter(console.out(), true, Charset.defaultCharset()))
                .setErr(new PrintWriter(console.err(), true, Charset.defaultCharset()));
        setConsole(line, console);
        Optional.ofNullable(line.getSubcommands().get(FINETUNE)).ifPresent(FinetuneHelp::install);
        Failures failures = new Failures(console.err());
        failures.handle(line);
        int code;
        try {
            code = line.execute(args.length == 0 ? new String[] {"--help"} : args);
        } catch (Error e) {
            code = failures.handle(e);
        }
        Optional<String> unprinted = StandardOutput.failure(console.out());
        unprinted.ifPresent(
                reason -> console.err().println("error: standard output: " + reason + "; the rest was not printed"));
        return unprinted.isPresent() && code == 0 ? Failures.BAD_INPUT : code;
    }

    /** Returns the program with the command that the first argument names, or with all commands if it names none. */
    static CommandLine commands(String... args) {
        CommandLine line = new CommandLine(new Main());
        String first = args.length == 0 ? "" : args[0];
        List<Class<?>> named =
                COMMANDS.stream().filter(command -> name(command).equals(first)).toList();
        (named.isEmpty() || first.equals(COMPLETION) ? COMMANDS : named).forEach(line::addSubcommand);
        Optional.ofNullable(line.getSubcommands().get(COMPLETION))
                .ifPresent(completion -> completion.getCommandSpec().preprocessor((arguments, spec, arg, info) -> {
                    TaskOptionSpecs.addTo(line);
                    return false;
                }));
        return line;
    }

    private static String name(Class<?> command) {
        return command.getAnnotation(Command.class).name();
    }

    private static void setConsole(CommandLine line, Console console) {
        if (line.getCommand() instanceof ConsoleCommand command) {
            command.printTo(console);
        }
        line.getSubcommands().values().forEach(subcommand -> setConsole(subcommand, console));
    }

    /** Runs if there are options but no command. */
    @Override
    public void run() {
        Failures.requireCommand(spec.commandLine());
    }
}
