package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
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
        this.isAscii = given[0] != null && Operators.truth(given[0]);
        this.indent = given[1] == null || given[1] instanceof None ? null : indent(given[1]);
        this.sorts = given[3] != null && Operators.truth(given[3]);
        if (given[2] == null || given[2] instanceof None) {
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

    static String dumps(Budget budget, Object value, Arguments arguments) {
        Json json = new Json(budget, arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys"));
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
        if (value instanceof String string) {
            addString(string);
        } else if (value instanceof Safe safe) {
            addString(safe.text());
        } else if (value instanceof Boolean || value instanceof None || value instanceof Number) {
            text.add(literal(value));
        } else if (value instanceof Sequence list) {
            budget.down();
            addItems(list, depth);
            budget.up();
        } else if (value instanceof Dict map) {
            budget.down();
            addMap(map, depth);
            budget.up();
        } else {
            throw new Failure("Object of type " + Values.type(value) + " is not JSON serializable");
        }
    }

    private static String literal(Object value) {
        if (value instanceof Boolean || value instanceof None) {
            return value == None.NONE ? "null" : value.toString();
        }
        if (value instanceof Double number && (number.isNaN() || number.isInfinite())) {
            return number.isNaN() ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        }
        return value instanceof Double number ? Formats.real(number) : value.toString();
    }

    private void addItems(Sequence list, int depth) {
        text.add("[");
        String separator = "";
        for (Object item : list.items()) {
            text.add(separator);
            newLine(depth + 1);
            add(item, depth + 1);
            separator = betweenItems;
        }
        if (!list.items().isEmpty()) {
            newLine(depth);
        }
        text.add("]");
    }

    private void addMap(Dict map, int depth) {
        text.add("{");
        String separator = "";
        for (Iterator<Dict.Entry> entries = entries(map); entries.hasNext(); separator = betweenItems) {
            Dict.Entry entry = entries.next();
            text.add(separator);
            newLine(depth + 1);
            Object key = entry.key();
            if (!(key instanceof String
                    || key instanceof Safe
                    || key instanceof Number
                    || key instanceof Boolean
                    || key instanceof None)) {
                throw new Failure("keys must be str, int, float, bool or None, not " + Values.type(key));
            }
            addString(key instanceof String name ? name : key instanceof Safe safe ? safe.text() : literal(key));
            text.add(behindKey);
            add(entry.value(), depth + 1);
        }
        if (map.size() > 0) {
            newLine(depth);
        }
        text.add("}");
    }

    private Iterator<Dict.Entry> entries(Dict map) {
        if (!sorts) {
            return map.entries().iterator();
        }
        List<Dict.Entry> sorted = new ArrayList<>();
        budget.items(map.size());
        map.entries().forEach(sorted::add);
        sorted.sort((x, y) -> Sequences.order(budget, x.key(), y.key()));
        return sorted.iterator();
    }

    private void newLine(int depth) {
        if (indent != null) {
            text.add("\n").add(indent, depth);
        }
    }

    private void addString(String string) {
        budget.work(string.length());
        StringBuilder quoted = new StringBuilder(string.length() + 2).append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            int simple = "\"\\\n\r\t\f\b".indexOf(c);
            if (simple >= 0) {
                quoted.append('\\').append("\"\\nrtfb".charAt(simple));
            } else if (c < ' ' || (isAscii && c > '~')) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
            if (quoted.length() > 4096) {
                text.add(quoted.toString());
                quoted.setLength(0);
            }
        }
        text.add(quoted.append('"').toString());
    }
}
