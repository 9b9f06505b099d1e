package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.runs.RunData;

/** A value of {@code --task}: which options of data it takes, and how it reads what they name. */
interface DataTask {

    /** The name that users know. */
    String name();

    /** The options of data that it takes; what another task takes and this one does not is refused. */
    List<String> options();

    /** Whether the data is the user's own. */
    default boolean isOwn() {
        return true;
    }

    /**
     * How it is trained unless options say otherwise.
     *
     * @param given options that were checked
     * @param read the data; empty where it has not been read
     */
    default TrainingDefaults defaults(DataOptions given, Optional<RunData> read) {
        return TrainingDefaults.HEAD;
    }

    /** Passes over the data unless they are given, or it is little. */
    default int epochs(TrainingDefaults defaults) {
        return defaults.withoutAdapters().epochs();
    }

    /**
     * Checks that the options fit each other, as far as no file has to be read.
     *
     * @throws IOException if the task's files are asked for and missing
     */
    void check(DataOptions given) throws IOException;

    /**
     * Reads the data.
     *
     * @param given options that were checked
     * @throws IOException if a file is missing or malformed; the message names it
     */
    RunData read(DataOptions given) throws IOException;
}
