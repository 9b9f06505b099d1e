package org.lsradapt.models.internal.chat;

import java.util.function.Consumer;
import java.util.function.IntFunction;

/** A text that grows within a budget. */
final class Text {
    private static final int PIECE = 4096;

    private final Budget budget;
    private final StringBuilder made = new StringBuilder();

    Text(Budget budget) {
        this.budget = budget;
    }

    Text add(String more) {
        budget.requireLength((long) made.length() + more.length());
        budget.characters(more.length());
        made.append(more);
        return this;
    }

    Text add(String more, long times) {
        if (times > 0 && !more.isEmpty()) {
            budget.requireLength(
                    made.length() + Math.multiplyExact((long) more.length(), Math.min(times, Integer.MAX_VALUE)));
            budget.characters(more.length() * times);
            made.append(more.repeat((int) times));
        }
        return this;
    }

    <T> Text addAll(Iterable<T> parts, String separator, Consumer<T> add) {
        String before = "";
        for (T part : parts) {
            add(before);
            add.accept(part);
            before = separator;
        }
        return this;
    }

    /** Adds characters in quotes, each as it is or as it is escaped. */
    Text addQuoted(String more, char quote, IntFunction<String> escape) {
        budget.work(more.length());
        StringBuilder piece = new StringBuilder().append(quote);
        more.codePoints().forEach(point -> {
            piece.append(escape.apply(point));
            if (piece.length() > PIECE) {
                add(piece.toString());
                piece.setLength(0);
            }
        });
        return add(piece.append(quote).toString());
    }

    @Override
    public String toString() {
        return made.toString();
    }
}
