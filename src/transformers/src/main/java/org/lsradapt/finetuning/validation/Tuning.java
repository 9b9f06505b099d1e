package org.lsradapt.finetuning.validation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.DivergedException;

/**
 * Searches a learning rate, then a number of epochs, by successive halving: all rates with a quarter of the epochs, the better half of them
 * with half of the epochs, the better half of these with all, and at last the best rate with twice the epochs. A training that diverges
 * is the worst. For one thread.
 *
 * <pre>{@code
 * LabelledData part = data.holdOut(0.2, 1);
 * Tuning.Choice best = Tuning.around(0.002, 30).file(folder.resolve("tuning.jsonl")).best((rate, epochs) -> {
 *     TrainingConfig config = usual.toBuilder().learningRate(rate).epochs(epochs).build();
 *     try (TextClassifier tried = TextClassifier.on(base).config(config).train(part)) {
 *         return tried.training().orElseThrow().best().metrics().get("f1");
 *     }
 * });
 * }</pre>
 */
public final class Tuning {
    /** The rates, relative to the usual one, which comes first. */
    private static final List<Double> FACTORS = List.of(1.0, 0.5, 2.0, 0.25, 4.0);

    private final double rate;
    private final int epochs;
    private final List<Trial> trials = new ArrayList<>();
    private Budget budget = Budget.NONE;
    private Optional<Path> file = Optional.empty();
    private Consumer<Trial> listener = trial -> {};

    private Tuning(double rate, int epochs) {
        this.rate = rate;
        this.epochs = epochs;
    }

    /** Begins the setup of a search around a positive rate, for trainings of at least one epoch. */
    public static Tuning around(double usualRate, int usualEpochs) {
        Require.argument(
                usualRate > 0 && usualEpochs >= 1,
                "tuning: rate %s and %d epochs, expected a positive rate and at least 1 epoch",
                usualRate,
                usualEpochs);
        return new Tuning(usualRate, usualEpochs);
    }

    /**
     * A finished training.
     *
     * @param epochs the number of epochs
     * @param score the score, larger is better; empty if the training diverged
     */
    public record Trial(double rate, int epochs, OptionalDouble score, double seconds) {

        private double merit() {
            return score.orElse(Double.NEGATIVE_INFINITY);
        }

        boolean isOf(double otherRate, int otherEpochs) {
            return rate == otherRate && epochs == otherEpochs;
        }
    }

    /** The result of a search. */
    public record Choice(double rate, int epochs) {}

    /**
     * The limits of a search.
     *
     * @param trainings the largest number of trainings
     * @param seconds the time; no training begins that, as long as the last one per epoch, would exceed it
     */
    public record Budget(int trainings, double seconds) {
        /** No limits. */
        public static final Budget NONE = new Budget(Integer.MAX_VALUE, Double.POSITIVE_INFINITY);

        /** Checks that the limits are positive. */
        public Budget {
            Require.argument(
                    trainings >= 1 && seconds > 0,
                    "budget: %d trainings and %s seconds, expected positive numbers",
                    trainings,
                    seconds);
        }

        /** Returns an equal part for each of several searches. */
        public Budget dividedBy(int searches) {
            return new Budget(Math.max(1, trainings / searches), seconds / searches);
        }
    }

    /** Trains with a rate and a number of epochs, and returns the score on rows that are not trained on, larger is better. */
    @FunctionalInterface
    public interface Training {
        /** Trains. */
        double score(double rate, int epochs) throws IOException;
    }

    /** Sets the limits, instead of none. The first training always takes place. */
    public Tuning budget(Budget limits) {
        budget = limits;
        return this;
    }

    /**
     * Sets a file of JSON lines, one for each finished training. A search that is started again with the file of a killed one goes on after
     * its last training; the data has to be the same.
     */
    public Tuning file(Path jsonLines) {
        file = Optional.of(jsonLines);
        return this;
    }

    /** Sets the receiver of each finished training, also of those in the file. */
    public Tuning listener(Consumer<Trial> receiver) {
        listener = receiver;
        return this;
    }

    /** Returns the largest number of trainings. */
    public int most() {
        int most = 1;
        int rates = FACTORS.size();
        for (int unused : stages()) {
            most += rates;
            rates = half(rates);
        }
        return most;
    }

    /** Returns the finished trainings, in order. */
    public List<Trial> trials() {
        return List.copyOf(trials);
    }

    /**
     * Searches.
     *
     * @param training trains
     * @return the settings of the best training, of equally good ones those nearest to the usual rate, then to the usual epochs; if the limits
     *     end the search before a whole training, the best rate with the usual epochs
     * @throws IllegalArgumentException if all trainings diverged
     * @throws IOException if a training fails, or the file is malformed or cannot be written
     */
    public Choice best(Training training) throws IOException {
        List<Trial> known = known();
        List<Double> rates = FACTORS.stream().map(factor -> factor * rate).toList();
        for (int stage : stages()) {
            List<Trial> done = new ArrayList<>();
            for (double one : rates) {
                trial(one, stage, training, known).ifPresent(done::add);
            }
            if (done.size() < rates.size()) {
                return choice();
            }
            rates = done.stream()
                    .sorted(Comparator.comparingDouble(one -> -one.merit()))
                    .limit(half(rates.size()))
                    .map(Trial::rate)
                    .toList();
        }
        trial(winner().rate(), 2 * epochs, training, known);
        return choice();
    }

    private Choice choice() {
        boolean whole = trials.stream().anyMatch(trial -> trial.epochs() >= epochs);
        Trial best = winner();
        return new Choice(best.rate(), whole ? best.epochs() : epochs);
    }

    private static int half(int rates) {
        return (rates + 1) / 2;
    }

    private int[] stages() {
        return IntStream.of(4, 2, 1)
                .map(part -> Math.max(1, epochs / part))
                .distinct()
                .toArray();
    }

    private Trial winner() {
        Trial best = trials.stream()
                .max(Comparator.comparingDouble(Trial::merit)
                        .thenComparing(one -> -Math.abs(Math.log(one.rate() / rate)))
                        .thenComparing(one -> -Math.abs(Math.log((double) one.epochs() / epochs))))
                .orElseThrow();
        Require.argument(
                best.score().isPresent(),
                "tuning: all of %d trainings diverged, expected a lower rate than %s to start from",
                trials.size(),
                rate);
        return best;
    }

    /** Trains unless the file has the result; empty if the budget is spent. */
    private Optional<Trial> trial(double tried, int passes, Training training, List<Trial> known) throws IOException {
        Optional<Trial> earlier =
                known.stream().filter(one -> one.isOf(tried, passes)).findFirst();
        if (earlier.isEmpty() && isSpent(passes)) {
            return Optional.empty();
        }
        Trial done = earlier.isPresent() ? earlier.get() : train(tried, passes, training);
        trials.add(done);
        listener.accept(done);
        return Optional.of(done);
    }

    private boolean isSpent(int passes) {
        if (trials.isEmpty()) {
            return false;
        }
        Trial last = trials.get(trials.size() - 1);
        double used = trials.stream().mapToDouble(Trial::seconds).sum();
        return trials.size() >= budget.trainings() || used + last.seconds() * passes / last.epochs() > budget.seconds();
    }

    private Trial train(double tried, int passes, Training training) throws IOException {
        long start = System.nanoTime();
        OptionalDouble score;
        try {
            score = DoubleStream.of(training.score(tried, passes))
                    .filter(Double::isFinite)
                    .findFirst();
        } catch (DivergedException e) {
            score = OptionalDouble.empty();
        }
        Trial done = new Trial(tried, passes, score, (System.nanoTime() - start) / 1e9);
        if (file.isPresent()) {
            Files.writeString(file.get(), line(done), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        return done;
    }

    private static String line(Trial trial) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("rate", trial.rate());
        fields.put("epochs", trial.epochs());
        if (trial.score().isPresent()) {
            fields.put("score", trial.score().getAsDouble());
        }
        fields.put("seconds", trial.seconds());
        return JsonFile.line(fields) + "\n";
    }

    /** Reads the file, and removes a line that a killed process has not finished. */
    private List<Trial> known() throws IOException {
        trials.clear();
        if (file.isEmpty() || !Files.exists(file.get())) {
            return List.of();
        }
        String name = file.get().toString();
        String text = BoundedFile.text(name, BoundedFile.read(file.get(), BoundedFile.SMALL));
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        if (!whole.equals(text)) {
            AtomicFile.write(file.get(), whole.getBytes(StandardCharsets.UTF_8));
        }
        List<Trial> known = new ArrayList<>();
        for (String line : whole.lines().toList()) {
            known.add(read(name + " line " + (known.size() + 1), line));
        }
        return known;
    }

    private static Trial read(String place, String line) throws IOException {
        JsonFields fields = new JsonFields(place, JsonFile.object(place, line.getBytes(StandardCharsets.UTF_8)));
        fields.requireOnly(Stream.of("rate", "epochs", "score", "seconds").toList());
        return new Trial(
                fields.number("rate"),
                fields.integer("epochs"),
                fields.has("score") ? OptionalDouble.of(fields.number("score")) : OptionalDouble.empty(),
                fields.number("seconds"));
    }
}
