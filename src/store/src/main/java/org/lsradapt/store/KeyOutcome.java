package org.lsradapt.store;

import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.tasks.classification.KeyParts;
import org.lsradapt.tasks.classification.KeyTrainer;

/**
 * The outcome of training for a key.
 *
 * @param rows the number of its rows
 * @param parts the parts that were kept, or tried last
 * @param scores the scores of these parts on held-out rows; all 0 if the key was not trained
 * @param status whether the adapter was kept
 */
public record KeyOutcome(String key, int rows, KeyParts parts, KeyTrainer.Scores scores, Status status) {

    /** The outcome of training a key's adapter. */
    public enum Status {
        /** The store has the adapter: it is better than the shared one. */
        KEPT,
        /** The store has not taken the adapter: it is not better than the shared one. */
        REFUSED,
        /** The key was not trained: it has too few rows. */
        TOO_FEW_ROWS
    }

    static KeyOutcome tooFew(String key, int rows) {
        KeyTrainer.Scores none = new KeyTrainer.Scores(0, 0, 0, 0);
        return new KeyOutcome(key, rows, KeyParts.HEAD, none, Status.TOO_FEW_ROWS);
    }

    static KeyOutcome of(
            String key, int rows, KeyParts parts, KeyTrainer.Scores scores, double minGain, double mostChance) {
        KeyOutcome refused = new KeyOutcome(key, rows, parts, scores, Status.REFUSED);
        return refused.gain() > minGain && refused.chance() <= mostChance
                ? new KeyOutcome(key, rows, parts, scores, Status.KEPT)
                : refused;
    }

    /** Reads {@link #line}; empty if another version of this library wrote it. */
    static Optional<KeyOutcome> of(String key, int rows, String line) {
        String[] fields = line.split(" ");
        return fields.length == 6
                ? Optional.of(new KeyOutcome(
                        key,
                        rows,
                        KeyParts.named(fields[4]),
                        new KeyTrainer.Scores(
                                Integer.parseInt(fields[0]),
                                Integer.parseInt(fields[1]),
                                Integer.parseInt(fields[2]),
                                Integer.parseInt(fields[3])),
                        Status.valueOf(fields[5])))
                : Optional.empty();
    }

    String line() {
        return scores.heldOut() + " " + scores.sharedRight() + " " + scores.ownRight() + " " + scores.gained() + " "
                + parts.label() + " " + status;
    }

    /** Whether an adapter was trained for it. */
    public boolean isTrained() {
        return status != Status.TOO_FEW_ROWS;
    }

    /** Accuracy of the shared adapter on the held-out rows; empty if the key was not trained. */
    public OptionalDouble shared() {
        return accuracy(scores.sharedRight());
    }

    /** Accuracy of the key's own adapter on the held-out rows; empty if the key was not trained. */
    public OptionalDouble own() {
        return accuracy(scores.ownRight());
    }

    private OptionalDouble accuracy(int right) {
        return isTrained() ? OptionalDouble.of((double) right / scores.heldOut()) : OptionalDouble.empty();
    }

    /** The accuracy of the key's own adapter minus that of the shared one; 0 if the key was not trained. */
    public double gain() {
        return isTrained() ? (double) (scores.ownRight() - scores.sharedRight()) / scores.heldOut() : 0;
    }

    /**
     * The probability that an equally good adapter has the advantage in at least so many of the held-out rows that only one
     * of the two labels correctly (a one-sided sign test): P(X ≥ gained) for X binomial with n = gained + lost and 1/2.
     */
    public double chance() {
        int n = scores.gained() + scores.lost();
        double logTerm = -n * Math.log(2);
        double sum = 0;
        for (int wins = n; wins >= scores.gained(); wins--) {
            sum += Math.exp(logTerm);
            logTerm += Math.log(wins) - Math.log(n - wins + 1.0);
        }
        return Math.min(1, sum);
    }
}
