package org.lsradapt.finetuning;

/**
 * An option of a task, as a command line or a settings file gives it.
 *
 * @param name such as {@code --anchor}
 * @param placeholder stands for a value in help, such as {@code COLUMN}; empty for a flag
 * @param description one sentence or more, without the names of tasks
 */
public record TaskOption(String name, Form form, String placeholder, String description) {
    /** The files to train on. */
    public static final TaskOption TRAIN = new TaskOption(
            "--train",
            Form.INPUTS,
            "FILE",
            "Your training data: CSV or TSV with a header, or JSON; - for standard input.");

    /** The files to evaluate on. */
    public static final TaskOption DEV = new TaskOption(
            "--dev", Form.INPUTS, "FILE", "Your evaluation data. Default: a held-out tenth of the training data.");

    /** The format of tables. */
    public static final TaskOption FORMAT = value(
            "--format",
            "FORMAT",
            "Format of tables: csv, csv-semicolon, tsv, tsv-unquoted or json-lines. Default: by the extension .csv,"
                    + " .tsv, .jsonl, .ndjson or .json, perhaps with .gz.");

    /** The number of training examples. */
    public static final TaskOption EXAMPLES = value(
            "--examples",
            "N",
            "Tasks with labels: train on about N of the examples, the same for all seeds; 0 for all. Default: 0.");

    /** The columns of one text or of a pair. */
    public static final TaskOption TEXT =
            list("--text", "COLUMN", "The column of the text, or both columns of a pair. Default: text.");

    /** The column of labels. */
    public static final TaskOption LABEL =
            value("--label", "COLUMN", "The column of the label or the number. Default: label.");

    /** The folder of official files. */
    public static final TaskOption DATA = input("--data", "DIR", "Folder of the task's official files.");

    /** The unit of offsets in texts. */
    public static final TaskOption OFFSETS = value(
            "--offsets",
            "UNIT",
            "Unit of offsets in texts: code-points (Python) or utf-16 (Java, JavaScript). Default: code-points.");

    /** Trained models to learn from. */
    public static final TaskOption TEACHER = new TaskOption(
            "--teacher",
            Form.INPUT_LIST,
            "ADAPTER",
            "Learn from the outputs of these trained models: a classifier from their averaged probabilities in"
                    + " addition to the labels, a reranker from the margins of their averaged scores, an embedding"
                    + " model from the means of their unit vectors instead of the pairs.");

    /** The teacher's share of a classifier's loss. */
    public static final TaskOption TEACHER_SHARE = value(
            "--teacher-share",
            "SHARE",
            "With --teacher: its share of the loss, above 0, up to 1. Default: " + Teacher.SHARE + ".");

    /** The divisor of logits that are compared with a teacher's. */
    public static final TaskOption TEMPERATURE = value(
            "--temperature",
            "T",
            "With --teacher: divides the logits that are compared. Default: " + Teacher.TEMPERATURE + ".");

    /** The form of an option's values. */
    public enum Form {
        /** No value. */
        FLAG,
        /** One value. */
        VALUE,
        /** Values separated by commas. */
        LIST,
        /** One file or folder that is read. */
        INPUT,
        /** Files or folders that are read; the option is repeated. */
        INPUTS,
        /** Files or folders that are read, separated by commas. */
        INPUT_LIST,
        /** A new file that is written. */
        OUTPUT
    }

    /** Returns an option with one value. */
    public static TaskOption value(String name, String placeholder, String description) {
        return new TaskOption(name, Form.VALUE, placeholder, description);
    }

    /** Returns an option with values separated by commas. */
    public static TaskOption list(String name, String placeholder, String description) {
        return new TaskOption(name, Form.LIST, placeholder, description);
    }

    /** Returns an option with one file or folder that is read. */
    public static TaskOption input(String name, String placeholder, String description) {
        return new TaskOption(name, Form.INPUT, placeholder, description);
    }

    /** Whether the values are files or folders. */
    public boolean isInput() {
        return form == Form.INPUT || form == Form.INPUTS || form == Form.INPUT_LIST;
    }

    /** Returns the same option with another description. */
    public TaskOption described(String other) {
        return new TaskOption(name, form, placeholder, other);
    }
}
