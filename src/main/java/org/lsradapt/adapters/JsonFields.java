package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** An object in a JSON file, whose fields are read by type; a field that is missing or of another type is refused. */
final class JsonFields {

    private final String location;
    private final String path;
    private final JsonNode object;

    /** The fields of a file's root object. */
    JsonFields(String location, JsonNode root) {
        this(location, "", root);
    }

    private JsonFields(String location, String path, JsonNode object) {
        this.location = location;
        this.path = path;
        this.object = object;
    }

    boolean has(String name) {
        return object.has(name);
    }

    JsonFields object(String name) throws IOException {
        return new JsonFields(location, path + name + ".", field(name, JsonNode::isObject, "an object"));
    }

    String text(String name) throws IOException {
        return field(name, JsonNode::isTextual, "a string").textValue();
    }

    boolean flag(String name) throws IOException {
        return field(name, JsonNode::isBoolean, "true or false").booleanValue();
    }

    int integer(String name) throws IOException {
        return field(name, JsonFields::isInt, "a whole number").intValue();
    }

    long longInteger(String name) throws IOException {
        return field(name, node -> node.isIntegralNumber() && node.canConvertToLong(), "a whole number").longValue();
    }

    double number(String name) throws IOException {
        return field(name, JsonNode::isNumber, "a number").doubleValue();
    }

    List<String> texts(String name) throws IOException {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : field(name, node -> isArrayOf(node, JsonNode::isTextual), "an array of strings")) {
            texts.add(item.textValue());
        }
        return texts;
    }

    List<Integer> integers(String name) throws IOException {
        List<Integer> integers = new ArrayList<>();
        for (JsonNode item : field(name, node -> isArrayOf(node, JsonFields::isInt), "an array of whole numbers")) {
            integers.add(item.intValue());
        }
        return integers;
    }

    /** What a value means; an {@link IllegalArgumentException} of the function becomes a complaint about the field. */
    <T> T meaning(String name, Function<String, T> function) throws IOException {
        String text = text(name);
        try {
            return function.apply(text);
        } catch (IllegalArgumentException e) {
            throw failure(name, e.getMessage());
        }
    }

    IOException failure(String name, String complaint) {
        return new IOException(location + ": field \"" + path + name + "\": " + complaint);
    }

    /** A complaint about the object as a whole. */
    IOException failure(String complaint) {
        String object = path.isEmpty() ? "" : "field \"" + path.substring(0, path.length() - 1) + "\": ";
        return new IOException(location + ": " + object + complaint);
    }

    private static boolean isInt(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToInt();
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
            throw failure(name, "missing, expected " + expected);
        }
        if (!type.apply(value)) {
            throw failure(name, "found " + shortened(value.toString()) + ", expected " + expected);
        }
        return value;
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
