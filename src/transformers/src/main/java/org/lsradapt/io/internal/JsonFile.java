package org.lsradapt.io.internal;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** Small JSON files, UTF-8, read strictly and written as a whole with the same bytes on every platform. */
public final class JsonFile {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Pattern SOURCE = Pattern.compile("\\[Source: REDACTED [^;]*; ([^\\]]*)\\]");

    /** Maps records, each component of which has to be there. */
    private static final JsonMapper RECORDS = MAPPER.rebuild()
            .enable(
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            // UTF-8 has no half of a surrogate pair.
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
            .build();

    private JsonFile() {}

    public static ObjectNode newObject() {
        return MAPPER.createObjectNode();
    }

    /** Converts a string, a boolean, a number, or a list or map of these to JSON. */
    public static JsonNode node(Object value) {
        return MAPPER.valueToTree(value);
    }

    /**
     * Reads a file that holds one object.
     *
     * @throws IOException if there is no such file, it cannot be read, or it is not one JSON object without repeated
     *     names; the message names the file, and the line where there is one
     */
    public static ObjectNode readObject(Path file) throws IOException {
        return object(file, BoundedFile.read(file, BoundedFile.SMALL));
    }

    /** Like {@link #readObject}, for a file whose content is already read. */
    public static ObjectNode object(Path file, byte[] content) throws IOException {
        return object(file.toString(), content);
    }

    /** Like {@link #object(Path, byte[])}, for content that is not a file; {@code file} names its place in messages. */
    public static ObjectNode object(String file, byte[] content) throws IOException {
        JsonNode root = read(file, content);
        if (!root.isObject()) {
            throw new IOException(file + ": expected a JSON object, found " + typeOf(root));
        }
        return (ObjectNode) root;
    }

    /** Like {@link #readObject}, for a file that holds one array. */
    public static ArrayNode readArray(Path file) throws IOException {
        JsonNode root = read(file.toString(), BoundedFile.read(file, BoundedFile.SMALL));
        if (!root.isArray()) {
            throw new IOException(file + ": expected a JSON array, found " + typeOf(root));
        }
        return (ArrayNode) root;
    }

    private static JsonNode read(String file, byte[] content) throws IOException {
        // Read as text: a parser of bytes takes a NUL among the first four as a sign of another encoding.
        String text = BoundedFile.text(file, content);
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            String line =
                    e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
            throw new IOException(file + line + ": not valid JSON: " + reason(e), e);
        }
    }

    /**
     * Writes an object or an array, indented by two spaces; replaces the file as a whole (see {@link AtomicFile}).
     *
     * @param file the file to create or replace, in a folder that exists
     * @throws IOException if it cannot be written; the message names the file
     */
    public static void write(Path file, JsonNode content) throws IOException {
        AtomicFile.write(file, bytes(content));
    }

    /** Returns the bytes that {@link #write} writes. */
    public static byte[] bytes(JsonNode content) throws IOException {
        return (writer().writeValueAsString(content) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Writes strings, numbers and arrays of numbers, by name, as one line of JSON. */
    public static String line(Map<String, ?> values) throws IOException {
        return MAPPER.writeValueAsString(values);
    }

    /** Writes a record of numbers, strings, and lists, maps and records of these as one line of JSON, ASCII. */
    public static byte[] bytesOf(Record value) throws IOException {
        return RECORDS.writeValueAsBytes(value);
    }

    /** Reads what {@link #bytesOf} writes; each component must be present and of its type. */
    public static <T extends Record> T record(String file, byte[] content, Class<T> type) throws IOException {
        JsonNode root = read(file, content);
        try {
            return RECORDS.treeToValue(root, type);
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": " + reason(e), e);
        }
    }

    private static ObjectWriter writer() {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
        printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
        return MAPPER.writer(printer);
    }

    private static String typeOf(JsonNode node) {
        return node.isMissingNode() ? "no text" : node.getNodeType().toString();
    }

    /** The mistake in one line, without Jackson's words about its own settings. */
    private static String reason(JsonProcessingException failure) {
        String first = failure.getOriginalMessage().lines().findFirst().orElse("");
        return SOURCE.matcher(first).replaceAll("$1");
    }
}
