package org.lsradapt.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.runs.RunData;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.OwnData;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.Tasks;
import org.lsradapt.training.TrainingConfig;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that say what to learn, and from which files. */
final class DataOptions {
    private static final String WORDNET = "wordnet";
    private static final String CLASSIFY = "classify";
    private static final String REGRESS = "regress";
    private static final String TEXT = "text";
    private static final String INSTRUCTIONS = "instructions";
    private static final List<String> OWN = List.of(CLASSIFY, REGRESS, TEXT, INSTRUCTIONS);
    private static final int WORDNET_EPOCHS = 6;
    private static final int TEXT_EPOCHS = 3;
    static final int TEXT_BATCH = 8;

    @Option(names = "--task", paramLabel = "TASK",
            description = "wordnet, which needs no files; a GLUE or SuperGLUE task with --data; or, with --train,"
                    + " data of your own: classify, regress, text (plain text, next-token prediction) or instructions"
                    + " (prompts and completions).")
    private String task = WORDNET;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder of the task's official files.")
    private Path data;

    @Option(names = "--train", paramLabel = "FILE", showDefaultValue = Visibility.NEVER,
            description = "Your training data: CSV, TSV or JSON lines with a header; for text, files or folders of .txt"
                    + " files, the option repeated for more.")
    private List<Path> train = List.of();

    @Option(names = "--dev", paramLabel = "FILE", showDefaultValue = Visibility.NEVER,
            description = "Your evaluation data. Default: a tenth of the training data is held out.")
    private List<Path> dev = List.of();

    @Option(names = "--text", split = ",", paramLabel = "COLUMN", showDefaultValue = Visibility.NEVER,
            description = "classify, regress: the column of the text, or the two of a pair. Default: text.")
    private List<String> text;

    @Option(names = "--label", paramLabel = "COLUMN", showDefaultValue = Visibility.NEVER,
            description = "classify, regress: the column of the label or the number. Default: label.")
    private String label;

    /** Whether the data is the user's own. */
    boolean isOwn() {
        return OWN.contains(task);
    }

    private boolean isText() {
        return task.equals(TEXT) || task.equals(INSTRUCTIONS);
    }

    /** Passes over the data unless they are given. */
    int epochs() {
        if (isText()) {
            return TEXT_EPOCHS;
        }
        return task.equals(WORDNET) ? WORDNET_EPOCHS : TrainingConfig.defaults().epochs();
    }

    /** Examples per batch unless they are given. */
    int batch() {
        return isText() ? TEXT_BATCH : TrainingConfig.defaults().batchSize();
    }

    /** Where the data comes from, for the report. */
    Optional<String> source() {
        if (isOwn()) {
            return Optional.of(files(train) + (dev.isEmpty() ? "" : ", " + files(dev)));
        }
        return Optional.ofNullable(data).map(Path::toString);
    }

    private static String files(List<Path> files) {
        return String.join(", ", files.stream().map(Path::toString).toList());
    }

    /**
     * Reads the data.
     *
     * @throws IllegalArgumentException if an option does not fit the task
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RunData read() throws IOException {
        if (!isOwn()) {
            return official();
        }
        refuse(data != null, "--data " + data, "the files by --train and --dev");
        refuse(train.isEmpty(), "no training data", "--train FILE");
        refuse(isText() && (text != null || label != null), "--text and --label", "no columns, as the data has none");
        refuse(!task.equals(TEXT) && (train.size() > 1 || dev.size() > 1), "several files", "one of each");
        return switch (task) {
            case CLASSIFY -> labelled(OwnData.classification(train.get(0)));
            case REGRESS -> labelled(OwnData.regression(train.get(0)));
            case TEXT -> RunData.of(TEXT, text());
            default -> RunData.of(INSTRUCTIONS, instructions());
        };
    }

    private void refuse(boolean wrong, String found, String expected) {
        if (wrong) {
            throw new BadInput("--task " + task + ": found " + found + ", expected " + expected);
        }
    }

    private RunData official() throws IOException {
        Task named = named();
        refuse(
                !train.isEmpty() || !dev.isEmpty() || text != null || label != null,
                "--train, --dev, --text or --label",
                "those with " + String.join(", ", OWN) + " only");
        if (data != null && !named.needsFolder()) {
            throw new BadInput("--data " + data + ": task " + named.name()
                    + " brings its data along, expected no folder");
        }
        return RunData.of(named, data == null ? named.load() : named.load(data));
    }

    private Task named() {
        if (!Tasks.has(task)) {
            throw new BadInput("unknown task \"" + task + "\", expected one of " + String.join(", ", Tasks.names())
                    + "; or, with --train, " + String.join(", ", OWN));
        }
        return Tasks.named(task);
    }

    private RunData labelled(OwnData.FromFiles files) throws IOException {
        if (text != null) {
            refuse(text.size() > 2, "--text " + String.join(",", text), "one column, or two for pairs");
        }
        OwnData.FromFiles chosen = files;
        if (text != null) {
            chosen = text.size() == 2 ? chosen.text(text.get(0), text.get(1)) : chosen.text(text.get(0));
        }
        if (label != null) {
            chosen = chosen.label(label);
        }
        if (!dev.isEmpty()) {
            chosen = chosen.dev(dev.get(0));
        }
        return RunData.of(chosen.read());
    }

    private LanguageModelData text() throws IOException {
        LanguageModelData.FromText files = LanguageModelData.plainText(train.toArray(new Path[0]));
        return (dev.isEmpty() ? files : files.dev(dev.toArray(new Path[0]))).read();
    }

    private LanguageModelData instructions() throws IOException {
        LanguageModelData.FromInstructions file = LanguageModelData.instructions(train.get(0));
        return (dev.isEmpty() ? file : file.dev(dev.get(0))).read();
    }
}
