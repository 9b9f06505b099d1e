package org.lsradapt.data.files;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.lsradapt.data.rules.LabelSet;
import org.lsradapt.data.rules.Quoted;

/** One line of a JSON-lines file, or one element of a JSON array: an object whose fields are read with their location in the file. */
public final class JsonRow implements DataRow {

    /** Converts one line to examples. */
    @FunctionalInterface
    public interface Extractor<T> {
        /**
         * Returns the examples of one row, at least one.
         *
         * @param number the number of the row in the file, from 0
         * @throws IOException if a field is missing or has an unexpected value
         */
        List<T> examples(JsonRow row, int number) throws IOException;
    }

    private static final ObjectReader READER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build()
            .readerFor(JsonNode.class);

    /** More follows an element of an array. */
    private static final ObjectReader ELEMENTS = READER.without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** The file and line; the file alone for a whole document. */
    private final String place;

    private final JsonNode object;
    private final String path;

    private JsonRow(String place, JsonNode object, String path) {
        this.place = place;
        this.object = object;
        this.path = path;
    }

    /** Reads all lines of a file as {@link #readAll(TextSource, Extractor)} does. */
    public static <T> List<T> readAll(Path file, Extractor<T> extractor) throws IOException {
        return readAll(TextSource.of(file), extractor);
    }

    /**
     * Reads all lines of a text, or the elements of a JSON array. Empty lines at the end are ignored.
     *
     * @return the examples in the order of the lines, at least one
     * @throws IOException if there is none, a line or an element is not one JSON object, or the extractor refuses it
     */
    public static <T> List<T> readAll(TextSource source, Extractor<T> extractor) throws IOException {
        try (LineReader lines = source.open()) {
            List<T> examples = new ArrayList<>();
            if (lines.begins('[')) {
                readArray(lines, extractor, examples);
            } else {
                readLines(lines, extractor, examples);
            }
            if (examples.isEmpty()) {
                throw new IOException(source + ": the file is empty, expected one JSON object per line");
            }
            return examples;
        }
    }

    private static <T> void readLines(LineReader lines, Extractor<T> extractor, List<T> examples) throws IOException {
        int emptyLine = 0;
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                emptyLine = emptyLine == 0 ? lines.lineNumber() : emptyLine;
            } else if (emptyLine != 0) {
                throw lines.failure(emptyLine, "found an empty line, expected a JSON object");
            } else {
                examples.addAll(extractor.examples(parse(line, lines), lines.lineNumber() - 1));
            }
        }
    }

    private static <T> void readArray(LineReader lines, Extractor<T> extractor, List<T> examples) throws IOException {
        try (JsonParser parser = ELEMENTS.createParser(lines.characters())) {
            parser.nextToken();
            int number = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                int line = parser.currentTokenLocation().getLineNr();
                JsonNode node = ELEMENTS.readTree(parser);
                if (node == null || !node.isObject()) {
                    throw lines.failure(
                            line,
                            "found " + Quoted.shortened(String.valueOf(node)) + " in the array, expected JSON objects");
                }
                examples.addAll(extractor.examples(new JsonRow(lines.file() + ", line " + line, node, ""), number++));
            }
            if (parser.nextToken() != null) {
                throw lines.failure(
                        parser.currentTokenLocation().getLineNr(), "found more after the array, expected its end");
            }
        } catch (JsonProcessingException | NumberFormatException e) {
            throw invalid(
                    lines,
                    e,
                    e instanceof JsonProcessingException json && json.getLocation() != null
                            ? json.getLocation().getLineNr()
                            : lines.lineNumber());
        }
    }

    /**
     * Reads a file that is one JSON object, over any number of lines.
     *
     * @return the object; empty if the first line is a complete object without the field, as in JSON lines,
     *     or an array begins
     * @throws IOException if the file is neither, or is empty
     */
    public static Optional<JsonRow> document(TextSource file, String field) throws IOException {
        try (LineReader lines = file.open()) {
            if (lines.begins('[')) {
                return Optional.empty();
            }
            StringBuilder text = new StringBuilder();
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (text.isEmpty() && isObjectWithout(field, line)) {
                    return Optional.empty();
                }
                text.append(line).append('\n');
            }
            if (text.toString().isBlank()) {
                throw new IOException(file + ": the file is empty, expected a JSON object");
            }
            if (!text.toString().stripLeading().startsWith("{")) {
                throw new IOException(
                        file + ": found " + Quoted.shortened(text.toString()) + ", expected a JSON object");
            }
            JsonNode node = READER.readTree(text.toString());
            return Optional.of(new JsonRow(file.toString(), node, ""));
        } catch (JsonProcessingException e) {
            throw new IOException(
                    file + ": this is not valid JSON: "
                            + e.getOriginalMessage().lines().findFirst().orElse("") + " (line "
                            + e.getLocation().getLineNr() + ")",
                    e);
        }
    }

    private static boolean isObjectWithout(String field, String line) {
        try {
            JsonNode node = READER.readTree(line);
            return node.isObject() && !node.has(field);
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    @Override
    public String text(String field) throws IOException {
        return field(field, JsonNode::isTextual, "a string").textValue();
    }

    @Override
    public List<String> texts(String field) throws IOException {
        if (!field(field).isArray()) {
            return List.of(text(field));
        }
        return StreamSupport.stream(
                        field(field, JsonRow::hasTexts, "a string or an array of strings")
                                .spliterator(),
                        false)
                .map(JsonNode::textValue)
                .toList();
    }

    private static boolean hasTexts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).allMatch(JsonNode::isTextual);
    }

    @Override
    public List<Double> numbers(String field) throws IOException {
        if (!field(field).isArray()) {
            return DataRow.super.numbers(field);
        }
        List<Double> numbers = new ArrayList<>();
        for (JsonNode value : field(field, JsonRow::hasNumbers, "a number or an array of numbers")) {
            numbers.add(number(field, written(value)));
        }
        return numbers;
    }

    private static boolean hasNumbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).allMatch(JsonNode::isNumber);
    }

    /** Returns a field as a whole number. */
    public int integer(String field) throws IOException {
        return field(field, value -> value.isIntegralNumber() && value.canConvertToInt(), "a whole number")
                .intValue();
    }

    /** Returns a field that is an object. */
    public JsonRow object(String field) throws IOException {
        return new JsonRow(place, field(field, JsonNode::isObject, "an object"), path + field + ".");
    }

    @Override
    public boolean isArray(String field) throws IOException {
        return field(field).isArray();
    }

    /** The objects of an array. An array inside it is an object with the given fields in this order. */
    public List<JsonRow> objects(String field, List<String> names) throws IOException {
        String expected = "an array of objects with " + String.join(", ", names);
        List<JsonRow> objects = new ArrayList<>();
        for (JsonNode value : field(field, JsonNode::isArray, expected)) {
            JsonNode made = value;
            if (value.isArray() && value.size() == names.size()) {
                ObjectNode named = JsonNodeFactory.instance.objectNode();
                for (int i = 0; i < names.size(); i++) {
                    named.set(names.get(i), value.get(i));
                }
                made = named;
            }
            if (!made.isObject()) {
                throw failure(field, "has " + Quoted.shortened(value.toString()) + ", expected " + expected);
            }
            objects.add(new JsonRow(place, made, path + field + "[" + objects.size() + "]."));
        }
        return objects;
    }

    /** The class index of the field "label". */
    public int label(LabelSet labels) throws IOException {
        String value = field("label").isValueNode()
                ? written(field("label"))
                : field("label").toString();
        return labels.parse(value).orElseThrow(() -> failure(labels.complaint(value)));
    }

    /** The field as a table would hold it: a string, a number, true or false. */
    @Override
    public String label(String field) throws IOException {
        field(
                field,
                value -> value.isTextual() || value.isNumber() || value.isBoolean(),
                "a string, a number, true or false");
        return written(field(
                field, value -> !value.isNumber() || Double.isFinite(value.doubleValue()), "a finite decimal number"));
    }

    /** The shortest text of a double with the same value to the last digit, otherwise all digits of the number. */
    private static String written(JsonNode value) {
        if (!value.isBigDecimal()) {
            return value.asText();
        }
        String nearest = Double.toString(value.doubleValue());
        return Double.isFinite(value.doubleValue()) && new BigDecimal(nearest).compareTo(value.decimalValue()) == 0
                ? nearest
                : value.decimalValue().stripTrailingZeros().toString();
    }

    /** Describes the place of this row. */
    public String place() {
        return place;
    }

    /** Whether the row has a field of this name that is not null. */
    @Override
    public boolean has(String field) {
        return object.hasNonNull(field);
    }

    @Override
    public List<String> columns() {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Override
    public IOException failure(String message) {
        return new IOException(place + ": " + message);
    }

    @Override
    public IOException failure(String field, String message) {
        return failure("field \"" + path + field + "\" " + message);
    }

    private JsonNode field(String field) throws IOException {
        JsonNode value = object.get(field);
        if (value == null) {
            throw failure("there is no field \"" + path + field + "\", found "
                    + Quoted.shortened(String.join(", ", columns())));
        }
        return value;
    }

    private JsonNode field(String field, Predicate<JsonNode> fits, String expected) throws IOException {
        JsonNode value = field(field);
        if (!fits.test(value)) {
            throw failure(field, "is " + Quoted.shortened(value.toString()) + ", expected " + expected);
        }
        return value;
    }

    private static JsonRow parse(String line, LineReader lines) throws IOException {
        if (!line.stripLeading().startsWith("{")) {
            throw lines.failure("found " + Quoted.shortened(line) + ", expected a JSON object");
        }
        JsonNode node;
        try {
            node = READER.readTree(line);
        } catch (JsonProcessingException | NumberFormatException e) {
            throw invalid(lines, e, lines.lineNumber());
        }
        return new JsonRow(lines.file() + ", line " + lines.lineNumber(), node, "");
    }

    private static IOException invalid(LineReader lines, Exception e, int line) {
        IOException failure = lines.failure(
                line,
                e instanceof JsonProcessingException json
                        ? "this is not valid JSON: "
                                + json.getOriginalMessage().lines().findFirst().orElse("")
                        : "found a number whose exponent has too many digits, expected finite numbers");
        failure.initCause(e);
        return failure;
    }
}
