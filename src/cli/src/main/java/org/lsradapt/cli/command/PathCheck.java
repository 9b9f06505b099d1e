package org.lsradapt.cli.command;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.cli.command.Names.Use;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.io.internal.RealPath;
import org.lsradapt.models.Models;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The check that every command passes before it runs: no output is an input, under any name or link, no output replaces
 * an existing file unless {@code --overwrite} is given, and all inputs exist.
 */
public final class PathCheck {
    /** The option that allows a command to replace a file. */
    public static final String OVERWRITE = "--overwrite";

    private static final String STANDARD_INPUT = "-";

    private PathCheck() {}

    /**
     * A file or folder that a command uses.
     *
     * @param option the option or parameter that names it
     */
    public record Named(String option, Path path, Use use) {
        @Override
        public String toString() {
            return option + " " + path;
        }
    }

    /** Checks the paths of a parsed command, and of outputs whose paths follow from options. */
    static void check(CommandSpec spec, List<Named> derived) throws IOException {
        List<Named> all = new ArrayList<>(derived);
        Stream.concat(spec.options().stream(), spec.positionalParameters().stream())
                .forEach(argument -> all.addAll(named(argument)));
        all.addAll(argumentFiles(spec));
        List<Named> outputs = all.stream().filter(one -> one.use().isOutput()).toList();
        for (Named output : outputs) {
            BadInput.throwIf(output.path().toString().isEmpty(), output.option() + " is empty, expected a name");
            for (Named other : all) {
                if (!other.equals(output)) {
                    requireApart(output, other);
                }
            }
        }
        Optional<Boolean> overwrite =
                Optional.ofNullable(spec.findOption(OVERWRITE)).map(OptionSpec::<Boolean>getValue);
        for (Named output : outputs) {
            requireUnused(output, overwrite);
        }
        for (Named input : all) {
            BadInput.throwIf(
                    input.use() == Use.INPUT && !Files.exists(input.path()),
                    input + ": there is no such file or folder");
        }
    }

    /** Returns the declared use of the files that an option or parameter names; empty if it names no files. */
    public static Optional<Use> use(ArgSpec argument) {
        if (argument.userObject() instanceof TaskOption option) {
            return option.isInput()
                    ? Optional.of(Use.INPUT)
                    : Optional.of(Use.NEW_FILE).filter(use -> option.form() == TaskOption.Form.OUTPUT);
        }
        return argument.userObject() instanceof Field field
                ? Optional.ofNullable(field.getAnnotation(Names.class)).map(Names::value)
                : Optional.empty();
    }

    private static List<Named> named(ArgSpec argument) {
        Optional<Use> use = use(argument);
        if (use.isEmpty()) {
            return List.of();
        }
        Object value = argument.getValue();
        Collection<?> values = value instanceof Map<?, ?> map
                ? map.values()
                : value instanceof Collection<?> several ? several : value == null ? List.of() : List.of(value);
        String option = argument instanceof OptionSpec known ? known.longestName() : argument.paramLabel();
        return values.stream()
                .flatMap(one -> path(one).stream())
                .filter(path -> use.get() != Use.INPUT || !path.toString().equals(STANDARD_INPUT))
                .map(path -> new Named(option, path, use.get()))
                .toList();
    }

    /** Returns the path in a value. A text may be a model's name, so it counts as a path only if such a file exists. */
    private static Optional<Path> path(Object value) {
        if (value instanceof Path path) {
            return Optional.of(path);
        }
        try {
            return Models.names().contains((String) value)
                    ? Optional.empty()
                    : Optional.of(Path.of((String) value)).filter(Files::exists);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Returns the argument files, {@code @FILE}. */
    private static List<Named> argumentFiles(CommandSpec spec) {
        return spec.root().commandLine().getParseResult().originalArgs().stream()
                .filter(argument -> argument.startsWith("@"))
                .flatMap(argument -> path(argument.substring(1)).stream())
                .map(path -> new Named("@FILE", path, Use.INPUT))
                .toList();
    }

    private static void requireApart(Named output, Named other) throws IOException {
        if (other.path().toString().isEmpty()) {
            return;
        }
        if (other.use().isOutput()) {
            boolean file = output.use() == Use.NEW_FILE || other.use() == Use.NEW_FILE;
            refuse(file && isSame(output, other), output, "is written as " + other + " too");
            return;
        }
        refuse(isSame(output, other), output, "is an input, " + other);
        refuse(
                output.use() == Use.NEW_FILE && Files.exists(output.path()) && isWithin(output, other),
                output,
                "is part of an input, " + other);
    }

    private static void refuse(boolean wrong, Named output, String found) {
        if (wrong) {
            throw new BadInput(output + ": " + found + "; expected another name; nothing was written");
        }
    }

    private static boolean isSame(Named one, Named other) throws IOException {
        boolean exist = Files.exists(one.path()) && Files.exists(other.path());
        return exist
                ? Files.isSameFile(one.path(), other.path())
                : real(one.path()).equals(real(other.path()));
    }

    private static boolean isWithin(Named inner, Named outer) throws IOException {
        Path real = real(inner.path());
        return real.startsWith(real(outer.path())) && !real.equals(real(outer.path()));
    }

    /** Resolves the links in a path; the file need not exist. */
    private static Path real(Path path) throws IOException {
        Path whole = RealPath.of(path).toAbsolutePath().normalize();
        if (Files.exists(whole)) {
            return whole.toRealPath();
        }
        return whole.getParent() == null ? whole : real(whole.getParent()).resolve(whole.getFileName());
    }

    private static void requireUnused(Named output, Optional<Boolean> overwrite) throws IOException {
        switch (output.use()) {
            case NEW_FILE -> requireNewFile(output, overwrite);
            case NEW_FOLDER -> OutputFolder.requireFree(output.path());
            case ADDED_TO -> OutputFolder.requireNoFile(output.option(), output.path());
            // Commands recognize their own outputs by the content.
            case INPUT, OFFERED, OWN -> {}
        }
    }

    /** Checks the name of a new file; the option to overwrite is empty where the command does not have it. */
    private static void requireNewFile(Named output, Optional<Boolean> overwrite) {
        Path file = output.path();
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            BadInput.throwIf(
                    !Files.isRegularFile(file),
                    output + ": found "
                            + (Files.isDirectory(file) ? "a folder" : "something that is not a file")
                            + ", expected the name of a new file");
            if (!overwrite.orElse(false)) {
                throw new BadInput(output + ": the file exists; expected a new name"
                        + (overwrite.isPresent() ? ", or " + OVERWRITE + " to replace it" : "")
                        + "; nothing was written");
            }
        }
        Path folder = file.toAbsolutePath().getParent();
        BadInput.throwIf(
                folder == null || !Files.isDirectory(folder),
                output + ": there is no folder " + folder + ", expected one that exists");
    }
}
