package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileTest {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("config.json");
    }

    private String refusal(byte[] content) throws IOException {
        Files.write(file, content);
        String message =
                assertThrows(IOException.class, () -> JsonFile.readObject(file)).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        return message.substring(file.toString().length());
    }

    /** A NUL among the first four bytes is no sign of UTF-16 or UTF-32. */
    @Test
    void readObject_nulAmongTheFirstBytes_isRefusedWithTheFile() throws IOException {
        byte[] json = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < json.length; at++) {
            for (int length = 1; length <= 3 && at + length <= json.length; length++) {
                byte[] altered = json.clone();
                for (int i = at; i < at + length; i++) {
                    altered[i] = 0;
                }
                assertTrue(refusal(altered).startsWith(", line 1: not valid JSON: "), "byte " + at);
            }
        }
    }

    @Test
    void readObject_anotherEncoding_isRefused() throws IOException {
        assertEquals(": not UTF-8 text", refusal("{}".getBytes(StandardCharsets.UTF_16)));
        assertTrue(refusal("{}".getBytes(StandardCharsets.UTF_16LE)).startsWith(", line 1: not valid JSON: "));
        assertEquals(": not UTF-8 text", refusal(new byte[] {'{', (byte) 0xff, '}'}));
    }

    @Test
    void readObject_byteOrderMark_isSkipped() throws IOException {
        Files.writeString(file, "\ufeff{\"a\": 1}");
        assertEquals(1, JsonFile.readObject(file).path("a").intValue());
    }

    @Test
    void readObject_trailingTextAndRepeatedNames_areRefused() throws IOException {
        assertTrue(refusal("{} x".getBytes(StandardCharsets.UTF_8)).startsWith(", line 1: not valid JSON: "));
        assertTrue(
                refusal("{\"a\":1,\n\"a\":2}".getBytes(StandardCharsets.UTF_8)).startsWith(", line 2: not valid"));
    }

    @Test
    void readArray_anArray_isReadAndAnythingElseRefused() throws IOException {
        Files.writeString(file, "[1, 2]");
        assertEquals(2, JsonFile.readArray(file).size());
        assertEquals(": expected a JSON object, found ARRAY", refusal("[1, 2]".getBytes(StandardCharsets.UTF_8)));
        Files.writeString(file, "{}");
        assertEquals(
                file + ": expected a JSON array, found OBJECT",
                assertThrows(IOException.class, () -> JsonFile.readArray(file)).getMessage());
    }

    @Test
    void readObject_noJson_isRefusedWithTheReason() throws IOException {
        String refusal = refusal("{\n \"a\": nil}".getBytes(StandardCharsets.UTF_8));
        assertTrue(refusal.startsWith(", line 2: not valid JSON: Unrecognized token 'nil'"), refusal);
        assertEquals(": expected a JSON object, found no text", refusal(new byte[0]));
        assertEquals(
                ", line 2: not valid JSON: Unexpected end-of-input: expected close marker for Object (start marker at"
                        + " line: 2, column: 1)",
                refusal("\n{".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void write_object_isIndentedByTwoSpacesWithPlainLineEnds() throws IOException {
        JsonFile.write(
                file,
                JsonFile.newObject().put("a", 1).set("b", JsonFile.newObject().put("c", "x")));
        assertEquals("{\n  \"a\" : 1,\n  \"b\" : {\n    \"c\" : \"x\"\n  }\n}\n", Files.readString(file));
        assertEquals("{\"a\":[1,2]}", JsonFile.line(Map.of("a", List.of(1, 2))));
    }

    /** The file has a hole of that size and takes no room on the disk. */
    @Test
    void readObject_hugeFile_isRefusedBeforeItIsRead() throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(new byte[] {'}'}), 2_200_000_000L);
        }
        assertEquals(
                file + ": 2200000001 bytes long, expected at most 64000000",
                assertThrows(IOException.class, () -> JsonFile.readObject(file)).getMessage());
    }
}
