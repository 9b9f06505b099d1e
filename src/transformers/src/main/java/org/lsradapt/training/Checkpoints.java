package org.lsradapt.training;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;

/**
 * Where a training keeps its state, so that after a crash, a kill or a full disk the same training started again goes on
 * where it was. What comes of it is the same to the bit, times excepted, if the processor, the number of threads and the
 * backend are the same. Immutable.
 *
 * <p>The folder belongs to one training. A file in it is whole or not there, and has a checksum; the last two are kept,
 * the last of a training that ended too, which is then not repeated: remove the folder to train anew. Another training's
 * files are refused: another base model, other settings of training, adapters or loss, other data to train or evaluate on, other
 * initial parameters, or other values of {@link #with}.
 *
 * <p>Parameters, moments and the best evaluation's parameters are stored as doubles: 36 to 44 bytes per trainable
 * parameter. A training of the head alone is stored when it ends, as what it would be spared, the pass over the data, has
 * to be made again anyway.
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

    /**
     * Checkpoints at the end of each epoch and about once a minute, but for no more than a hundredth of the time.
     *
     * @param folder a folder for one training; made when it is needed
     */
    public static Checkpoints in(Path folder) {
        return in(new FolderStore(folder));
    }

    /**
     * As {@link #in(Path)}, elsewhere than in a folder of the local disk.
     *
     * @param store a place for one training
     */
    public static Checkpoints in(CheckpointStore store) {
        return new Checkpoints(store, 0, Map.of());
    }

    /**
     * Checkpoints at the end of each epoch and after so many optimizer steps, whatever the time.
     *
     * @param steps at least 1; 0 for the rule of {@link #in}
     * @throws IllegalArgumentException if it is negative
     */
    public Checkpoints every(int steps) {
        Require.argument(steps >= 0, "checkpoints every %d steps, expected >= 1, or 0 for about once a minute", steps);
        return new Checkpoints(store, steps, facts);
    }

    /**
     * Something else that the result depends on: files with another value are refused.
     *
     * @param name what it is, for the message
     * @param value its value, or a checksum
     * @throws IllegalArgumentException if they have more than 10,000 characters
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

    /**
     * As {@link #with(String, String)}, with a checksum of elements that are told apart by their texts, such as records.
     *
     * @param name what they are, for the message
     * @param elements in an order that is the same each time
     */
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
