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
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.data.Example;
import org.lsradapt.data.Folds;
import org.lsradapt.data.KeyedTexts;
import org.lsradapt.data.LabelledData;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Trains parts of one shared classifier for each key of a table, the cheapest first, and stores the first that beat it.
 *
 * <pre>{@code
 * KeyOutcomes outcomes = PerKeyTraining.from(base, sharedFolder).train(texts, store);
 * }</pre>
 *
 * <p>By default each of a key's rows is held out once, in one of four trainings; the adapter to put is then trained on all
 * rows. It is put if it has so many more held-out rows right than the shared classifier that an equally good adapter
 * would have them by chance with a probability of at most 0.1 ({@link KeyOutcome#chance}). A key with nothing to gain
 * therefore rarely gets an adapter.
 *
 * <p>The store also keeps the outcome of each key, under a checksum of everything it depends on. Repeating the same training, for instance after the process was
 * killed, skips these keys and gives bit-identical adapters; if some keys have more rows, only those are trained. A key
 * whose adapter is refused keeps the adapter that the store had before, if any.
 *
 * <p>For one thread at a time.
 */
public final class PerKeyTraining {
    private final BaseModel base;
    private final Path shared;
    private List<KeyParts> parts = List.of(KeyParts.HEAD, KeyParts.ADAPTER_AND_HEAD);
    private Function<KeyParts, Optional<TrainingConfig>> config = each -> Optional.empty();
    private int folds = 4;
    private OptionalDouble fraction = OptionalDouble.empty();
    private int leastRows = 20;
    private double minGain;
    private double mostChance = 0.1;
    private Consumer<KeyOutcome> listener = outcome -> {};

    private PerKeyTraining(BaseModel base, Path shared) {
        this.base = base;
        this.shared = shared;
    }

    /** Starts the set-up of a training on a base model, which the caller closes, of a classifier's folder from which every key starts. */
    public static PerKeyTraining from(BaseModel base, Path shared) {
        return new PerKeyTraining(base, shared);
    }

    /**
     * The parts of the classifier that a key may get of its own, in the order in which they are tried: the first that pass
     * the test are put, and no more are tried. By default the head, then the whole adapter.
     *
     * @param tried at least one, none twice
     */
    public PerKeyTraining parts(List<KeyParts> tried) {
        Require.argument(
                !tried.isEmpty() && tried.stream().distinct().count() == tried.size(),
                "parts of a key: %s, expected at least one, and none twice",
                tried);
        parts = List.copyOf(tried);
        return this;
    }

    /**
     * The configuration to train with instead of {@link KeyTrainer#defaultConfig}; its seed also chooses the held-out rows.
     */
    public PerKeyTraining config(TrainingConfig trainingConfig) {
        return config(each -> trainingConfig);
    }

    /** The configurations by parts, with one seed; see {@link #config(TrainingConfig)}. */
    public PerKeyTraining config(Function<KeyParts, TrainingConfig> trainingConfigs) {
        config = trainingConfigs.andThen(Optional::of);
        return this;
    }

    /** The number of folds, each of which is held out once; at least 2, 4 by default. */
    public PerKeyTraining folds(int count) {
        Require.argument(count >= 2, "folds of a key's rows: %d, expected at least 2", count);
        folds = count;
        fraction = OptionalDouble.empty();
        return this;
    }

    /** Holds out a part of each key's rows, above 0 and below 1, instead of folds, in a fifth of the time and with fewer rows. */
    public PerKeyTraining heldOut(double newFraction) {
        Require.argument(
                newFraction > 0 && newFraction < 1,
                "held-out fraction is %s, expected above 0 and below 1",
                newFraction);
        fraction = OptionalDouble.of(newFraction);
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

    /**
     * The largest {@link KeyOutcome#chance} of an adapter that is put, above 0 and at most 1; 0.1 by default. With 1, only
     * {@link #minGain} decides.
     */
    public PerKeyTraining mostChance(double probability) {
        Require.argument(
                probability > 0 && probability <= 1, "most chance is %s, expected above 0 and at most 1", probability);
        mostChance = probability;
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
        try (CloseOnFailure opened = new CloseOnFailure()) {
            List<KeyTrainer> trainers = new ArrayList<>();
            for (KeyParts each : parts) {
                Optional<TrainingConfig> given = config.apply(each);
                trainers.add(opened.add(KeyTrainer.of(
                        base, shared, each, given.isPresent() ? given.get() : KeyTrainer.defaultConfig(shared, each))));
            }
            KeyTrainer first = trainers.get(0);
            Require.argument(
                    texts.labels().equals(first.labels()),
                    "training per key: the texts have classes %s, the shared adapter %s",
                    texts.labels(),
                    first.labels());
            texts.byKey().keySet().forEach(key -> store.requireFits(key, first.shared()));
            MessageDigest begin = digest(trainers);
            List<KeyOutcome> outcomes = new ArrayList<>();
            for (String key : texts.byKey().keySet()) {
                outcomes.add(train(key, texts.data(key), trainers, begin, store));
            }
            return new KeyOutcomes(outcomes);
        }
    }

    private KeyOutcome train(
            String key, LabelledData all, List<KeyTrainer> trainers, MessageDigest begin, AdapterStore store)
            throws IOException {
        List<Example> rows = all.train();
        List<LabelledData> divisions = divide(all, trainers.get(0).config().seed());
        if (divisions.isEmpty()) {
            return KeyOutcome.tooFew(key, rows.size());
        }
        String fingerprint = fingerprint(begin, rows);
        Optional<KeyOutcome> before = store.training(key)
                .filter(line -> line.startsWith(fingerprint + " "))
                .flatMap(line -> KeyOutcome.of(key, rows.size(), line.substring(fingerprint.length() + 1)));
        if (before.isPresent()) {
            return before.get();
        }
        KeyOutcome outcome = null;
        Map<String, PackedAdapter> put = Map.of();
        for (KeyTrainer trainer : trainers) {
            KeyTrainer.Scores scores = trainer.score(divisions);
            outcome = KeyOutcome.of(key, rows.size(), trainer.parts(), scores, minGain, mostChance);
            if (outcome.status() == KeyOutcome.Status.KEPT) {
                LabelledData last = fraction.isPresent() ? divisions.get(0) : all;
                put = Map.of(key, trainer.train(last).adapter());
                break;
            }
        }
        store.putAll(put, Map.of(key, fingerprint + " " + outcome.line()));
        listener.accept(outcome);
        return outcome;
    }

    /** Empty if there are too few rows, or if none can be held out. */
    private List<LabelledData> divide(LabelledData all, long seed) {
        if (all.train().size() < leastRows) {
            return List.of();
        }
        try {
            if (fraction.isPresent()) {
                return List.of(all.holdOut(fraction.getAsDouble(), seed));
            }
            Folds parted = all.folds(folds, seed);
            return IntStream.range(0, folds)
                    .mapToObj(fold -> all.fold(parted, fold))
                    .toList();
        } catch (IllegalArgumentException e) {
            // The texts are equal, or the classes have one row each.
            return List.of();
        }
    }

    /** The checksum of everything that all keys' trainings depend on. */
    private MessageDigest digest(List<KeyTrainer> trainers) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
        PackedAdapter adapter = trainers.get(0).shared();
        digest.update(adapter.form().bytes());
        digest.update(adapter.numbers());
        digest.update(adapter.headNumbers());
        trainers.forEach(trainer -> add(digest, new TreeMap<>(trainer.settings()).toString()));
        add(digest, "held out " + fraction + ", folds " + folds + ", min gain " + minGain + ", chance " + mostChance);
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
}
