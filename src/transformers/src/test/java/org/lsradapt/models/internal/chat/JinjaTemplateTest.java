package org.lsradapt.models.internal.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void render_golden_isTransformersText() throws IOException {
        int texts = 0;
        for (JsonNode golden : JSON.readTree(resource("chat.json"))) {
            String template =
                    new String(resource("templates/" + golden.get("template").asText()), StandardCharsets.UTF_8);
            Map<String, Object> values = values(golden);
            if (golden.has("text")) {
                assertEquals(golden.get("text").asText(), new JinjaTemplate(template).render(values), template);
                texts++;
            } else {
                String message = refusal(template, values);
                assertTrue(message.endsWith(golden.get("error").asText()), message);
            }
        }
        assertTrue(texts > 70, texts + " texts");
    }

    private static Map<String, Object> values(JsonNode golden) {
        Map<String, Object> values = new HashMap<>();
        values.put("messages", JSON.convertValue(golden.get("messages"), List.class));
        values.put("add_generation_prompt", golden.get("answering").asBoolean());
        values.put("bos_token", "<s>");
        values.put("eos_token", "</s>");
        values.put("tools", null);
        return values;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ messages.getClass() }}",
                "{{ 'a'.getClass().forName('java.lang.Runtime') }}",
                "{{ ''.class.name }}{{ 'a'.getBytes() }}",
                "{{ messages.stream() }}",
                "{{ ____int3rpr3t3r____.getConfig() }}",
                "{% include 'secrets.txt' %}",
                "{% import 'secrets.txt' as s %}",
                "{% extends 'secrets.txt' %}"
            })
    void render_reachingOut_isRefused(String template) {
        refusal(template, Map.of("messages", List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(9) %}x{% endfor %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(t='0123456789') %}{% for a in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"
            })
    @Timeout(60)
    void render_withoutEnd_isStopped(String template) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new JinjaTemplate(template).render(Map.of(), Duration.ofSeconds(1)));
    }

    @Test
    void render_undefined_isNoText() {
        assertEquals("line 1: + of a value that is undefined or none", refusal("{{ 'a' + nothing }}", Map.of()));
        assertEquals("a", new JinjaTemplate("a{{ nothing }}").render(Map.of()));
    }

    @Test
    void make_unsupported_isRefused() {
        assertEquals(
                "line 2: {% for %} with {% else %} is not supported",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new JinjaTemplate("a\n{% for m in messages %}b{% else %}c{% endfor %}"))
                        .getMessage());
        assertEquals(
                "line 1: {% for %} with a condition is not supported",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new JinjaTemplate("{% for m in messages if m.role %}b{% endfor %}"))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new JinjaTemplate("{% for m in messages %}b"));
        assertThrows(IllegalArgumentException.class, () -> new JinjaTemplate("x".repeat(JinjaTemplate.LONGEST + 1)));
    }

    @ParameterizedTest
    @CsvSource({
        "%d %b %Y,07 Mar 2026",
        "%A %B %y %j %%,Saturday March 26 066 %",
        "%H:%M:%S %I %p %m %a,15:04:05 03 PM 03 Sat"
    })
    void date_isPythons(String format, String expected) {
        assertEquals(
                expected, TemplateFunctions.date(format, ZonedDateTime.of(2026, 3, 7, 15, 4, 5, 0, ZoneOffset.UTC)));
    }

    private static String refusal(String template, Map<String, Object> values) {
        return assertThrows(IllegalArgumentException.class, () -> new JinjaTemplate(template).render(values), template)
                .getMessage();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("/golden/chat/" + name)) {
            return in.readAllBytes();
        }
    }
}
