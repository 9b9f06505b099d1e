package org.lsradapt.cli.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Table;
import org.lsradapt.data.checks.Corrections;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.io.internal.Nearest;
import org.lsradapt.tasks.official.Tasks;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option that selects the task, and the values of the options that {@link TaskOptionSpecs} adds. */
final class DataOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "Your own data with --train: classify, regress, tokens, pairs, instructions and others; or a"
                    + " published data set, such as wordnet, which needs no files. lsr-adapt tasks lists all.")
    private String task = "wordnet";

    @Option(
            names = "--corrections",
            split = ",",
            paramLabel = "FILE",
            showDefaultValue = Visibility.NEVER,
            description = "Tables of corrected labels of the training data, as check-data writes them: label has the"
                    + " right label, or is empty to remove the row. Several are applied one after another.")
    @Names(Names.Use.INPUT)
    private List<Path> corrections = List.of();

    TaskType type() {
        return type(task)
                .orElseThrow(() -> new BadInput("unknown task \"" + task + "\", expected one of "
                        + names(TaskType::isPublished) + "; or, with your own data, "
                        + names(known -> !known.isPublished()) + meant(task)));
    }

    /** Returns the end of a message about an unknown task, which names the nearest one. */
    static String meant(String task) {
        return Nearest.question(
                task, TaskOptionSpecs.types().stream().map(TaskType::name).toList());
    }

    /** Returns the type of this name; published tasks have other names as well. */
    static Optional<TaskType> type(String task) {
        String name = Tasks.has(task) ? Tasks.named(task).name() : task;
        return TaskOptionSpecs.types().stream()
                .filter(known -> known.name().equals(name))
                .findFirst();
    }

    private static String names(Predicate<TaskType> which) {
        return TaskOptionSpecs.types().stream()
                .filter(which)
                .map(TaskType::name)
                .collect(Collectors.joining(", "));
    }

    String task() {
        return task;
    }

    Stream<String> matched() {
        return spec.commandLine().getParseResult().matchedOptions().stream().map(OptionSpec::longestName);
    }

    TaskOptions given() {
        return TaskOptionSpecs.given(spec, task);
    }

    /** Returns the defaults of the task, which options override; without data before it is read. */
    TrainingDefaults defaults(Optional<TrainingTask<?, ?>> read) {
        return read.<TrainingDefaults>map(TrainingTask::defaults)
                .orElseGet(() -> type().defaults().apply(given()));
    }

    /** Whether a head is trained; without data before it is read. */
    boolean hasHead(Optional<TrainingTask<?, ?>> read) {
        return read.map(known -> known.has(TrainingTask.Feature.HEAD))
                .orElseGet(() -> defaults(read).withoutAdapters().headSteps() > 0);
    }

    /** Returns the default number of epochs, which few examples raise; without data while only the options are checked. */
    int epochs(Optional<TrainingTask<?, ?>> read, int batch) {
        int usual = Math.max(
                type().epochs(given()), defaults(read).withoutAdapters().epochs());
        return read.isEmpty() || read.get().labelled().isEmpty()
                ? usual
                : Math.max(usual, TrainingDefaults.epochs(read.get().labelled().getAsInt(), batch));
    }

    void refuseCorrections(String option) {
        BadInput.throwIf(!corrections.isEmpty(), option + ": found --corrections as well, expected one or the other");
    }

    Optional<String> source() {
        String corrected = corrections.isEmpty()
                ? ""
                : corrections.stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(", ", ", with the corrections ", ""));
        return uncorrected().map(source -> source + corrected);
    }

    private Optional<String> uncorrected() {
        TaskOptions given = given();
        if (given.data().isPresent() || type().isPublished()) {
            return given.data().map(Path::toString);
        }
        return Optional.of(Stream.of(given.trainTables(), given.devTables())
                .flatMap(List::stream)
                .map(Table::toString)
                .collect(Collectors.joining(", ")));
    }

    private static boolean isStandardInput(Path file) {
        return file.toString().equals("-");
    }

    /** Checks the options against the task and each other, without reading data files. */
    void check() throws IOException {
        TaskOptions given = given();
        boolean isNamed = spec.commandLine().getParseResult().hasMatchedOption("--task");
        if (!isNamed && given.has(TaskOption.TRAIN)) {
            Path first = given.trainFiles().get(0);
            String likely = (isStandardInput(first) ? Optional.<String>empty() : LikelyTask.of(given.train()))
                    .orElse("expected one of " + names(known -> !known.isPublished()));
            throw new BadInput("--train " + first + ": found no --task, expected the task to train for; " + likely);
        }
        int examples = examples(given);
        given.refuse(examples < 0 || examples == 1, "--examples " + examples, "0, or 2 or more");
        TaskType chosen = type();
        for (String name : given.values().keySet()) {
            boolean fits = takes(chosen, name);
            if (!fits && !isNamed) {
                throw new BadInput(name + ": found no --task, expected --task with it: " + takers(name));
            }
            given.refuse(!fits, name, "it with " + takers(name));
        }
        chosen.check().check(given);
    }

    private static boolean takes(TaskType type, String option) {
        return type.trainingOptions().stream().anyMatch(known -> known.name().equals(option));
    }

    private static String takers(String option) {
        List<String> takers = new ArrayList<>(TaskOptionSpecs.types().stream()
                .filter(known -> !known.isPublished() && takes(known, option))
                .map(TaskType::name)
                .toList());
        if (TaskOptionSpecs.types().stream().anyMatch(known -> known.isPublished() && takes(known, option))) {
            takers.add("tasks with official data");
        }
        return String.join(", ", takers);
    }

    private static int examples(TaskOptions given) {
        return given.integer(TaskOption.EXAMPLES).orElse(0);
    }

    /** Reads the data; the options have passed {@link #check()}. */
    TrainingTask<?, ?> read() throws IOException {
        TaskOptions given = given();
        TrainingTask<?, ?> all = type().data().read(given);
        for (Path file : corrections) {
            all = all.corrected(Corrections.read(file));
        }
        return examples(given) == 0 ? all : all.limit(examples(given));
    }
}
