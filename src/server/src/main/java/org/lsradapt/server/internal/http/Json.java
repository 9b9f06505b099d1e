package org.lsradapt.server.internal.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Answers in JSON. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                    .build())
            .build();

    private static final int INITIAL_BYTES = 1 << 10;

    private Json() {}

    /** Returns values as a line of UTF-8. */
    public static byte[] bytes(Object values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(INITIAL_BYTES);
        // Not Jackson's own UTF-8, which escapes characters beyond 16 bits.
        try (Writer text = new OutputStreamWriter(bytes, StandardCharsets.UTF_8)) {
            MAPPER.writeValue(text, values);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    public static String text(Object values) {
        try {
            return MAPPER.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a failure as OpenAI shapes it. */
    public static Map<String, Object> of(ApiException failure) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("message", failure.getMessage());
        error.put("type", failure.type());
        error.put("param", failure.parameter().orElse(null));
        error.put("code", failure.code());
        return Map.of("error", error);
    }
}
