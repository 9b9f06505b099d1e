package org.lsradapt.tasks;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Makes training and evaluation data of pairs that have been read.
 *
 * @param <X> what is thrown where the pairs as a whole are no data
 * @param settings what the owner asked for
 * @param pairs the pairs to train on, at least one
 * @param source where they come from, for messages
 * @param failure makes an exception of a message
 */
record PairAssembly<X extends Exception>(
        PairData.Settings<?, ?> settings, List<TextPair> pairs, String source, Function<String, X> failure) {

    /** The data with pairs to evaluate on. */
    PairData with(List<TextPair> dev, String devSource) throws X {
        List<String> notes = new ArrayList<>();
        RetrievalData evaluation = evaluation(dev, pairs, devSource, notes);
        Set<String> trained =
                new HashSet<>(pairs.stream().map(TextPair::positive).toList());
        long known =
                dev.stream().filter(pair -> trained.contains(pair.positive())).count();
        if (known > 0) {
            notes.add(String.format(
                    Locale.ROOT,
                    "pairs of %s whose positive is also in %s: %,d of %,d",
                    devSource,
                    source,
                    known,
                    dev.size()));
        }
        PairData.knownQueries(pairs, evaluation).ifPresent(notes::add);
        return new PairData(pairs, evaluation, Optional.empty(), notes);
    }

    /** The data with the evaluation data of the settings or, without, with pairs held out. */
    PairData withoutPairs() throws X {
        if (settings.evaluation().isEmpty()) {
            return holdOut();
        }
        RetrievalData evaluation = settings.evaluation().get();
        return new PairData(
                pairs,
                evaluation,
                Optional.empty(),
                PairData.knownQueries(pairs, evaluation).stream().toList());
    }

    private PairData holdOut() throws X {
        BitSet chosen = PairEvaluation.heldOut(pairs, settings.fraction(), settings.seed());
        if (chosen.isEmpty()) {
            throw failure.apply(source + ": of " + pairs.size() + (pairs.size() == 1 ? " pair" : " pairs")
                    + " none can be held out to evaluate on, as one is to train on and pairs that are connected by"
                    + " equal texts stay together; expected more pairs, or evaluation data");
        }
        List<TextPair> dev = HeldOutChoice.part(pairs, chosen, true);
        List<TextPair> train = HeldOutChoice.part(pairs, chosen, false);
        int duplicates = pairs.size() - new HashSet<>(pairs).size();
        HeldOut heldOut = new HeldOut(dev.size(), pairs.size(), HeldOut.Unit.PAIRS, duplicates, settings.seed());
        List<String> notes = new ArrayList<>();
        notes.add(heldOut.describe(source));
        if (duplicates > 0) {
            notes.add(String.format(
                    Locale.ROOT,
                    "pairs of %s that repeat an earlier one: %,d of %,d",
                    source,
                    duplicates,
                    pairs.size()));
        }
        return new PairData(train, evaluation(dev, train, source, notes), Optional.of(heldOut), notes);
    }

    private RetrievalData evaluation(List<TextPair> dev, List<TextPair> train, String devSource, List<String> notes)
            throws X {
        RetrievalData evaluation = PairEvaluation.of(
                        dev, train.stream().map(TextPair::positive).toList(), settings.corpusLimit(), settings.seed())
                .orElseThrow(() -> failure.apply(devSource + ": every anchor to evaluate on equals its positive,"
                        + " expected different texts"));
        long equal = dev.stream()
                .filter(pair -> pair.anchor().equals(pair.positive()))
                .count();
        if (equal > 0) {
            notes.add(String.format(
                    Locale.ROOT,
                    "pairs of %s that are not evaluated, as anchor and positive are equal:" + " %,d of %,d",
                    devSource,
                    equal,
                    dev.size()));
        }
        notes.add(String.format(
                Locale.ROOT,
                "evaluated by %,d queries among %,d documents",
                evaluation.queries().size(),
                evaluation.corpus().size()));
        return evaluation;
    }
}
