package org.lsradapt.cli;

import java.util.Optional;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.runs.RunData;

/** A task that trains embeddings. */
interface EmbeddingTask extends DataTask {

    @Override
    default boolean hasHead() {
        return false;
    }

    @Override
    default int epochs(Optional<RunData> read) {
        return EmbedderTraining.EPOCHS;
    }

    @Override
    default int batch(Optional<RunData> read) {
        return EmbedderTraining.BATCH;
    }
}
