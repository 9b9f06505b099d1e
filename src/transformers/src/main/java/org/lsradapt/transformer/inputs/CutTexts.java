package org.lsradapt.transformer.inputs;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts a model's inputs (texts or pairs of texts) that were cut, and the prompts that were split from their answers, because
 * they exceed the maximal length. The first cut input is logged as a warning unless a {@link Collection} is open. Safe for use by
 * many threads.
 */
public final class CutTexts {
    private static final Logger LOG = LoggerFactory.getLogger(CutTexts.class);
    private static final CutTexts ALL = new CutTexts();

    private final LongAdder inputs = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder prompted = new LongAdder();
    private final LongAdder split = new LongAdder();
    private final AtomicInteger collections = new AtomicInteger();
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile int longest;

    /** Counts an input by its length in tokens; a longer one than {@code most} was cut to it. */
    public void add(int length, int most) {
        count(length, most);
        ALL.count(length, most);
        if (length > most && collections.get() + ALL.collections.get() == 0 && warned.compareAndSet(false, true)) {
            LOG.warn(
                    "an input of {} tokens was cut to the maximal length of {}; there is no warning of further ones",
                    length,
                    most);
        }
    }

    /**
     * Counts a prompt with its answer by their length in tokens. Windows of at most {@code most} tokens have all of a longer one,
     * but not its answer together with all of its prompt.
     */
    public void addPrompted(int length, int most) {
        countPrompted(length, most);
        ALL.countPrompted(length, most);
    }

    private void countPrompted(int length, int most) {
        prompted.increment();
        if (length > most) {
            split.increment();
            longest = most;
        }
    }

    private void count(int length, int most) {
        inputs.increment();
        tokens.add(length);
        if (length > most) {
            cut.increment();
            dropped.add(length - most);
            longest = most;
        }
    }

    /** Begins to count the inputs that are cut for this model. */
    public Collection collect() {
        return new Collection();
    }

    /** Begins to count the inputs that are cut for any model of this process. */
    public static Collection collectAll() {
        return ALL.collect();
    }

    /** The counts since this object was created. While it is open, cut inputs are not logged. */
    public final class Collection implements AutoCloseable {
        private final long inputsBefore = inputs.sum();
        private final long cutBefore = cut.sum();
        private final long tokensBefore = tokens.sum();
        private final long droppedBefore = dropped.sum();
        private final long promptedBefore = prompted.sum();
        private final long splitBefore = split.sum();
        private final boolean outermost =
                collections.getAndIncrement() + (CutTexts.this == ALL ? 0 : ALL.collections.get()) == 0;

        private Collection() {}

        /** Whether no other collection was open when this one began; an outer one reports the same inputs. */
        public boolean isOutermost() {
            return outermost;
        }

        /** Returns a sentence on the inputs that were cut or split, without its full stop; empty if none were. */
        public Optional<String> sentence() {
            long apart = split.sum() - splitBefore;
            long found = cut.sum() - cutBefore;
            if (apart > 0) {
                return Optional.of(String.format(
                        Locale.ROOT,
                        "prompts with answers of more than %,d tokens, the maximal length, whose answers are read without the whole"
                                + " prompt: %,d of %,d",
                        longest,
                        apart,
                        prompted.sum() - promptedBefore));
            }
            return found == 0
                    ? Optional.empty()
                    : Optional.of(String.format(
                            Locale.ROOT,
                            "inputs of more than %,d tokens, the maximal length, that were cut: %,d of %,d, with %s of all tokens",
                            longest,
                            found,
                            inputs.sum() - inputsBefore,
                            share(dropped.sum() - droppedBefore, tokens.sum() - tokensBefore)));
        }

        @Override
        public void close() {
            collections.decrementAndGet();
        }
    }

    private static String share(long part, long whole) {
        double percent = 100.0 * part / whole;
        return percent < 0.1 ? "less than 0.1 %" : String.format(Locale.ROOT, "%.1f %%", percent);
    }
}
