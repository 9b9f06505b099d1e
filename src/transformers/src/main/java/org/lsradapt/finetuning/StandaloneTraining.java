package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.training.settings.TrainingConfig;

/** The training of a task that adapts no layer of a base model, and so is not a part of runs, suites and plans. */
public interface StandaloneTraining {

    /** Returns the options of a training, such as {@code --epochs}, that it takes in addition to those of its task. */
    Set<String> settings();

    /** Returns the adapters that it trains by default. */
    AdapterConfig usual();

    /**
     * Reads the data.
     *
     * @param model the name or folder of a model, or of an adapter, that reads texts
     * @param heldOut the share of the training data that chooses the epoch; empty for the default
     * @throws IOException if a file is missing or malformed
     */
    Subject read(TaskOptions given, String model, OptionalDouble heldOut) throws IOException;

    /** The data of a training. */
    interface Subject {
        /** Returns sentences about the data. */
        List<String> notes();

        /**
         * Trains.
         *
         * @param config only epochs, batch size and learning rate are read
         * @throws IllegalArgumentException if the adapters are of another kind than this training has
         */
        Trained train(AdapterConfig adapters, TrainingConfig config);
    }

    /**
     * The result of a training.
     *
     * @param parameters the number of trained parameters
     * @param summary a sentence about the result
     * @param measured the measurements by name, such as "before" and "after"
     */
    record Trained(long parameters, String summary, Map<String, Measurement> measured, Saving saving) {}

    /** Saves an adapter. */
    @FunctionalInterface
    interface Saving {
        /** Writes it into a folder. */
        void save(Path folder) throws IOException;
    }
}
