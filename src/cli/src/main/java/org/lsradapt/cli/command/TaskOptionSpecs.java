package org.lsradapt.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Stack;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.TaskModule;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.official.PublishedTask;
import picocli.CommandLine;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Adds options of all types of tasks to a command once it is called, so that no other command loads the tasks. */
public abstract class TaskOptionSpecs implements CommandLine.IParameterPreprocessor {
    /** With this number of types or more, a description does not name them. */
    private static final int MOST = 10;

    private static final TaskType CLASSES = ClassificationTask.TYPE;

    private final Function<TaskType, List<TaskOption>> chosen;

    private TaskOptionSpecs(Function<TaskType, List<TaskOption>> chosen) {
        this.chosen = chosen;
    }

    /** Loads the tasks when they are first asked for, not when picocli makes the commands. */
    private static final class Types {
        private static final List<TaskType> ALL = Stream.concat(
                        TaskModule.allTypes().stream(), PublishedTask.all().stream())
                .toList();
    }

    /** Returns all types of tasks, those for the user's own data first. */
    public static List<TaskType> types() {
        return Types.ALL;
    }

    /** The options of a training. */
    public static final class OfTraining extends TaskOptionSpecs {
        /** For picocli. */
        public OfTraining() {
            super(TaskType::trainingOptions);
        }
    }

    /** The options of training data alone, all of which is read. */
    public static final class OfData extends TaskOptionSpecs {
        private static final Set<TaskOption> OF_TRAINING =
                Set.of(TaskOption.EXAMPLES, TaskOption.TEACHER, TaskOption.TEACHER_SHARE, TaskOption.TEMPERATURE);

        /** For picocli. */
        public OfData() {
            super(type -> type.trainingOptions().stream()
                    .filter(option -> !OF_TRAINING.contains(option))
                    .toList());
        }
    }

    /** The options of predictions: those of files, their sources, and those of answers. */
    public static final class OfAnswers extends TaskOptionSpecs {
        /** For picocli. */
        public OfAnswers() {
            super(type -> Stream.of(
                            type.columns(),
                            type.answers(),
                            type.columns().isEmpty() ? List.<TaskOption>of() : type.sources())
                    .flatMap(List::stream)
                    .toList());
        }
    }

    /** The options of files with evaluation data. */
    public static final class OfFiles extends TaskOptionSpecs {
        /** For picocli. */
        public OfFiles() {
            super(type -> Stream.of(type.columns(), type.answers(), encoding(type))
                    .flatMap(List::stream)
                    .filter(option -> option.form() != TaskOption.Form.OUTPUT)
                    .toList());
        }

        private static List<TaskOption> encoding(TaskType type) {
            return type.columns().isEmpty() ? List.of() : List.of(DatabaseOptions.ENCODING);
        }
    }

    /** The options of the source of a table. */
    public static final class OfSources extends TaskOptionSpecs {
        /** For picocli. */
        public OfSources() {
            super(TaskType::sources);
        }
    }

    /** The options of tables of texts with classes, and of their sources. */
    public static final class OfClasses extends TaskOptionSpecs {
        /** For picocli. */
        public OfClasses() {
            super(type -> type.name().equals(CLASSES.name())
                    ? Stream.concat(type.columns().stream(), type.sources().stream())
                            .toList()
                    : List.of());
        }
    }

    /** Returns the given values of the options; messages name the task or the model. */
    public static TaskOptions given(CommandSpec command, String task) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
            if (option.userObject() instanceof TaskOption) {
                values.put(option.longestName(), option.stringValues());
            }
        }
        return new TaskOptions(task, values);
    }

    @Override
    public final boolean preprocess(
            Stack<String> arguments, CommandSpec command, ArgSpec unused, Map<String, Object> info) {
        add(command);
        return false;
    }

    /** Adds the options to a command and its subcommands, of those that take options of tasks, without calling them. */
    public static CommandLine addTo(CommandLine line) {
        CommandSpec command = line.getCommandSpec();
        if (command.preprocessor() instanceof TaskOptionSpecs options) {
            options.add(command);
        }
        line.getSubcommands().values().forEach(TaskOptionSpecs::addTo);
        return line;
    }

    private void add(CommandSpec command) {
        Map<String, List<TaskType>> takers = new LinkedHashMap<>();
        for (TaskType type : types()) {
            chosen.apply(type)
                    .forEach(option -> takers.computeIfAbsent(option.name(), name -> new ArrayList<>())
                            .add(type));
        }
        takers.forEach((name, types) -> command.addOption(spec(name, types)));
    }

    private OptionSpec spec(String name, List<TaskType> types) {
        TaskOption option = option(types.get(0), name);
        OptionSpec.Builder spec = OptionSpec.builder(name)
                .userObject(option)
                .description(description(name, types))
                .showDefaultValue(Visibility.NEVER);
        switch (option.form()) {
            case FLAG -> spec.arity("0").type(boolean.class);
            case OUTPUT -> spec.arity("1").type(Path.class).paramLabel(option.placeholder());
            case VALUE, INPUT -> spec.arity("1").type(String.class).paramLabel(option.placeholder());
            case INPUTS, LIST, INPUT_LIST -> {
                spec.arity("1").type(List.class).auxiliaryTypes(String.class).paramLabel(option.placeholder());
                if (option.form() != TaskOption.Form.INPUTS) {
                    spec.splitRegex(",");
                }
            }
        }
        return spec.build();
    }

    private TaskOption option(TaskType type, String name) {
        return chosen.apply(type).stream()
                .filter(option -> option.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Joins the descriptions of an option, with the names of the types that have each. */
    private String description(String name, List<TaskType> types) {
        Map<String, List<TaskType>> byDescription = types.stream()
                .collect(Collectors.groupingBy(
                        type -> option(type, name).description(), LinkedHashMap::new, Collectors.toList()));
        List<String> parts = new ArrayList<>();
        byDescription.forEach((text, some) -> parts.add(some.size() >= MOST ? text : names(some) + ": " + text));
        // % begins a format specifier in descriptions.
        return String.join(" ", parts).replace("%", "%%");
    }

    private static String names(List<TaskType> types) {
        List<String> names = new ArrayList<>(types.stream()
                .filter(type -> !type.isPublished())
                .map(TaskType::name)
                .toList());
        List<TaskType> published = types.stream().filter(TaskType::isPublished).toList();
        if (!published.isEmpty()) {
            names.add(published.size() == 1 ? published.get(0).name() : "published tasks");
        }
        return String.join(", ", names);
    }
}
