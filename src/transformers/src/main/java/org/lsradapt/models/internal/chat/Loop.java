package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** Jinja's variable {@code loop}, which also goes through the elements. */
final class Loop {
    private final List<Object> items;
    private int index0 = -1;

    Loop(List<Object> items) {
        this.items = items;
    }

    boolean hasNext() {
        return index0 + 1 < items.size();
    }

    Object next() {
        return items.get(++index0);
    }

    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "index" -> BigInteger.valueOf(index0 + 1);
            case "index0" -> BigInteger.valueOf(index0);
            case "first" -> index0 == 0;
            case "last" -> !hasNext();
            case "length" -> BigInteger.valueOf(items.size());
            case "revindex" -> BigInteger.valueOf(items.size() - index0);
            case "revindex0" -> BigInteger.valueOf(items.size() - index0 - 1);
            case "previtem" -> index0 == 0 ? new Undefined("there is no previous item") : items.get(index0 - 1);
            case "nextitem" -> hasNext() ? items.get(index0 + 1) : new Undefined("there is no next item");
            case "cycle", "changed", "depth", "depth0" -> throw new Failure("loop." + name + " is not supported");
            default -> null;
        };
    }
}
