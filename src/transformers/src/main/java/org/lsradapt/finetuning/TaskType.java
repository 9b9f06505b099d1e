package org.lsradapt.finetuning;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A kind of task that can be trained: the options that it takes, and how it reads its data. Immutable. {@link
 * TaskModule#allTypes} lists those for the user's own data.
 */
public interface TaskType {

    /** Returns the value of {@code --task}. */
    String name();

    /** Returns the options that this type takes. Options that only other types take are refused. */
    List<TaskOption> options();

    /** Returns the options that describe the columns and the format of a file, for predictions and measurements as well. */
    default List<TaskOption> columns() {
        return List.of();
    }

    /** Returns the options that describe how the answers of a trained model are written. */
    default List<TaskOption> answers() {
        return List.of();
    }

    /** Returns the options that say where the rows come from, for predictions as well: all, if rows are those of a table. */
    default List<TaskOption> sources() {
        boolean hasTables = options().stream().anyMatch(option -> option.name().equals(TaskOption.FORMAT.name()));
        return hasTables ? DatabaseOptions.all() : List.of();
    }

    /** Returns the options of a training: those of the task, and those of the source of its rows. */
    default List<TaskOption> trainingOptions() {
        List<TaskOption> all = new ArrayList<>(options());
        all.addAll(sources());
        if (sources().contains(DatabaseOptions.SQL)) {
            all.add(DatabaseOptions.DEV_SQL);
        }
        return all;
    }

    /** Whether the data comes with the library, or from a published data set. */
    default boolean isPublished() {
        return false;
    }

    /**
     * Returns signs of a file for this task: sets of columns that occur together in its first line.
     *
     * @return the sets, those that decide first; empty if columns tell nothing
     */
    default List<List<String>> usualColumns() {
        return List.of();
    }

    /** Returns the training of a task that adapts no base model; empty for a task of runs, which {@link #read} reads. */
    default Optional<StandaloneTraining> standalone() {
        return Optional.empty();
    }

    /** Returns the training defaults for checked options, before the data is read. */
    default TrainingDefaults defaults(TaskOptions given) {
        return TrainingDefaults.HEAD;
    }

    /** Returns the default number of epochs before the data is read; few examples get more. */
    default int epochs(TaskOptions given) {
        return defaults(given).withoutAdapters().epochs();
    }

    /**
     * Checks the options against each other, without reading data files.
     *
     * @throws IllegalArgumentException if an option does not fit
     * @throws IOException if official files are missing
     */
    void check(TaskOptions given) throws IOException;

    /**
     * Reads the data.
     *
     * @param given the checked options
     * @throws IOException if a file is missing or malformed; the message names it
     */
    TrainingTask<?, ?> read(TaskOptions given) throws IOException;
}
