package org.lsradapt.adapters;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;

/**
 * A method as users write it: a name, optionally a number, and optional settings, such as {@code cdka:4:alpha=64}.
 * Immutable.
 *
 * @param name the part before the first colon
 * @param number the second part if it is a number, usually a rank
 * @param settings the other parts, by name
 */
public record MethodText(String label, String name, Optional<Integer> number, Map<String, String> settings) {

    /** Parses a method; an exception names a part after the name that is neither a number nor a setting. */
    public static MethodText parse(String label) {
        String[] parts = label.split(":", -1);
        Optional<Integer> number = Optional.empty();
        Map<String, String> settings = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals > 0) {
                String name = parts[i].substring(0, equals);
                Require.argument(
                        settings.put(name, parts[i].substring(equals + 1)) == null,
                        "method %s: the setting %s is given twice, expected once",
                        label,
                        name);
            } else {
                Require.argument(
                        i == 1 && parts[i].matches("0|[1-9]\\d{0,5}"),
                        "method %s: '%s' is not a rank, expected one as in lora:2, or a setting as in"
                                + " lora:2:lr=0.001",
                        label,
                        parts[i]);
                number = Optional.of(Integer.valueOf(parts[i]));
            }
        }
        return new MethodText(label, parts[0], number, settings);
    }

    /** Returns the number, which must be at least 1, or the default. */
    public int number(int otherwise) {
        Require.argument(number.orElse(1) >= 1, "method %s: '0' is not a rank, expected one as in %s:2", label, name);
        return number.orElse(otherwise);
    }

    /** Returns a setting that is a whole number, or the default. */
    public int integer(String setting, int otherwise) {
        String text = settings.get(setting);
        if (text == null) {
            return otherwise;
        }
        Require.argument(
                text.matches("\\d{1,6}"),
                "method %s: %s is '%s', expected a whole number of at most six digits",
                label,
                setting,
                text);
        return Integer.parseInt(text);
    }

    /** Returns a setting of whole numbers separated by plus signs, such as {@code 6+64}, or the default. */
    public List<Integer> integers(String setting, List<Integer> otherwise) {
        String text = settings.get(setting);
        if (text == null) {
            return otherwise;
        }
        Require.argument(
                text.matches("\\d{1,6}(\\+\\d{1,6})*"),
                "method %s: %s is '%s', expected whole numbers such as 6+64+16",
                label,
                setting,
                text);
        return Arrays.stream(text.split("\\+", -1)).map(Integer::valueOf).toList();
    }

    /** Returns a setting that is a number, or the default. */
    public double real(String setting, double otherwise) {
        String text = settings.get(setting);
        if (text == null) {
            return otherwise;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "method " + label + ": " + setting + " is '" + text + "', expected a number", e);
        }
    }

    /** Throws an {@link IllegalArgumentException} if a setting has any other name than these. */
    MethodText require(List<String> names) {
        for (String setting : settings.keySet()) {
            Require.argument(
                    names.contains(setting),
                    "method %s: unknown setting '%s', expected one of %s",
                    label,
                    setting,
                    String.join(", ", names));
        }
        return this;
    }
}
