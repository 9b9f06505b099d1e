package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names.Use;
import org.lsradapt.cli.command.PathCheck;
import org.lsradapt.cli.command.TaskOptionSpecs;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Outputs of all commands against their inputs and against what exists. */
class PathCheckTest {
    private static final List<String> LABELS = List.of("FILE", "DIR", "FOLDER", "PATH", "RUN", "TABLE", "MODEL");

    @TempDir
    private Path folder;

    private static List<CommandSpec> commands() {
        List<CommandSpec> all = new ArrayList<>();
        add(TaskOptionSpecs.addTo(Main.commands()), all);
        return all;
    }

    private static void add(CommandLine line, List<CommandSpec> all) {
        if (line.getCommand() instanceof ConsoleCommand) {
            all.add(line.getCommandSpec());
        }
        line.getSubcommands().values().forEach(subcommand -> add(subcommand, all));
    }

    private static List<ArgSpec> arguments(CommandSpec command) {
        return Stream.<ArgSpec>concat(command.options().stream(), command.positionalParameters().stream())
                .toList();
    }

    private static boolean isOutput(ArgSpec argument) {
        return PathCheck.use(argument).filter(Use::isOutput).isPresent();
    }

    @Test
    void everyArgumentWithAPath_isDeclared() {
        int declared = 0;
        for (CommandSpec command : commands()) {
            for (ArgSpec argument : arguments(command)) {
                boolean path = argument.type() == Path.class
                        || Arrays.asList(argument.auxiliaryTypes()).contains(Path.class)
                        || LABELS.contains(argument.paramLabel());
                assertTrue(
                        !path || PathCheck.use(argument).isPresent(),
                        () -> command.qualifiedName() + " " + argument + ": expected @Names");
                declared += path ? 1 : 0;
            }
        }
        assertTrue(declared > 80, "found " + declared);
    }

    @Test
    void outputThatIsAnInput_byAnyName_isRefusedAndUnchanged() throws IOException {
        int tried = 0;
        for (CommandSpec command : commands()) {
            for (ArgSpec output : arguments(command)) {
                for (ArgSpec input : arguments(command)) {
                    if (isOutput(output)
                            && PathCheck.use(input)
                                    .filter(use -> !use.isOutput())
                                    .isPresent()) {
                        refusesInput(command, output, input, Files.createDirectory(folder.resolve("n" + tried++)));
                    }
                }
            }
        }
        assertTrue(tried > 60, "tried " + tried);
    }

    private static void refusesInput(CommandSpec command, ArgSpec output, ArgSpec input, Path place)
            throws IOException {
        Path file = Files.writeString(place.resolve("input"), "text,label\nred,0\n");
        Path real = Files.createDirectory(place.resolve("data"));
        Files.writeString(real.resolve("inside"), "1");
        Path above = Files.createSymbolicLink(place.resolve("above"), place);
        Path link = Files.createSymbolicLink(place.resolve("link"), file);
        Path hard = Files.createLink(place.resolve("hard"), file);
        Path other = Files.createSymbolicLink(place.resolve("other"), real);
        Map<Path, Path> pairs = new TreeMap<>(Map.of(
                file,
                file,
                link,
                file,
                hard,
                file,
                above.resolve("data").resolve("..").resolve("hard"),
                file,
                other,
                real));
        Map<String, String> before = content(place);
        for (Map.Entry<Path, Path> pair : pairs.entrySet()) {
            List<String> arguments = arguments(command, Map.of(output, pair.getKey(), input, pair.getValue()));
            if (command.findOption(PathCheck.OVERWRITE) != null) {
                arguments.add(PathCheck.OVERWRITE);
            }
            CommandLineRun run = CommandLineRun.of(arguments);
            assertEquals(2, run.code(), () -> arguments + ": " + run.out() + run.err());
            assertTrue(
                    run.err().contains(pair.getKey() + ": is an input")
                            && run.err().contains("" + pair.getValue()),
                    () -> arguments + ": " + run.err());
            assertEquals(before, content(place), arguments::toString);
        }
    }

    @Test
    void outputThatExists_isRefusedAndUnchanged() throws IOException {
        int tried = 0;
        for (CommandSpec command : commands()) {
            for (ArgSpec output : arguments(command)) {
                Use use = PathCheck.use(output).orElse(Use.INPUT);
                if (use == Use.NEW_FILE || use == Use.NEW_FOLDER) {
                    refusesExisting(command, output, Files.createDirectory(folder.resolve("n" + tried++)));
                }
            }
        }
        assertTrue(tried > 10, "tried " + tried);
    }

    private static void refusesExisting(CommandSpec command, ArgSpec output, Path place) throws IOException {
        Path full = Files.createDirectory(place.resolve("full"));
        Files.writeString(full.resolve("inside"), "1");
        for (Path taken : List.of(
                Files.writeString(place.resolve("file"), "mine"),
                full,
                Files.createSymbolicLink(place.resolve("nowhere"), place.resolve("nothing")))) {
            Map<String, String> before = content(place);
            List<String> arguments = arguments(command, Map.of(output, taken));
            CommandLineRun.of(arguments).refused(" " + taken + ": ", "expected");
            assertEquals(before, content(place), arguments::toString);
        }
    }

    /** A command line with these arguments and what else is required. */
    private static List<String> arguments(CommandSpec command, Map<ArgSpec, Path> given) {
        List<String> all = new ArrayList<>(List.of(command.qualifiedName(" ").split(" ")));
        all.remove(0);
        for (ArgSpec argument : arguments(command)) {
            if (!given.containsKey(argument) && !argument.required()) {
                continue;
            }
            String value = given.containsKey(argument)
                    ? given.get(argument).toString()
                    : PathCheck.use(argument).map(use -> "missing-" + use).orElse("1");
            String keyed = argument.type() == Map.class ? "key=" + value : value;
            if (argument instanceof OptionSpec option) {
                all.add(option.longestName());
            }
            all.add(keyed);
        }
        return all;
    }

    private static Map<String, String> content(Path place) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.toList()) {
                content.put(file.toString(), Files.isRegularFile(file) ? Files.readString(file) : "");
            }
        }
        return content;
    }

    @Test
    void reportOfAStore_isNoInput() throws IOException {
        Path table = Files.writeString(folder.resolve("t.csv"), "user,text,label\nada,red,0\n");
        String line = "finetune --per user --train {} --from adapter --store {}";
        assertRefused("the report " + table + ": is an input, --train " + table, line, table, folder.resolve("t"));
        assertEquals("user,text,label\nada,red,0\n", Files.readString(table));
        Files.writeString(folder.resolve("s.csv"), "key,rows,mine\n");
        Path store = folder.resolve("s");
        assertRefused("the report " + store + ".csv: the file exists", line, table, store);
    }

    @Test
    void twoOutputs_inOneFile_areRefused() {
        Path store = folder.resolve("s");
        assertRefused(store + ": is written as --", "finetune --per user --store {} --report {}", store, store);
    }

    @Test
    void suiteFile_inTheSuitesFolder_isNotReplaced() throws IOException {
        Path file = Files.writeString(folder.resolve("suite.json"), "{\"tasks\": {}}");
        assertRefused("the suite's list " + file + ": is an input, FILE " + file, "suite {} --out {}", file, folder);
    }

    @Test
    void overwrite_replacesAFile_butNoPartOfAnInput() throws IOException {
        Path adapter = folder.resolve("adapter");
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(adapter);
        }
        Path picture = Files.writeString(folder.resolve("p.png"), "mine");
        String line = "inspect --adapter {} --picture {}";
        assertRefused(
                "--picture " + picture + ": the file exists; expected a new name, or --overwrite",
                line,
                adapter,
                picture);
        assertEquals("mine", Files.readString(picture));
        line += " --overwrite";
        succeed(line, adapter, picture);
        assertTrue(Files.size(picture) > 1000);
        Path part = adapter.resolve("adapter_model.safetensors");
        byte[] before = Files.readAllBytes(part);
        assertRefused("--picture " + part + ": is part of an input, --adapter " + adapter, line, adapter, part);
        assertTrue(Arrays.equals(before, Files.readAllBytes(part)));
        succeed(line, adapter, adapter.resolve("new.png"));
    }

    @Test
    void fileOfArguments_isAnInput() throws IOException {
        Path arguments = Files.writeString(folder.resolve("arguments"), "inspect --adapter none --overwrite");
        assertRefused(
                "--picture " + arguments + ": is an input, @FILE " + arguments,
                "@{} --picture {}",
                arguments,
                arguments);
    }
}
