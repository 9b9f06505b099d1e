package org.lsradapt.cli.training;

import java.util.Map;
import java.util.function.Predicate;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.TaskType;
import org.lsradapt.tasks.official.Tasks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "tasks", sortOptions = false, description = "Lists what --task takes, or the options of a task.")
public final class TasksCommand extends ConsoleCommand {
    private static final Map<String, String> TEXTS = Map.ofEntries(
            Map.entry("classify", "one class per text or pair of texts"),
            Map.entry("regress", "a number per text or pair of texts"),
            Map.entry("ordinal", "one of ordered classes, such as one to five stars"),
            Map.entry("labels", "several labels per text"),
            Map.entry("tokens", "words with tags, such as names"),
            Map.entry("spans", "answers to questions about passages"),
            Map.entry("text", "plain text, by next-token prediction"),
            Map.entry("instructions", "prompts and completions, or conversations"),
            Map.entry("preferences", "prompts with a chosen and a rejected answer"),
            Map.entry("masked", "plain text for encoders, by predicting hidden words"),
            Map.entry("pairs", "embeddings: texts that belong together, such as questions and passages"),
            Map.entry("similarity", "embeddings: pairs of texts with scores"),
            Map.entry("query-adapter", "embeddings: queries alone, for vectors of passages that are stored"),
            Map.entry("rerank", "queries with judged passages"),
            Map.entry("images", "a folder of pictures for each class, or pictures with captions (--data DIR)"),
            Map.entry("wordnet", "26 kinds of nouns by their definitions"),
            Map.entry("wordnet-10k", "the same with ten times as many evaluation examples"),
            Map.entry("wordnet-search", "embeddings: words and their definitions"),
            Map.entry("wordnet-tokens", "words in definitions with their parts of speech"));

    @Parameters(arity = "0..1", paramLabel = "TASK", description = "Instead, list the options of this task.")
    private String task;

    /** Returns a line about a task; empty for one of GLUE or SuperGLUE. */
    static String text(TaskType type) {
        return TEXTS.getOrDefault(type.name(), "");
    }

    @Override
    protected void execute() {
        if (task != null) {
            options();
            return;
        }
        list("Your own data, with --train FILE", type -> !type.isPublished());
        list("Included data", type -> type.isPublished() && !needsFiles(type));
        out().println("GLUE and SuperGLUE, with --data DIR, the folder of the official files");
        out().println("  "
                + String.join(
                        ", ",
                        TaskOptionSpecs.types().stream()
                                .filter(type -> type.isPublished() && needsFiles(type))
                                .map(TaskType::name)
                                .toList()));
        out().println();
        out().println("lsr-adapt tasks TASK lists the options of a task.");
    }

    private static boolean needsFiles(TaskType type) {
        return Tasks.has(type.name()) && Tasks.named(type.name()).needsFolder();
    }

    private void list(String heading, Predicate<TaskType> which) {
        out().println(heading);
        TaskOptionSpecs.types().stream().filter(which).forEach(type -> print("  %-16s%s", type.name(), text(type)));
        out().println();
    }

    private void options() {
        TaskType type = DataOptions.type(task)
                .orElseThrow(() -> new BadInput("unknown task \"" + task + "\", expected one that lsr-adapt tasks lists"
                        + DataOptions.meant(task)));
        print(
                "%s: %s",
                type.name(), Tasks.has(type.name()) ? Tasks.named(type.name()).title() : text(type));
        for (TaskOption option : type.trainingOptions()) {
            print("  %s%n%s", (option.name() + " " + option.placeholder()).strip(), wrapped(option.description()));
        }
        out().println("  and those of every task: lsr-adapt finetune --help-all");
    }

    private static String wrapped(String text) {
        return text.replaceAll("(.{1,90})(?: |$)", "      $1\n").stripTrailing();
    }
}
