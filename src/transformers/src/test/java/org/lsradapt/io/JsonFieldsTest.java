package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.internal.JsonFile;

class JsonFieldsTest {

    private static JsonFields fields(String json) {
        try {
            return new JsonFields("c.json", new ObjectMapper().readTree(json.replace('\'', '"')));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals("c.json: " + message, assertThrows(IOException.class, call).getMessage());
    }

    @Test
    void values_ofTheirTypes_areRead() throws IOException {
        JsonFields fields = fields("{'t': 'x', 'yes': true, 'no': false, 'i': -2147483648, 'l': 9223372036854775807,"
                + " 'd': 0.25, 'texts': ['b', 'a'], 'ints': [3, 1], 'any': [1, 'a'], 'none': null}");
        assertEquals("x", fields.text("t"));
        assertTrue(fields.flag("yes"));
        assertFalse(fields.flag("no"));
        assertEquals(Integer.MIN_VALUE, fields.integer("i"));
        assertEquals(Long.MAX_VALUE, fields.longInteger("l"));
        assertEquals(0.25, fields.number("d"));
        assertEquals(List.of("b", "a"), fields.texts("texts"));
        assertEquals(List.of(3, 1), fields.integers("ints"));
        assertEquals(2, fields.array("any").size());
        assertTrue(fields.isText("t"));
        assertFalse(fields.isText("i"));
        assertFalse(fields.isText("gone"));
        assertTrue(fields.has("none"));
        assertFalse(fields.has("gone"));
        assertEquals(List.of("t", "yes", "no", "i", "l", "d", "texts", "ints", "any", "none"), fields.names());
    }

    @Test
    void values_missingOrOfAnotherType_areRefusedWithTheField() {
        JsonFields fields = fields("{'x': 1.5, 'big': 2147483648, 'huge': 9223372036854775808, 't': 'a',"
                + " 'mixed': ['a', 1], 'ints': [1, 2147483648], 'objects': [{}, 3], 'infinite': 1e999}");
        assertRefused("field \"gone\": missing, expected a string", () -> fields.text("gone"));
        assertRefused("field \"x\": found 1.5, expected a string", () -> fields.text("x"));
        assertRefused("field \"x\": found 1.5, expected true or false", () -> fields.flag("x"));
        assertRefused("field \"x\": found 1.5, expected a whole number", () -> fields.integer("x"));
        assertRefused("field \"x\": found 1.5, expected a whole number", () -> fields.longInteger("x"));
        assertRefused("field \"big\": found 2147483648, expected a whole number", () -> fields.integer("big"));
        assertRefused(
                "field \"huge\": found 9223372036854775808, expected a whole number", () -> fields.longInteger("huge"));
        assertRefused("field \"t\": found \"a\", expected a number", () -> fields.number("t"));
        assertRefused("field \"infinite\": found Infinity, expected a finite number", () -> fields.number("infinite"));
        assertRefused("field \"x\": found 1.5, expected an array", () -> fields.array("x"));
        assertRefused("field \"x\": found 1.5, expected an object", () -> fields.object("x"));
        assertRefused("field \"x\": found 1.5, expected an array of strings", () -> fields.texts("x"));
        assertRefused("field \"mixed\": found [\"a\",1], expected an array of strings", () -> fields.texts("mixed"));
        assertRefused(
                "field \"ints\": found [1,2147483648], expected an array of whole numbers",
                () -> fields.integers("ints"));
        assertRefused("field \"objects\": found [{},3], expected an array of objects", () -> fields.objects("objects"));
    }

    @Test
    void values_missingOrNull_haveTheirDefault() throws IOException {
        JsonFields fields = fields("{'i': 3, 'd': 0.5, 'f': true, 't': 'x', 'null': null}");
        for (String name : List.of("gone", "null")) {
            assertTrue(fields.isAbsent(name));
            assertEquals(7, fields.integer(name, 7));
            assertEquals(0.25, fields.number(name, 0.25));
            assertTrue(fields.flag(name, true));
            assertFalse(fields.flag(name, false));
            assertEquals("y", fields.text(name, "y"));
        }
        assertFalse(fields.isAbsent("i"));
        assertEquals(3, fields.integer("i", 7));
        assertEquals(0.5, fields.number("d", 0.25));
        assertTrue(fields.flag("f", false));
        assertEquals("x", fields.text("t", "y"));
        assertRefused("field \"t\": found \"x\", expected a whole number", () -> fields.integer("t", 7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "false", "''", "[]", "{}"})
    void off_nothingAndEmpty_passes(String value) throws IOException {
        JsonFields fields = fields("{'x': " + value + "}");
        assertTrue(fields.isOff("x"));
        assertTrue(fields.isOff("gone"));
        fields.requireOff("x", "not supported");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "0", "'a'", "[0]", "{'a': null}"})
    void off_anythingElse_isRefused(String value) {
        JsonFields fields = fields("{'x': " + value + "}");
        assertFalse(fields.isOff("x"));
        String found = value.replace('\'', '"').replace(" ", "");
        assertRefused(
                "field \"x\": found " + found + ", not supported; expected null, false or empty",
                () -> fields.requireOff("x", "not supported"));
    }

    @Test
    void oneOf_listedValues_pass() throws IOException {
        JsonFields fields = fields("{'zero': 0.0, 'list': ['a'], 'null': null, 'text': 'x'}");
        fields.requireOneOf("zero", List.of(IntNode.valueOf(0)));
        fields.requireOneOf("list", List.of(JsonFile.node(List.of("a"))));
        fields.requireOneOf("null", List.of());
        fields.requireOneOf("gone", List.of());
        assertRefused(
                "field \"text\": found \"x\", which is not supported; expected \"y\", 0, null",
                () -> fields.requireOneOf("text", List.of(TextNode.valueOf("y"), IntNode.valueOf(0))));
    }

    @Test
    void objects_complaintsInThem_nameTheWayThere() throws IOException {
        JsonFields fields = fields("{'a': {'b': [{'c': 1}, {'d': 2}]}}");
        JsonFields inner = fields.object("a");
        assertEquals(1, inner.objects("b").get(0).integer("c"));
        assertRefused(
                "field \"a.b[1].c\": missing, expected a whole number",
                () -> inner.objects("b").get(1).integer("c"));
        assertEquals("c.json: field \"a\": wrong", inner.failure("wrong").getMessage());
        assertEquals("c.json: wrong", fields.failure("wrong").getMessage());
    }

    @Test
    void names_andValues_thatAreNotKnown_areRefused() throws IOException {
        JsonFields fields = fields("{'a': 1, 'b': 'x'}");
        fields.requireOnly("b", "c", "a");
        assertRefused("field \"b\": not known, expected a, c", () -> fields.requireOnly("a", "c"));
        fields.requireValue("b", "x");
        fields.requireValue("gone", "x");
        assertRefused("field \"b\": found x, only y is supported", () -> fields.requireValue("b", "y"));
    }

    @Test
    void meaning_functionRefuses_isAComplaintAboutTheField() throws IOException {
        JsonFields fields = fields("{'a': '12', 'b': 'x'}");
        assertEquals(12, fields.<Integer>meaning("a", Integer::valueOf));
        assertEquals(12, fields.<Integer>meaning("a", "13", Integer::valueOf));
        assertEquals(13, fields.<Integer>meaning("gone", "13", Integer::valueOf));
        assertRefused("field \"b\": For input string: \"x\"", () -> fields.meaning("b", Integer::valueOf));
        assertRefused("field \"gone\": missing, expected a string", () -> fields.meaning("gone", Integer::valueOf));
    }

    @Test
    void failure_longValue_isShortened() {
        String hundred = "\"" + "a".repeat(98) + "\"";
        assertRefused(
                "field \"x\": found " + hundred + ", expected a number",
                () -> fields("{'x': " + hundred + "}").number("x"));
        assertRefused(
                "field \"x\": found \"" + "a".repeat(99) + "..., expected a number",
                () -> fields("{'x': '" + "a".repeat(99) + "'}").number("x"));
    }
}
