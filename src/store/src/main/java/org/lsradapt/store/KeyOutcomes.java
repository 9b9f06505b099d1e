package org.lsradapt.store;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The outcomes of training per key.
 *
 * @param all in the order of the keys; copied
 */
public record KeyOutcomes(List<KeyOutcome> all) {
    /** The two-sided 95 % quantile of the standard normal distribution. */
    private static final double DEVIATIONS = 1.96;

    /** Copies the list. */
    public KeyOutcomes {
        all = List.copyOf(all);
    }

    /** The number of keys with this status. */
    public long count(KeyOutcome.Status status) {
        return all.stream().filter(one -> one.status() == status).count();
    }

    /** The number of keys that were trained. */
    public long trained() {
        return all.stream().filter(KeyOutcome::isTrained).count();
    }

    /**
     * The mean {@link KeyOutcome#gain} over all trained keys, kept or refused, so that keeping the better ones does not bias it; NaN
     * without any.
     */
    public double meanGain() {
        return all.stream()
                .filter(KeyOutcome::isTrained)
                .mapToDouble(KeyOutcome::gain)
                .average()
                .orElse(Double.NaN);
    }

    /** Half the width of the 95 % interval of {@link #meanGain} over keys; NaN with fewer than two. */
    public double meanGainError() {
        double mean = meanGain();
        long n = trained();
        double squares = all.stream()
                .filter(KeyOutcome::isTrained)
                .mapToDouble(one -> (one.gain() - mean) * (one.gain() - mean))
                .sum();
        return n < 2 ? Double.NaN : DEVIATIONS * Math.sqrt(squares / (n - 1) / n);
    }

    /** A table with a line per key: key, rows, held_out, shared, own, gain, status, parts, chance. */
    public String csv() {
        return all.stream()
                .map(one -> String.format(
                        Locale.ROOT,
                        "%s,%d,%d,%s,%s,%s,%s,%s,%s\n",
                        quoted(one.key()),
                        one.rows(),
                        one.scores().heldOut(),
                        one.isTrained() ? accuracy(one.shared().getAsDouble()) : "",
                        one.isTrained() ? accuracy(one.own().getAsDouble()) : "",
                        one.isTrained() ? accuracy(one.gain()) : "",
                        one.status().name().toLowerCase(Locale.ROOT),
                        one.isTrained() ? one.parts().label() : "",
                        one.isTrained() ? accuracy(one.chance()) : ""))
                .collect(Collectors.joining("", "key,rows,held_out,shared,own,gain,status,parts,chance\n", ""));
    }

    private static String accuracy(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String quoted(String key) {
        return key.matches("[^\",\r\n]*") ? key : '"' + key.replace("\"", "\"\"") + '"';
    }
}
