package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;

/** A value of {@code --task}: the data options that it takes, and how it reads the data. */
interface DataTask {

    /** The value of {@code --task}. */
    String name();

    /** The data options that this task takes. Options that only other tasks take are refused. */
    List<String> options();

    default boolean isOwn() {
        return true;
    }

    /**
     * Returns the training defaults, which options override.
     *
     * @param given the checked options
     * @param read the data; empty before it is read
     */
    default TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.HEAD;
    }

    /** Returns the default number of epochs; few examples get more. */
    default int epochs(TrainingDefaults defaults) {
        return defaults.withoutAdapters().epochs();
    }

    /**
     * Checks the options against each other, without reading data files.
     *
     * @throws IOException if the task's official files are missing
     */
    void check(DataOptions given) throws IOException;

    /**
     * Reads the data.
     *
     * @param given the checked options
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RunData read(DataOptions given) throws IOException;
}
