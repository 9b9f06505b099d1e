package org.lsradapt.io;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The metadata of a GGUF file, read by type. A value that is missing or of another type causes an {@link IOException}
 * that names the file, the key, and the found and expected values.
 *
 * <p>Immutable; valid after the file is closed.
 */
public final class GgufMetadata {
    private final String location;
    private final Map<String, Object> values;

    GgufMetadata(String location, Map<String, Object> values) {
        this.location = location;
        this.values = values;
    }

    /** All keys, in the order of the file; unmodifiable. */
    public Set<String> keys() {
        return Collections.unmodifiableSet(values.keySet());
    }

    /** Whether there is a value with this key. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** A string. */
    public String text(String key) throws IOException {
        if (value(key) instanceof String text) {
            return text;
        }
        throw unexpected(key, "a string");
    }

    /** Like {@link #text(String)}; a value that is missing is {@code otherwise}. */
    public String text(String key, String otherwise) throws IOException {
        return has(key) ? text(key) : otherwise;
    }

    /** An integer that fits in an int, stored in any of the format's integer types. */
    public int integer(String key) throws IOException {
        if (isInt(value(key))) {
            return ((Long) value(key)).intValue();
        }
        throw unexpected(key, "a whole number of 32 bits");
    }

    /** Like {@link #integer(String)}; a value that is missing is {@code otherwise}. */
    public int integer(String key, int otherwise) throws IOException {
        return has(key) ? integer(key) : otherwise;
    }

    /**
     * A number of any type. A 32-bit number becomes the number of its shortest decimal form: a configuration's 1e-5
     * comes back as 1e-5, not as 9.999999747378752e-6.
     */
    public double number(String key) throws IOException {
        Object value = value(key);
        if (value instanceof Float single) {
            return Double.parseDouble(single.toString());
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw unexpected(key, "a number");
    }

    /** Like {@link #number(String)}; a value that is missing is {@code otherwise}. */
    public double number(String key, double otherwise) throws IOException {
        return has(key) ? number(key) : otherwise;
    }

    /** True or false. */
    public boolean flag(String key) throws IOException {
        if (value(key) instanceof Boolean flag) {
            return flag;
        }
        throw unexpected(key, "true or false");
    }

    /** Like {@link #flag(String)}; a value that is missing is {@code otherwise}. */
    public boolean flag(String key, boolean otherwise) throws IOException {
        return has(key) ? flag(key) : otherwise;
    }

    /** An array of strings, unmodifiable. */
    public List<String> texts(String key) throws IOException {
        if (value(key) instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw unexpected(key, "an array of strings");
    }

    /** An array of integers that fit in an int; new. */
    public int[] integers(String key) throws IOException {
        GgufValue.Numbers numbers = numbersOf(key, "an array of whole numbers of 32 bits");
        int[] integers = new int[numbers.size()];
        for (int i = 0; i < integers.length; i++) {
            if (!isInt(numbers.get(i))) {
                throw unexpected(key, "an array of whole numbers of 32 bits");
            }
            integers[i] = ((Long) numbers.get(i)).intValue();
        }
        return integers;
    }

    /** An array of numbers of any type; new. */
    public float[] numbers(String key) throws IOException {
        GgufValue.Numbers numbers = numbersOf(key, "an array of numbers");
        float[] singles = new float[numbers.size()];
        for (int i = 0; i < singles.length; i++) {
            if (!(numbers.get(i) instanceof Number number)) {
                throw unexpected(key, "an array of numbers");
            }
            singles[i] = number.floatValue();
        }
        return singles;
    }

    private GgufValue.Numbers numbersOf(String key, String expected) throws IOException {
        if (value(key) instanceof GgufValue.Numbers numbers) {
            return numbers;
        }
        throw unexpected(key, expected);
    }

    private static boolean isInt(Object value) {
        return value instanceof Long number && number.intValue() == number;
    }

    Object value(String key) throws IOException {
        Object value = values.get(key);
        if (value == null) {
            throw failure(key, "missing");
        }
        return value;
    }

    /** Returns an error of a value. */
    public IOException failure(String key, String complaint) {
        return new IOException(location + ": metadata \"" + key + "\": " + complaint);
    }

    private IOException unexpected(String key, String expected) {
        return failure(key, "found " + described(values.get(key)) + ", expected " + expected);
    }

    private static String described(Object value) {
        if (value instanceof List<?> list) {
            return "an array of " + list.size()
                    + (list.stream().allMatch(String.class::isInstance) ? " strings" : " arrays");
        }
        if (value instanceof String text) {
            return "\"" + (text.length() <= 100 ? text : text.substring(0, 100) + "...") + "\"";
        }
        return value.toString();
    }
}
