package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** Jinja's variable {@code loop}, which also goes through the elements. */
final class Loop {
    private Iterator<Object> items;
    private long length;
    private long index0 = -1;
    private @Nullable Object after;
    private @Nullable Object current;
    private @Nullable Object before;
    private @Nullable Object changed;

    /**
     * Makes a loop.
     *
     * @param length the number of elements, negative if it is not known before they are made
     */
    Loop(Iterator<Object> items, long length) {
        this.items = items;
        this.length = length;
    }

    boolean hasNext() {
        return after != null || items.hasNext();
    }

    Object next() {
        Object next = peek();
        if (next == null) {
            throw new NoSuchElementException();
        }
        after = null;
        before = current;
        current = next;
        index0++;
        return next;
    }

    private @Nullable Object peek() {
        if (after == null && items.hasNext()) {
            after = items.next();
        }
        return after;
    }

    long length(Budget budget) {
        if (length < 0) {
            List<Object> rest = new ArrayList<>();
            while (items.hasNext()) {
                budget.items(1);
                rest.add(items.next());
            }
            items = rest.iterator();
            length = rest.size() + index0 + 1 + (after == null ? 0 : 1);
        }
        return length;
    }

    @Nullable
    Object attribute(Budget budget, String name) {
        return switch (name) {
            case "index" -> BigInteger.valueOf(index0 + 1);
            case "index0" -> BigInteger.valueOf(index0);
            case "first" -> index0 == 0;
            case "last" -> peek() == null;
            case "length" -> BigInteger.valueOf(length(budget));
            case "revindex" -> BigInteger.valueOf(length(budget) - index0);
            case "revindex0" -> BigInteger.valueOf(length(budget) - index0 - 1);
            case "depth" -> BigInteger.ONE;
            case "depth0" -> BigInteger.ZERO;
            case "previtem" -> index0 == 0 ? new Undefined("there is no previous item") : before;
            case "nextitem" -> {
                Object next = peek();
                yield next == null ? new Undefined("there is no next item") : next;
            }
            case "cycle" ->
                (Function) (spent, arguments) -> {
                    List<Object> among = arguments.positional();
                    if (among.isEmpty() || !arguments.named().isEmpty()) {
                        throw new Failure("no items for cycling given");
                    }
                    return among.get((int) (index0 % among.size()));
                };
            case "changed" ->
                (Function) (spent, arguments) -> {
                    Sequence now = new Sequence(arguments.positional(), true);
                    boolean differs = changed == null || !Operators.equal(spent, changed, now);
                    changed = now;
                    return differs;
                };
            default -> null;
        };
    }
}
