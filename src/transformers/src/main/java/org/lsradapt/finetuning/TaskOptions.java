package org.lsradapt.finetuning;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.Offsets;
import org.lsradapt.data.Table;
import org.lsradapt.lsr.internal.Require;

/**
 * The options given for a task.
 *
 * @param task the task's name, for messages
 * @param values the values by option, such as {@code --label}; a flag has none
 */
public record TaskOptions(String task, Map<String, List<String>> values) {

    /** Copies the values. */
    public TaskOptions {
        values = Map.copyOf(values);
    }

    /** Whether an option is given. */
    public boolean has(TaskOption option) {
        return values.containsKey(option.name());
    }

    /** Returns an option's value. */
    public Optional<String> value(TaskOption option) {
        return values(option).stream().findFirst();
    }

    /** Returns an option's values; empty if it is not given. */
    public List<String> values(TaskOption option) {
        return values.getOrDefault(option.name(), List.of());
    }

    /** Returns an option's value as a file or folder. */
    public Optional<Path> path(TaskOption option) {
        return value(option).map(Path::of);
    }

    /** Returns an option's value as a whole number; refuses any other value. */
    public OptionalInt integer(TaskOption option) {
        Optional<String> value = value(option);
        return value.isPresent() ? OptionalInt.of(integer(option, value.get())) : OptionalInt.empty();
    }

    private static int integer(TaskOption option, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option.name() + " " + value + ": expected a whole number", e);
        }
    }

    /** Returns an option's values as whole numbers; see {@link #integer(TaskOption)}. */
    public List<Integer> integers(TaskOption option) {
        return values(option).stream().map(value -> integer(option, value)).toList();
    }

    /** Returns an option's value as a number; refuses any other value. */
    public OptionalDouble number(TaskOption option) {
        return numbers(option).stream().mapToDouble(Double::doubleValue).findFirst();
    }

    /** Returns an option's values as numbers; see {@link #number}. */
    public List<Double> numbers(TaskOption option) {
        return values(option).stream().map(value -> number(option, value)).toList();
    }

    private static double number(TaskOption option, String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option.name() + " " + value + ": expected a number", e);
        }
    }

    /** Returns the constant of an enumeration that an option must name in lower case. */
    public <E extends Enum<E>> Optional<E> named(TaskOption option, E[] constants) {
        return value(option)
                .map(name -> Require.named(
                        option.name().substring(2),
                        name,
                        constants,
                        constant -> constant.name().toLowerCase(Locale.ROOT)));
    }

    /** Returns the files to train on. */
    public List<Path> trainFiles() {
        return values(TaskOption.TRAIN).stream().map(Path::of).toList();
    }

    /** Returns the table to train on: the first file, standard input or a query. */
    public Table train() {
        return tables(TaskOption.TRAIN, DatabaseOptions.SQL).get(0);
    }

    /** Returns the tables to train on; see {@link #train}. */
    public List<Table> trainTables() {
        return tables(TaskOption.TRAIN, DatabaseOptions.SQL);
    }

    /** Returns the files to evaluate on. */
    public List<Path> devFiles() {
        return values(TaskOption.DEV).stream().map(Path::of).toList();
    }

    /** Returns the table to evaluate on; see {@link #train}. */
    public Optional<Table> dev() {
        return devTables().stream().findFirst();
    }

    /** Returns the tables to evaluate on; see {@link #train}. */
    public List<Table> devTables() {
        return tables(TaskOption.DEV, DatabaseOptions.DEV_SQL);
    }

    /**
     * Returns the tables that an option for files and one for a query name.
     *
     * @throws IllegalArgumentException if both are given, or the options of a query do not fit each other
     */
    public List<Table> tables(TaskOption files, TaskOption sql) {
        if (has(sql)) {
            Require.argument(!has(files), "%s and %s: expected one or the other", files.name(), sql.name());
            return List.of(DatabaseOptions.query(this, sql));
        }
        return values(files).stream().map(file -> formatted(table(file))).toList();
    }

    /** Returns a file in the given encoding, of a known name; {@code -} is standard input. */
    public Table table(String file) {
        Table table = file.equals("-") ? StandardInput.TABLE : Table.of(Path.of(file));
        return value(DatabaseOptions.ENCODING)
                .map(DatabaseOptions::encoding)
                .map(table::encoding)
                .orElse(table);
    }

    /** Returns a table in the format that is given. */
    public Table formatted(Table table) {
        return format().map(table::format).orElse(table);
    }

    /** Is read once, however many options ask for it. */
    private static final class StandardInput {
        private static final Table TABLE = Table.of(System.in, "standard input");
    }

    /** Returns the options for another file in addition to a table, without those of a database. */
    public TaskOptions ofFiles() {
        return new TaskOptions(
                task,
                has(DatabaseOptions.ENCODING)
                        ? Map.of(DatabaseOptions.ENCODING.name(), values(DatabaseOptions.ENCODING))
                        : Map.of());
    }

    /** Returns the folder of official files, or of pictures. */
    public Optional<Path> data() {
        return path(TaskOption.DATA);
    }

    /** Returns the format of tables. */
    public Optional<DataFormat> format() {
        return value(TaskOption.FORMAT).map(DataFormat::named);
    }

    /** Returns the text columns; empty for the default. */
    public List<String> text() {
        return values(TaskOption.TEXT);
    }

    /** Sets the text columns, one or two, if they are given. */
    public void text(Consumer<String> single, BiConsumer<String, String> pair) {
        List<String> columns = text();
        Require.argument(
                columns.size() <= 2, "--text %s: expected one column, or two for pairs", String.join(",", columns));
        if (columns.size() == 2) {
            pair.accept(columns.get(0), columns.get(1));
        } else {
            columns.forEach(single);
        }
    }

    /** Returns the column of labels. */
    public Optional<String> label() {
        return value(TaskOption.LABEL);
    }

    /** Returns the teacher; refuses settings of a teacher without one, or out of range. */
    public Optional<Teacher> teacher() {
        if (!has(TaskOption.TEACHER)) {
            for (TaskOption option : List.of(TaskOption.TEMPERATURE, TaskOption.TEACHER_SHARE)) {
                Require.argument(!has(option), "%s: expected --teacher as well", option.name());
            }
            return Optional.empty();
        }
        return Optional.of(new Teacher(
                values(TaskOption.TEACHER).stream().map(Path::of).toList(),
                number(TaskOption.TEACHER_SHARE).orElse(Teacher.SHARE),
                number(TaskOption.TEMPERATURE).orElse(Teacher.TEMPERATURE)));
    }

    /** Returns the unit of offsets in texts, code points by default. */
    public Offsets offsets() {
        return value(TaskOption.OFFSETS).map(Offsets::named).orElse(Offsets.CODE_POINTS);
    }

    /** Throws an {@link IllegalArgumentException} that names the task if {@code wrong}. */
    public void refuse(boolean wrong, String found, String expected) {
        Require.argument(!wrong, "--task %s: found %s, expected %s", task, found, expected);
    }

    /** Throws unless there are files to train on. */
    public void requireFiles() {
        refuse(
                !has(TaskOption.TRAIN) && !has(DatabaseOptions.SQL),
                "no training data",
                "--train FILE, or --jdbc URL --sql QUERY");
        refuse(
                trainFiles().contains(Path.of("-")) && devFiles().contains(Path.of("-")),
                "standard input for --train and --dev",
                "one file");
        DatabaseOptions.check(this);
    }

    /** Throws unless there is exactly one file to train on and at most one to evaluate on. */
    public void requireOneFile() {
        requireFiles();
        refuse(trainFiles().size() > 1 || devFiles().size() > 1, "several files", "one of each");
    }

    /** Throws if {@code --text} is given with a number of columns outside of these bounds. */
    public void requireTexts(int least, int most) {
        boolean fits = text().isEmpty() || (text().size() >= least && text().size() <= most);
        refuse(
                !fits,
                "--text " + String.join(",", text()),
                most == 1 ? "one column" : least == most ? "two columns" : "one column, or two for pairs");
    }
}
