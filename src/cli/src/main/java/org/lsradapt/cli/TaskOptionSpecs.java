package org.lsradapt.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskType;
import picocli.CommandLine;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Adds the options of all types of tasks to the command line of {@code finetune}. */
final class TaskOptionSpecs implements CommandLine.IModelTransformer {

    @Override
    public CommandSpec transform(CommandSpec command) {
        Map<String, List<TaskType>> takers = new LinkedHashMap<>();
        for (TaskType type : DataOptions.types()) {
            type.options()
                    .forEach(option -> takers.computeIfAbsent(option.name(), name -> new ArrayList<>())
                            .add(type));
        }
        takers.forEach((name, types) -> command.addOption(spec(name, types)));
        return command;
    }

    private static OptionSpec spec(String name, List<TaskType> types) {
        TaskOption option = option(types.get(0), name);
        OptionSpec.Builder spec = OptionSpec.builder(name)
                .userObject(option)
                .description(description(name, types))
                .showDefaultValue(Visibility.NEVER);
        switch (option.form()) {
            case FLAG -> spec.arity("0").type(boolean.class);
            case VALUE, INPUT -> spec.arity("1").type(String.class).paramLabel(option.placeholder());
            case INPUTS, LIST, INPUT_LIST -> {
                spec.arity("1")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel(option.placeholder());
                if (option.form() != TaskOption.Form.INPUTS) {
                    spec.splitRegex(",");
                }
            }
        }
        return spec.build();
    }

    private static TaskOption option(TaskType type, String name) {
        return type.options().stream()
                .filter(option -> option.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Joins the descriptions of an option, with the names of the types that have each. */
    private static String description(String name, List<TaskType> types) {
        Map<String, List<TaskType>> byDescription = types.stream()
                .collect(Collectors.groupingBy(
                        type -> option(type, name).description(), LinkedHashMap::new, Collectors.toList()));
        List<String> parts = new ArrayList<>();
        byDescription.forEach((text, some) -> parts.add(names(some) + ": " + text));
        // % begins a format specifier in descriptions.
        return String.join(" ", parts).replace("%", "%%");
    }

    private static String names(List<TaskType> types) {
        List<String> names = new ArrayList<>(types.stream()
                .filter(type -> !type.isPublished())
                .map(TaskType::name)
                .toList());
        if (types.stream().anyMatch(TaskType::isPublished)) {
            names.add(types.size() == 1 ? types.get(0).name() : "published tasks");
        }
        return String.join(", ", names);
    }
}
