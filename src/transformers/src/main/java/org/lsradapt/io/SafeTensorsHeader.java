package org.lsradapt.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.StoredType;

/**
 * The JSON header of a safetensors file, parsed and checked against the length of the data that follows it.
 *
 * @param tensors by name, in the order of the header; unmodifiable
 * @param metadata the {@code __metadata__} strings, empty if there are none; unmodifiable
 */
record SafeTensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {

    /** The one name that is no tensor. */
    static final String METADATA = "__metadata__";

    /** UTF-8 alone: Jackson takes a NUL among the first four bytes for a sign of another encoding. */
    private static final JsonFactory JSON =
            JsonFactory.builder().disable(JsonFactory.Feature.CHARSET_DETECTION).build();

    /**
     * One tensor.
     *
     * @param begin first byte, counted from the start of the data
     * @param end byte after the last
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Entry(StoredType type, long[] shape, long begin, long end) implements TensorExtents.Extent {}

    /**
     * Parses and checks a header.
     *
     * @param location the file, for messages
     * @param json the header
     * @param dataLength bytes that follow the header in the file
     * @throws IOException if the header breaks a rule of the format
     */
    static SafeTensorsHeader parse(String location, byte[] json, long dataLength) throws IOException {
        if (json.length == 0 || json[0] != '{') {
            throw new IOException(location + ": the header does not begin with '{'");
        }
        SafeTensorsHeader header;
        try (JsonParser parser = JSON.createParser(json)) {
            header = new Reader(location, parser).read();
        } catch (JsonProcessingException e) {
            throw new IOException(
                    location + ": the header is not valid JSON near its byte "
                            + Math.max(
                                    0,
                                    e.getLocation() == null
                                            ? 0
                                            : e.getLocation().getByteOffset()) + ": "
                            + e.getOriginalMessage(),
                    e);
        }
        header.checkOffsets(location, dataLength);
        return header;
    }

    /** Each tensor must lie in the data, have the length of its shape, and begin where the one before it ends. */
    private void checkOffsets(String location, long dataLength) throws IOException {
        for (Map.Entry<String, Entry> named : tensors.entrySet()) {
            checkExtent(TensorExtents.place(location, named.getKey(), named.getValue()), named.getValue(), dataLength);
        }
        TensorExtents.check(location, tensors, 1, dataLength);
    }

    private static void checkExtent(String place, Entry entry, long dataLength) throws IOException {
        if (entry.begin() < 0 || entry.begin() > entry.end()) {
            throw new IOException(place + " has offsets that are no range");
        }
        TensorExtents.requireInside(place, entry, dataLength);
        long needed;
        try {
            needed = Math.multiplyExact(
                    ArrayBytes.elements(entry.shape()), entry.type().bytes());
        } catch (ArithmeticException e) {
            throw new IOException(place + " has shape " + Arrays.toString(entry.shape()) + ", which is too large", e);
        }
        if (needed != entry.end() - entry.begin()) {
            throw new IOException(place + " is " + (entry.end() - entry.begin()) + " bytes long, but shape "
                    + Arrays.toString(entry.shape()) + " of " + entry.type() + " takes " + needed);
        }
    }

    /** Walks the JSON, so that each complaint can name its tensor and duplicate names do not go unseen. */
    private static final class Reader {
        private final String location;
        private final JsonParser parser;
        private final Map<String, Entry> tensors = new LinkedHashMap<>();
        private Map<String, String> metadata;

        Reader(String location, JsonParser parser) {
            this.location = location;
            this.parser = parser;
        }

        SafeTensorsHeader read() throws IOException {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(METADATA)) {
                    readMetadata();
                } else if (tensors.put(name, readTensor(name)) != null) {
                    throw new IOException(location + ": the header names tensor '" + name + "' twice");
                }
            }
            if (parser.nextToken() != null) {
                throw new IOException(location + ": the header goes on after its closing '}'");
            }
            return new SafeTensorsHeader(
                    Collections.unmodifiableMap(tensors),
                    metadata == null ? Map.of() : Collections.unmodifiableMap(metadata));
        }

        private void readMetadata() throws IOException {
            if (metadata != null) {
                throw new IOException(location + ": the header names " + METADATA + " twice");
            }
            if (!parser.isExpectedStartObjectToken()) {
                throw new IOException(location + ": " + METADATA + " is not an object");
            }
            metadata = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    throw new IOException(location + ": " + METADATA + " '" + key + "' is not a string");
                }
                if (metadata.put(key, parser.getText()) != null) {
                    throw new IOException(location + ": " + METADATA + " names '" + key + "' twice");
                }
            }
        }

        private Entry readTensor(String name) throws IOException {
            String place = location + ": tensor '" + name + "'";
            if (!parser.isExpectedStartObjectToken()) {
                throw new IOException(place + " is not described by an object");
            }
            StoredType type = null;
            long[] shape = null;
            long[] offsets = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                if (field.equals("dtype") && type == null) {
                    type = readType(place);
                } else if (field.equals("shape") && shape == null) {
                    shape = readNumbers(place + " shape");
                } else if (field.equals("data_offsets") && offsets == null) {
                    offsets = readNumbers(place + " data_offsets");
                } else {
                    throw new IOException(
                            place + " has field '" + field + "', expected dtype, shape and data_offsets, once each");
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw new IOException(
                        place + " has no " + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
            }
            if (offsets.length != 2) {
                throw new IOException(place + " data_offsets has " + offsets.length + " numbers, expected 2");
            }
            return new Entry(type, shape, offsets[0], offsets[1]);
        }

        private StoredType readType(String place) throws IOException {
            String text = parser.getText();
            for (StoredType type : StoredType.values()) {
                if (type.name().equals(text)) {
                    return type;
                }
            }
            throw new IOException(
                    place + " has dtype '" + text + "', expected one of " + Arrays.toString(StoredType.values()));
        }

        private long[] readNumbers(String place) throws IOException {
            if (!parser.isExpectedStartArrayToken()) {
                throw new IOException(place + " is not an array");
            }
            List<Long> numbers = new ArrayList<>();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                long number = -1;
                if (token == JsonToken.VALUE_NUMBER_INT
                        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                    number = parser.getLongValue();
                }
                if (number < 0) {
                    throw new IOException(
                            place + " holds " + parser.getText() + ", expected whole numbers from 0 to 2^63 - 1");
                }
                numbers.add(number);
            }
            return numbers.stream().mapToLong(Long::longValue).toArray();
        }
    }
}
