package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.runs.RunData;
import org.lsradapt.training.TrainingConfig;

/** A value of {@code --task}: which options of data it takes, and how it reads what they name. */
interface DataTask {

    /** What users call it. */
    String name();

    /** The options of data that it takes; what another task takes and this one does not is refused. */
    List<String> options();

    /** Whether the data is the user's own. */
    default boolean isOwn() {
        return true;
    }

    /** Whether a head is trained, as far as is known before data is read. */
    default boolean hasHead() {
        return true;
    }

    /** Whether embeddings are trained on pairs. */
    default boolean isOfPairs() {
        return false;
    }

    /**
     * Passes over the data unless they are given.
     *
     * @param read the data; empty where it has not been read
     */
    default int epochs(Optional<RunData> read) {
        return TrainingConfig.defaults().epochs();
    }

    /**
     * Examples per batch unless they are given.
     *
     * @param read the data; empty where it has not been read
     */
    default int batch(Optional<RunData> read) {
        return TrainingConfig.defaults().batchSize();
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
