package org.lsradapt.training;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;

/**
 * Saves a training's state, so that the same training resumes after a crash, a kill or a full disk. The result is bit-identical to an
 * uninterrupted training, except for times, if the processor, the number of threads and the backend are the same. Immutable.
 *
 * <p>The folder belongs to one training. Each file in it is complete and has a checksum. The last two files are kept, also after the
 * training ends; a finished training is not repeated: delete the folder to train again. Files are refused if they come from another
 * training: another base model, other settings of training, adapters or loss, other training or evaluation data, other initial
 * parameters, or other values of {@link #with}.
 *
 * <p>Parameters, moments and the best evaluation's parameters are stored as doubles: 36 to 44 bytes per trainable parameter. A training
 * of the head alone is saved only when it ends, because resuming it would repeat its most expensive part, the pass over the data.
 */
public final class Checkpoints {
    private static final int MOST_CHARACTERS = 10_000;

    private final CheckpointStore store;
    private final int every;
    private final Map<String, String> facts;

    private Checkpoints(CheckpointStore store, int every, Map<String, String> facts) {
        this.store = store;
        this.every = every;
        this.facts = facts;
    }

    /** Saves into a training's own folder after each epoch and about once a minute, in at most a hundredth of the training's time. */
    public static Checkpoints in(Path folder) {
        return in(new FolderStore(folder));
    }

    /** Like {@link #in(Path)}, with a training's own store other than a folder of the local disk. */
    public static Checkpoints in(CheckpointStore store) {
        return new Checkpoints(store, 0, Map.of());
    }

    /**
     * Saves checkpoints at the end of each epoch and after every {@code steps} optimizer steps, regardless of the time.
     *
     * @param steps at least 1; 0 for the default rule of {@link #in}
     * @throws IllegalArgumentException if the number is negative
     */
    public Checkpoints every(int steps) {
        Require.argument(steps >= 0, "checkpoints every %d steps, expected >= 1, or 0 for about once a minute", steps);
        return new Checkpoints(store, steps, facts);
    }

    /**
     * Adds another fact on which the result depends: files with another value are refused.
     *
     * @param name the fact's name, for messages
     * @param value the fact's value, or a checksum
     * @throws IllegalArgumentException if name and value have more than 10,000 characters
     */
    public Checkpoints with(String name, String value) {
        Require.argument(
                name.length() + value.length() <= MOST_CHARACTERS,
                "checkpoints with %s: a value of %d characters, expected at most %d with the name; a checksum will do",
                name,
                value.length(),
                MOST_CHARACTERS);
        Map<String, String> more = new LinkedHashMap<>(facts);
        more.put(name, value);
        return new Checkpoints(store, every, Collections.unmodifiableMap(more));
    }

    /** Like {@link #with(String, String)}, with a checksum of elements, in the same order each time, that their texts identify. */
    public Checkpoints with(String name, Stream<?> elements) {
        return with(name, TrainingFacts.ofTexts(elements));
    }

    CheckpointStore store() {
        return store;
    }

    int every() {
        return every;
    }

    Map<String, String> facts() {
        return facts;
    }
}
