package org.lsradapt.cli.training;

import java.lang.reflect.Field;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.FactorOptions;
import org.lsradapt.cli.command.OverwriteOption;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.finetuning.TaskOption;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * The help of {@code finetune} in two lengths: {@code --help} lists the most important options, {@code --help-all} all
 * options in groups.
 */
public final class FinetuneHelp {
    static final String ALL = "--help-all";

    private static final List<String> FIRST = List.of(
            "--model",
            "--task",
            "--train",
            "--dev",
            "--text",
            "--label",
            "--data",
            "--methods",
            "--epochs",
            "--lr",
            "--base-precision",
            "--out",
            "--resume");

    /** Headings by the class that declares the options; all other classes share {@link #OTHERS}. */
    private static final Map<Class<?>, String> GROUPS = groups();

    private static final String OTHERS = "Options of single tasks";

    private FinetuneHelp() {}

    private static Map<Class<?>, String> groups() {
        Map<Class<?>, String> groups = new LinkedHashMap<>();
        groups.put(FinetuneCommand.class, "Run");
        groups.put(BasePrecisionOption.class, "Run");
        groups.put(DeviceOption.class, "Run");
        groups.put(DataOptions.class, "Data");
        groups.put(MethodOptions.class, "Adapters");
        groups.put(FactorOptions.class, "Adapters");
        groups.put(TrainingOptions.class, "Training");
        groups.put(ValidationOptions.class, "Training");
        groups.put(PrecisionOptions.class, "Numerics");
        groups.put(PerKeyOptions.class, "An adapter for each key");
        groups.put(OverwriteOption.class, "An adapter for each key");
        return groups;
    }

    /** Installs this help in the command line of {@code finetune}. */
    public static void install(CommandLine finetune) {
        Map<String, CommandLine.IHelpSectionRenderer> sections = finetune.getHelpSectionMap();
        sections.put(
                UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                help -> help.commandSpec().qualifiedName() + " [--task TASK] [--train FILE] [OPTIONS]\n");
        sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, FinetuneHelp::options);
        finetune.setHelpSectionMap(sections);
    }

    private static String options(Help help) {
        CommandSpec spec = help.commandSpec();
        CommandLine.ParseResult parsed = spec.commandLine().getParseResult();
        if (parsed == null || !parsed.hasMatchedOption(ALL)) {
            return list(help, option -> FIRST.contains(option.longestName()) || option.usageHelp());
        }
        StringBuilder text = new StringBuilder();
        GROUPS.values().stream().distinct().forEach(group -> text.append(section(help, group)));
        return text.append(section(help, OTHERS)).toString();
    }

    private static String section(Help help, String group) {
        String options = list(help, option -> group(option).equals(group));
        return options.isEmpty() ? "" : "\n" + group + "\n" + options;
    }

    static String group(OptionSpec option) {
        if (option.userObject() instanceof TaskOption) {
            long takers = TaskOptionSpecs.types().stream()
                    .filter(type -> type.trainingOptions().stream()
                            .anyMatch(known -> known.name().equals(option.longestName())))
                    .count();
            return takers > 1 ? GROUPS.get(DataOptions.class) : OTHERS;
        }
        return option.userObject() instanceof Field field && !option.usageHelp() && !option.versionHelp()
                ? GROUPS.getOrDefault(field.getDeclaringClass(), OTHERS)
                : GROUPS.get(FinetuneCommand.class);
    }

    /** Returns an option's place in the short help; all others follow in their order. */
    private static int place(OptionSpec option) {
        int place = FIRST.indexOf(option.longestName());
        return place < 0 ? FIRST.size() : place;
    }

    private static String list(Help help, Predicate<OptionSpec> shown) {
        List<OptionSpec> options = help.commandSpec().options().stream()
                .filter(option -> !option.hidden() && shown.test(option))
                .sorted(Comparator.comparingInt(FinetuneHelp::place))
                .toList();
        Help.Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
        layout.addAllOptions(options, help.parameterLabelRenderer());
        return layout.toString();
    }
}
