package org.lsradapt.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.data.Example;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.data.LabelledData;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Trains an adapter for each key of a table, starting from one shared classifier, and stores each adapter that beats it.
 *
 * <pre>{@code
 * KeyOutcomes outcomes = PerKeyTraining.from(base, sharedFolder).train(texts, store);
 * }</pre>
 *
 * <p>Part of each key's rows are held out; they decide only whether the adapter is put. The store also keeps the outcome of
 * each key, under a checksum of everything it depends on. Repeating the same training, for instance after the process was
 * killed, skips these keys and gives bit-identical adapters; if some keys have more rows, only those are trained. A key
 * whose adapter is refused keeps the adapter that the store had before, if any.
 *
 * <p>For one thread at a time.
 */
public final class PerKeyTraining {
    private final BaseModel base;
    private final Path shared;
    private Optional<TrainingConfig> config = Optional.empty();
    private double fraction = 0.25;
    private int leastRows = 20;
    private double minGain;
    private Consumer<KeyOutcome> listener = outcome -> {};

    private PerKeyTraining(BaseModel base, Path shared) {
        this.base = base;
        this.shared = shared;
    }

    /**
     * Starts the set-up of a training.
     *
     * @param base the base model; the caller closes it
     * @param shared the folder of a text classifier with adapters, from which every key starts
     */
    public static PerKeyTraining from(BaseModel base, Path shared) {
        return new PerKeyTraining(base, shared);
    }

    /**
     * The configuration to train with instead of {@link KeyTrainer#defaultConfig}; its seed also chooses the held-out rows.
     */
    public PerKeyTraining config(TrainingConfig trainingConfig) {
        config = Optional.of(trainingConfig);
        return this;
    }

    /** The fraction of each key's rows to hold out, above 0 and below 1; 0.25 by default. */
    public PerKeyTraining heldOut(double newFraction) {
        Require.argument(
                newFraction > 0 && newFraction < 1,
                "held-out fraction is %s, expected above 0 and below 1",
                newFraction);
        fraction = newFraction;
        return this;
    }

    /** The number of rows that a key needs to be trained, at least 2; 20 by default. */
    public PerKeyTraining leastRows(int rows) {
        Require.argument(rows >= 2, "least rows of a key: %d, expected at least 2", rows);
        leastRows = rows;
        return this;
    }

    /**
     * The gain in held-out accuracy that an adapter has to exceed to be put, from 0 to 1. The default is 0: the adapter has
     * to label more rows correctly than the shared one.
     */
    public PerKeyTraining minGain(double accuracy) {
        Require.argument(accuracy >= 0 && accuracy <= 1, "min gain is %s, expected 0 to 1", accuracy);
        minGain = accuracy;
        return this;
    }

    /** A listener for each key's outcome, called in the training thread once the store has the outcome. */
    public PerKeyTraining listener(Consumer<KeyOutcome> told) {
        listener = told;
        return this;
    }

    /**
     * Trains for all keys, in their order.
     *
     * @param texts the keys' texts, with the shared classifier's labels
     * @param store the store for adapters and outcomes, of the same base model
     * @return the outcomes of all keys, including skipped ones
     * @throws IllegalArgumentException if a key is not valid, the classes are not those of the shared classifier, or an
     *     argument of {@link KeyTrainer#of} is wrong; then nothing has been trained
     * @throws IOException if a file is missing or malformed, or the store cannot be written
     */
    public KeyOutcomes train(KeyedTexts texts, AdapterStore store) throws IOException {
        TrainingConfig chosen = config.isPresent() ? config.get() : KeyTrainer.defaultConfig(shared);
        try (KeyTrainer trainer = KeyTrainer.of(base, shared, chosen)) {
            Require.argument(
                    texts.labels().equals(trainer.labels()),
                    "training per key: the texts have classes %s, the shared adapter %s",
                    texts.labels(),
                    trainer.labels());
            texts.byKey().keySet().forEach(key -> store.requireFits(key, trainer.shared()));
            MessageDigest begin = digest(trainer);
            List<KeyOutcome> outcomes = new ArrayList<>();
            for (String key : texts.byKey().keySet()) {
                outcomes.add(train(key, texts.data(key), trainer, begin, store));
            }
            return new KeyOutcomes(outcomes);
        }
    }

    private KeyOutcome train(String key, LabelledData all, KeyTrainer trainer, MessageDigest begin, AdapterStore store)
            throws IOException {
        List<Example> rows = all.train();
        Optional<LabelledData> data = divide(all, trainer.config().seed());
        if (data.isEmpty()) {
            return new KeyOutcome(key, rows.size(), 0, 0, 0, KeyOutcome.Status.TOO_FEW_ROWS);
        }
        String fingerprint = fingerprint(begin, rows);
        Optional<Line> before = store.training(key).flatMap(Line::of);
        if (before.isPresent() && before.get().fingerprint.equals(fingerprint)) {
            return before.get().outcome(key, rows.size(), minGain);
        }
        KeyTrainer.Trained trained = trainer.train(data.get());
        Line line = new Line(fingerprint, trained.heldOut(), trained.sharedRight(), trained.ownRight());
        KeyOutcome outcome = line.outcome(key, rows.size(), minGain);
        Map<String, PackedAdapter> put =
                outcome.status() == KeyOutcome.Status.KEPT ? Map.of(key, trained.adapter()) : Map.of();
        store.putAll(put, Map.of(key, line.text()));
        listener.accept(outcome);
        return outcome;
    }

    /** Empty if there are too few rows, or if none can be held out. */
    private Optional<LabelledData> divide(LabelledData all, long seed) {
        if (all.train().size() < leastRows) {
            return Optional.empty();
        }
        try {
            return Optional.of(all.holdOut(fraction, seed));
        } catch (IllegalArgumentException e) {
            // The texts are equal, or the classes have one row each.
            return Optional.empty();
        }
    }

    /** The checksum of everything that all keys' trainings depend on. */
    private MessageDigest digest(KeyTrainer trainer) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
        PackedAdapter adapter = trainer.shared();
        digest.update(adapter.form().bytes());
        digest.update(adapter.numbers());
        digest.update(adapter.headNumbers());
        add(digest, new TreeMap<>(trainer.settings()).toString());
        add(digest, "held out " + fraction + ", min gain " + minGain);
        return digest;
    }

    private static String fingerprint(MessageDigest begin, List<Example> rows) {
        MessageDigest digest;
        try {
            digest = (MessageDigest) begin.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("every JDK's SHA-256 can be cloned", e);
        }
        for (Example row : rows) {
            add(digest, row.first());
            add(digest, row.second() == null ? "" : row.second());
            add(digest, row.category() + ".0");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    /** The store's line about a training. */
    private record Line(String fingerprint, int heldOut, int sharedRight, int ownRight) {

        /** Empty if another version of this library wrote the text. */
        static Optional<Line> of(String text) {
            String[] parts = text.split(" ");
            return parts.length == 4
                    ? Optional.of(new Line(
                            parts[0],
                            Integer.parseInt(parts[1]),
                            Integer.parseInt(parts[2]),
                            Integer.parseInt(parts[3])))
                    : Optional.empty();
        }

        String text() {
            return fingerprint + " " + heldOut + " " + sharedRight + " " + ownRight;
        }

        KeyOutcome outcome(String key, int rows, double minGain) {
            boolean kept = ownRight - sharedRight > minGain * heldOut;
            return new KeyOutcome(
                    key,
                    rows,
                    heldOut,
                    sharedRight,
                    ownRight,
                    kept ? KeyOutcome.Status.KEPT : KeyOutcome.Status.REFUSED);
        }
    }
}
