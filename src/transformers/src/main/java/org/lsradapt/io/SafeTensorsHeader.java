package org.lsradapt.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.StoredType;

/**
 * The JSON header of a safetensors file, parsed and checked against the length of the data that follows it.
 *
 * @param tensors the tensors by name, in the order of the header; unmodifiable
 * @param metadata the {@code __metadata__} strings, empty if there are none; unmodifiable
 */
record SafeTensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {

    /** The one name that does not belong to a tensor. */
    static final String METADATA = "__metadata__";

    /** Reads UTF-8 only: Jackson takes a NUL among the first four bytes as a sign of another encoding. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .disable(JsonFactory.Feature.CHARSET_DETECTION)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** One tensor: its first byte, counted from the start of the data, and the byte after its last. */
    @SuppressWarnings("ArrayRecordComponent")
    record Entry(StoredType type, long[] shape, long begin, long end) implements TensorExtents.Extent {}

    /** Parses and checks a header, after which {@code dataLength} bytes follow in the file. */
    static SafeTensorsHeader parse(String location, byte[] json, long dataLength) throws IOException {
        if (json.length == 0 || json[0] != '{') {
            throw new IOException(location + ": the header does not begin with '{'");
        }
        Map<String, Entry> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals(METADATA)) {
                    JsonFields strings = described(location + ": " + METADATA, parser);
                    for (String key : strings.names()) {
                        metadata.put(key, strings.text(key));
                    }
                } else {
                    tensors.put(name, tensor(described(location + ": tensor '" + name + "'", parser)));
                }
            }
            if (parser.nextToken() != null) {
                throw new IOException(location + ": the header continues after its closing '}'");
            }
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
        SafeTensorsHeader header =
                new SafeTensorsHeader(Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
        header.checkOffsets(location, dataLength);
        return header;
    }

    /** Reads one object of the header at a time, so that no tree of all of them is in memory. */
    private static JsonFields described(String place, JsonParser parser) throws IOException {
        JsonNode described = parser.readValueAsTree();
        if (!described.isObject()) {
            throw new IOException(place + " is not described by an object");
        }
        return new JsonFields(place, described);
    }

    private static Entry tensor(JsonFields fields) throws IOException {
        fields.requireOnly("dtype", "shape", "data_offsets");
        StoredType type = fields.meaning("dtype", StoredType::named);
        long[] offsets = fields.sizes("data_offsets");
        if (offsets.length != 2) {
            throw fields.failure("data_offsets", "has " + offsets.length + " numbers, expected 2");
        }
        return new Entry(type, fields.sizes("shape"), offsets[0], offsets[1]);
    }

    /** Checks that each tensor lies in the data, has the length of its shape, and begins where the one before it ends. */
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
}
