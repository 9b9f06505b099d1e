package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Safe;
import org.lsradapt.models.internal.chat.Values.Sequence;

/** The filter {@code tojson} of transformers: Python's {@code json.dumps}. */
final class Json {
    private static final int WIDEST = 1000;

    private final Budget budget;
    private final Text text;
    private final boolean isAscii;
    private final @Nullable String indent;
    private final String betweenItems;
    private final String behindKey;
    private final boolean sorts;

    private Json(Budget budget, Object... given) {
        this.budget = budget;
        this.text = new Text(budget);
        this.isAscii = Filters.isTrue(given[0]);
        this.indent = Filters.isGiven(given[1]) ? indent(given[1]) : null;
        this.sorts = Filters.isTrue(given[3]);
        if (!Filters.isGiven(given[2])) {
            this.betweenItems = indent == null ? ", " : ",";
            this.behindKey = ": ";
        } else {
            List<Object> separators = Access.list(budget, given[2]);
            if (separators.size() != 2) {
                throw new Failure("tojson: expected two separators, found " + separators.size());
            }
            this.betweenItems = Texts.string(separators.get(0));
            this.behindKey = Texts.string(separators.get(1));
        }
    }

    static String dumps(Budget budget, Object value, Object... given) {
        Json json = new Json(budget, given);
        json.add(value, 0);
        return json.text.toString();
    }

    private static String indent(Object indent) {
        if (indent instanceof String spaces) {
            return spaces;
        }
        BigInteger spaces = Texts.integer(indent);
        if (spaces.bitLength() > 31 || spaces.intValue() > WIDEST) {
            throw new Failure("tojson: indent is " + spaces + ", expected " + WIDEST + " at most");
        }
        return " ".repeat(Math.max(0, spaces.intValue()));
    }

    private void add(Object value, int depth) {
        if (value instanceof Sequence list && list.isListOrTuple()) {
            addAll("[]", depth, list.items(), item -> add(item, depth + 1));
        } else if (value instanceof Dict map) {
            addAll("{}", depth, entries(map), entry -> {
                addString(entry.key() instanceof String name ? name : literal(entry.key()));
                text.add(behindKey);
                add(entry.value(), depth + 1);
            });
        } else if (value instanceof String || value instanceof Safe) {
            addString(Formats.str(budget, value));
        } else {
            text.add(literal(value));
        }
    }

    private <T> void addAll(String brackets, int depth, List<T> parts, Consumer<T> add) {
        budget.down();
        text.add(brackets.substring(0, 1));
        text.addAll(parts, betweenItems, part -> {
            newLine(depth + 1);
            add.accept(part);
        });
        if (!parts.isEmpty()) {
            newLine(depth);
        }
        text.add(brackets.substring(1));
        budget.up();
    }

    private static String literal(Object value) {
        if (value instanceof None) {
            return "null";
        }
        if (value instanceof Double number) {
            return Formats.real(number);
        }
        if (value instanceof Boolean || value instanceof BigInteger) {
            return value.toString();
        }
        throw new Failure("Object of type " + Values.type(value) + " is not JSON serializable");
    }

    private List<Dict.Entry> entries(Dict map) {
        List<Dict.Entry> entries = new ArrayList<>();
        budget.items(map.size());
        map.entries().forEach(entries::add);
        if (sorts) {
            entries.sort((x, y) -> Filters.order(budget, x.key(), y.key()));
        }
        return entries;
    }

    private void newLine(int depth) {
        if (indent != null) {
            text.add("\n").add(indent, depth);
        }
    }

    private void addString(String string) {
        text.addQuoted(string, '"', point -> {
            int simple = "\"\\\n\r\t\f\b".indexOf(point);
            if (simple >= 0) {
                return "\\" + "\"\\nrtfb".charAt(simple);
            }
            if (point >= ' ' && (!isAscii || point <= '~')) {
                return Character.toString(point);
            }
            StringBuilder escaped = new StringBuilder();
            for (char c : Character.toChars(point)) {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
            return escaped.toString();
        });
    }
}
