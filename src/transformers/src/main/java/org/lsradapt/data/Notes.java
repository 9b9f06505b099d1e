package org.lsradapt.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Collects sentences for the owner of some data. For one thread. */
public final class Notes {
    private final List<String> all = new ArrayList<>();

    /** Returns all sentences. */
    public List<String> all() {
        return all;
    }

    /** Adds a sentence. */
    public void add(String format, Object... values) {
        all.add(String.format(Locale.ROOT, format, values));
    }

    /** Adds a sentence with a count, its first value, unless the count is 0. */
    public void addUnlessNone(long count, String format, Object... values) {
        if (count > 0) {
            add(format, Stream.concat(Stream.of(count), Stream.of(values)).toArray());
        }
    }

    /** Adds a finished sentence unless it is already there. */
    public void addOnce(String sentence) {
        if (!all.contains(sentence)) {
            all.add(sentence);
        }
    }
}
