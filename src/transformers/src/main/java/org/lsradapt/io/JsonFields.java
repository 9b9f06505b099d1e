package org.lsradapt.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.io.FieldException.Mistake;
import org.lsradapt.io.internal.JsonFile;

/**
 * An object in a JSON file, whose fields are read by type. A field that is missing or of another type causes an
 * {@link IOException} that names the file, the field, and the found and expected values.
 */
public final class JsonFields {
    private static final Comparator<JsonNode> BY_VALUE = (a, b) ->
            a.isNumber() && b.isNumber() ? Double.compare(a.doubleValue(), b.doubleValue()) : a.equals(b) ? 0 : 1;

    private final String location;
    private final String path;
    private final JsonNode object;

    /**
     * Creates the fields of a file's root object.
     *
     * @param location the file, for messages
     * @param root the object, as {@link JsonFile#readObject} returns it
     */
    public JsonFields(String location, JsonNode root) {
        this(location, "", root);
    }

    private JsonFields(String location, String path, JsonNode object) {
        this.location = location;
        this.path = path;
        this.object = object;
    }

    /** Returns the fields of both objects; {@code other} wins if both have a name. Messages name the place of {@code other}. */
    public JsonFields with(JsonFields other) {
        ObjectNode both = object.deepCopy();
        other.object.properties().forEach(field -> both.set(field.getKey(), field.getValue()));
        return new JsonFields(other.location, other.path, both);
    }

    /** Whether there is a field with this name, null or not. */
    public boolean has(String name) {
        return object.has(name);
    }

    /** Whether a field is missing, null, false, or an empty string, array or object. */
    public boolean isOff(String name) {
        JsonNode value = object.get(name);
        return value == null
                || value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isContainerNode()
                        ? value.isEmpty()
                        : value.isTextual() && value.textValue().isEmpty());
    }

    /** Whether a field exists and is a string. */
    public boolean isText(String name) {
        return object.has(name) && object.get(name).isTextual();
    }

    /** The names of all fields in the order of the file. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Refuses fields with other names. */
    public void requireOnly(String... known) throws IOException {
        requireOnly(List.of(known));
    }

    /** Refuses fields with other names. */
    public void requireOnly(Collection<String> known) throws IOException {
        for (String name : names()) {
            if (!known.contains(name)) {
                throw unknown(name, known);
            }
        }
    }

    /** Returns an error of a field that is not one of those known. */
    public IOException unknown(String name, Collection<String> known) {
        return failure(name, Mistake.UNKNOWN, "not known, expected " + String.join(", ", known));
    }

    /** Refuses a value other than those listed; the field may be missing or null. Numbers are compared by their values. */
    public void requireOneOf(String name, Collection<JsonNode> values) throws IOException {
        if (!isAbsent(name) && values.stream().noneMatch(value -> value.equals(BY_VALUE, object.get(name)))) {
            throw failure(
                    name,
                    Mistake.UNSUPPORTED,
                    "found " + shortened(object.get(name).toString()) + ", which is not supported; expected "
                            + Stream.concat(values.stream(), Stream.of("null"))
                                    .map(Object::toString)
                                    .collect(Collectors.joining(", ")));
        }
    }

    /**
     * Refuses a field that is on (see {@link #isOff}).
     *
     * @param name the field
     * @param complaint the error, to follow "found …, "
     */
    public void requireOff(String name, String complaint) throws IOException {
        if (!isOff(name)) {
            throw failure(
                    name,
                    Mistake.UNSUPPORTED,
                    "found " + shortened(object.get(name).toString()) + ", " + complaint
                            + "; expected null, false or empty");
        }
    }

    /** An object. */
    public JsonFields object(String name) throws IOException {
        return new JsonFields(location, path + name + ".", field(name, JsonNode::isObject, "an object"));
    }

    /** An array of anything. */
    public JsonNode array(String name) throws IOException {
        return field(name, JsonNode::isArray, "an array");
    }

    /** An array of objects. */
    public List<JsonFields> objects(String name) throws IOException {
        List<JsonFields> objects = new ArrayList<>();
        for (JsonNode item : field(name, node -> isArrayOf(node, JsonNode::isObject), "an array of objects")) {
            objects.add(new JsonFields(location, path + name + "[" + objects.size() + "].", item));
        }
        return objects;
    }

    /** A string. */
    public String text(String name) throws IOException {
        return field(name, JsonNode::isTextual, "a string").textValue();
    }

    /** True or false. */
    public boolean flag(String name) throws IOException {
        return field(name, JsonNode::isBoolean, "true or false").booleanValue();
    }

    /** An integer that fits in an int. */
    public int integer(String name) throws IOException {
        return field(name, JsonFields::isInt, "a whole number").intValue();
    }

    /** An integer that fits in a long. */
    public long longInteger(String name) throws IOException {
        return field(name, node -> node.isIntegralNumber() && node.canConvertToLong(), "a whole number")
                .longValue();
    }

    /** A finite number. */
    public double number(String name) throws IOException {
        double value = field(name, JsonNode::isNumber, "a number").doubleValue();
        if (!Double.isFinite(value)) {
            throw failure(name, "found " + value + ", expected a finite number");
        }
        return value;
    }

    /** Like {@link #integer(String)}; a value that is missing or null is {@code otherwise}. */
    public int integer(String name, int otherwise) throws IOException {
        return isAbsent(name) ? otherwise : integer(name);
    }

    /** Like {@link #number(String)}; a value that is missing or null is {@code otherwise}. */
    public double number(String name, double otherwise) throws IOException {
        return isAbsent(name) ? otherwise : number(name);
    }

    /** Like {@link #flag(String)}; a value that is missing or null is {@code otherwise}. */
    public boolean flag(String name, boolean otherwise) throws IOException {
        return isAbsent(name) ? otherwise : flag(name);
    }

    /** Like {@link #text(String)}; a value that is missing or null is {@code otherwise}. */
    public String text(String name, String otherwise) throws IOException {
        return isAbsent(name) ? otherwise : text(name);
    }

    /** Whether a field is missing or null. */
    public boolean isAbsent(String name) {
        return object.path(name).isMissingNode() || object.path(name).isNull();
    }

    /** Whether a field is an array. */
    public boolean isArray(String name) {
        return object.path(name).isArray();
    }

    /** Whether a field is an object. */
    public boolean isObject(String name) {
        return object.path(name).isObject();
    }

    /** An array of finite numbers. */
    public List<Double> numbers(String name) throws IOException {
        List<Double> numbers = new ArrayList<>();
        for (JsonNode item : field(name, node -> isArrayOf(node, JsonNode::isNumber), "an array of numbers")) {
            if (!Double.isFinite(item.doubleValue())) {
                throw failure(name, "found " + item + ", expected finite numbers");
            }
            numbers.add(item.doubleValue());
        }
        return numbers;
    }

    /** Refuses a text other than {@code only}; the field may be missing. */
    public void requireValue(String name, String only) throws IOException {
        if (!text(name, only).equals(only)) {
            throw failure(name, "found " + text(name) + ", only " + only + " is supported");
        }
    }

    /** An array of strings. */
    public List<String> texts(String name) throws IOException {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : field(name, node -> isArrayOf(node, JsonNode::isTextual), "an array of strings")) {
            texts.add(item.textValue());
        }
        return texts;
    }

    /** An array of integers that fit in an int. */
    public List<Integer> integers(String name) throws IOException {
        List<Integer> integers = new ArrayList<>();
        for (JsonNode item : field(name, node -> isArrayOf(node, JsonFields::isInt), "an array of whole numbers")) {
            integers.add(item.intValue());
        }
        return integers;
    }

    /** An array of non-negative integers that fit in a long. */
    public long[] sizes(String name) throws IOException {
        JsonNode items = field(
                name, node -> isArrayOf(node, JsonFields::isSize), "an array of whole numbers from 0 to 2^63 - 1");
        long[] sizes = new long[items.size()];
        Arrays.setAll(sizes, i -> items.get(i).longValue());
        return sizes;
    }

    /** Converts a string; an {@link IllegalArgumentException} of the function becomes an error of the field. */
    public <T> T meaning(String name, Function<String, T> function) throws IOException {
        return meaning(name, text(name), function);
    }

    /** Like {@link #meaning(String, Function)}; a value that is missing or null is {@code otherwise}. */
    public <T> T meaning(String name, String otherwise, Function<String, T> function) throws IOException {
        String text = text(name, otherwise);
        try {
            return function.apply(text);
        } catch (IllegalArgumentException e) {
            throw failure(name, e.getMessage());
        }
    }

    /** Returns an error of a field, a {@link FieldException}. */
    public IOException failure(String name, String complaint) {
        return failure(name, Mistake.VALUE, complaint);
    }

    private FieldException failure(String name, Mistake mistake, String complaint) {
        return new FieldException(path + name, mistake, location + ": field \"" + path + name + "\": " + complaint);
    }

    /** Returns an error of the object as a whole. */
    public IOException failure(String complaint) {
        String object = path.isEmpty() ? "" : "field \"" + path.substring(0, path.length() - 1) + "\": ";
        return new IOException(location + ": " + object + complaint);
    }

    private static boolean isInt(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToInt();
    }

    private static boolean isSize(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
    }

    private static boolean isArrayOf(JsonNode node, Function<JsonNode, Boolean> type) {
        if (!node.isArray()) {
            return false;
        }
        for (JsonNode item : node) {
            if (!type.apply(item)) {
                return false;
            }
        }
        return true;
    }

    private JsonNode field(String name, Function<JsonNode, Boolean> type, String expected) throws IOException {
        JsonNode value = object.get(name);
        if (value == null) {
            throw failure(name, Mistake.MISSING, "missing, expected " + expected);
        }
        if (!type.apply(value)) {
            throw failure(name, Mistake.TYPE, "found " + shortened(value.toString()) + ", expected " + expected);
        }
        return value;
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
