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
                "{{ lipsum.__globals__ }}",
                "{{ messages.__class__.__mro__ }}",
                "{{ messages.append(1) }}",
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
    void render_withoutEnd_isStopped(String template) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new JinjaTemplate(template).render(Map.of(), Duration.ofSeconds(1)));
    }

    @Test
    void render_undefined_isNoText() {
        assertEquals("line 1: 'nothing' is undefined", refusal("{{ 'a' + nothing }}", Map.of()));
        assertEquals("a", new JinjaTemplate("a{{ nothing }}").render(Map.of()));
    }

    /** The text or error of each template by Jinja2 3.1.6 in transformers' environment. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{% set i = 0 %}{% for m in [1, 2, 3, 4] %}{{ i }}{% set i = i + 1 %}{% endfor %} => 0000",
                "{% for m in 'abc' %}{{ loop.previtem }}{{ m }}{{ loop.nextitem }};{% endfor %} => ab;abc;bc;",
                "{{ 5 == '5' }} => False",
                "{{ none|default('d') }}{{ u|default('d') }}{{ ''|default('d', true) }} => Nonedd",
                "{{ '😀'|length }}{{ '😀x'[1] }} => 1x",
                "{{ true }} {{ none }} {{ [1, none, true] }} => True None [1, None, True]",
                "{{ {'a': \"it's\", 'b': [none, 2]} }} => {'a': \"it's\", 'b': [None, 2]}",
                "{% set a = 1 %}{{ a+1 }}{{ a-1 }} => 20",
                "{{ ', '.join(['x', 'y']) }} => x, y",
                "{{ '<{}|{}>'.format('x', 2) }} => <x|2>",
                "{{ 'a' * 3 }}{{ [1] * 2 }} => aaa[1, 1]",
                "{{ '%s-%d%%' % ('a', 3) }}{{ '%s' % none }}{{ '%s' % [1] }} => a-3%None[1]",
                "{{ ' a  b c '.split() }}{{ ' a  b c '.split(none, 1) }} => ['a', 'b', 'c']['a', 'b c ']",
                "{{ {'a': {'b': {'c': 1}}}.a.b['c'] }} => 1",
                "{% filter upper %}a{% endfilter %} => A",
                "{% for m in [1, 2, 3] if m != 2 %}{{ loop.index }}{{ m }}{% endfor %} => 1123",
                "{% if [1]|select('equalto', 2) %}a generator is true{% endif %} => a generator is true",
                "{{ {'items': 1}.items is defined and {'items': 1}['items'] }} => 1",
                "{{ 7 // -2 }} {{ -7 % 3 }} {{ 99999999999 * 99999999999 }} => -4 2 9999999999800000000001",
                "{{ 1 < 2 }}{{ 'a' in 'ab' }}{{ 1 not in [2] }} => TrueTrueTrue",
                "{% macro m(a, b='c') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(b=2, a=3) }} => 1c32",
                "{% for m in range(5) %}{% if m == 1 %}{% continue %}{% elif m == 3 %}{% break %}{% endif %}{{ m }}{% endfor %} => 02",
                "{% set x %} a {% endset %}[{{ x }}]{{ x|trim }} => [ a ]a",
                "{% generation %}a{% endgeneration %}{# c #}{{ '{{ b }}' }} => a{{ b }}",
                "{{ [{'a': 2}, {'a': 1}]|sort(attribute='a')|map(attribute='a')|list }} => [1, 2]",
                "{{ {'b': true, 'a': none}|tojson(sort_keys=true) }} => {\"a\": null, \"b\": true}",
                "{{ 'a'|safe + '<' }}{{ ('a<'|safe) ~ '<' }} => a&lt;a<<",
                "{% if false %}{{ 1|from_json }}{% endif %}ok => ok"
            })
    void render_construct_isJinjas(String template, String expected) {
        assertEquals(expected, new JinjaTemplate(template).render(Map.of()));
    }

    /** Values that depend on when Jinja2 computes them, or are seldom printed. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "{% set g = [1]|map('string') %}{{ g|list }}{{ g|list }} => twice",
                "{{ [1]|map('string') }} => printing a generator is not supported",
                "{{ range(3) }} => printing a range is not supported",
                "{% set n = namespace(a=1) %}{% for x in [1, 2] if x == n.a %}{% endfor %} => a namespace in the condition",
                "{% set n = namespace(a=1) %}{{ [n]|map(attribute='a')|list }} => a namespace in the condition",
                "{{ '%r' % 1 }} => other directives than %s, %d and %%",
                "{{ '{0}'.format(1) }} => other fields than {}",
                "{{ 'ab'.rsplit('b') }} => attribute 'rsplit' of a string is not supported",
                "{% for x in [1] %}{{ loop.cycle(1) }}{% endfor %} => loop.cycle is not supported",
                "{{ strftime_now('%j') }} => %j is not supported"
            })
    void render_unsupported_isRefused(String template, String message) {
        String refusal = refusal(template, Map.of());
        assertTrue(refusal.startsWith("line 1: ") && refusal.contains(message), refusal);
    }

    @ParameterizedTest
    @CsvSource({
        "{{ 1|root(2) }},line 1: filter root is not supported",
        "{{ 'a'|center(10) }},line 1: filter center is not supported",
        "{{ 1 is sameas 1 }},line 1: test sameas is not supported",
        "{{ 1 is eq 1 }},line 1: a test with an argument is not supported after is",
        "{{ 1 < 2 < 3 }},line 1: several comparisons in a chain are not supported",
        "{% for m in [] %}b{% else %}none{% endfor %},line 1: {% else %} is not supported here",
        "'{% set a, b = c %}','line 1: expected the end of the tag, found '','''",
        "{{ +1 }},line 1: unexpected '+'",
        "{% if true %}{{ 1|batch(2) }}{% endif %},line 1: filter batch is not supported",
        "{% include 'x' %},line 1: {% include %} is not supported here",
        "{% for m in messages recursive %}{% endfor %},line 1: {% for %} with recursive is not supported",
        "{% break %},line 1: {% break %} is not in a loop",
        "{% for loop in messages %}{{ loop }}{% endfor %},line 1: name loop cannot be set",
        "{{ cycler(1) }},cycler is not supported",
        "{% raw %}{{ a }}{% endraw %},line 1: {% raw %} is not supported here",
        "{% call m() %}{% endcall %},line 1: {% call %} is not supported here",
        "{% with a = 1 %}{% endwith %},line 1: {% with %} is not supported here",
        "{% macro m() %}{{ kwargs }}{% endmacro %},line 1: kwargs is not supported",
        "{% set a | trim %}b{% endset %},'line 1: expected the end of the tag, found ''|'''",
        "{{ 1 / 2 }},'line 1: expected the end of the tag, found ''/'''",
        "{{ 2 ** 70 }},'line 1: expected the end of the tag, found ''**'''",
        "{{ '%s'|format(1) }},line 1: filter format is not supported",
        "{% for m in messages %}b,'line 1: expected {% endfor %}, found the end of the template'"
    })
    void make_unsupported_isRefused(String template, String message) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new JinjaTemplate(template))
                        .getMessage());
    }

    @Test
    void make_longOrDeep_isRefused() {
        for (String template : List.of(
                "x".repeat(JinjaTemplate.LONGEST + 1),
                "{% if a %}".repeat(9000),
                "{{ " + "(".repeat(90_000) + " }}",
                "{{ " + "[".repeat(90_000) + "]".repeat(90_000) + " }}",
                "{{ " + "not ".repeat(40_000) + "a }}",
                "{{ " + "-".repeat(90_000) + "1 }}",
                "{{ a" + " if a".repeat(30_000) + " }}",
                "{% set " + "(".repeat(90_000) + "a = 1 %}")) {
            BoundsTest.assertBounded(template.substring(0, 40), () -> new JinjaTemplate(template), false);
        }
    }

    @Test
    void make_long_isLinear() {
        for (String template : List.of(
                "{{ a" + " + a".repeat(40_000) + " }}",
                "{{ a" + ".b".repeat(90_000) + " }}",
                "{{ a" + "|string".repeat(20_000) + " }}",
                "{{ a == " + "a == ".repeat(30_000) + "a }}",
                "{% set a0 = 1 %}{% if a %}{% endif %}".repeat(5000),
                "{{ [" + "1,".repeat(90_000) + "] }}",
                "{% if a %}".repeat(90) + "{% set b = 1 %}".repeat(6000) + "{% endif %}".repeat(90),
                "{%".repeat(90_000),
                "{% raw %}" + "{% ".repeat(60_000),
                "{#".repeat(90_000))) {
            BoundsTest.assertBounded(
                    template.substring(0, 40), () -> new JinjaTemplate(template).render(Map.of("a", 1)), true);
        }
    }

    @ParameterizedTest
    @CsvSource({"%d %b %Y,07 Mar 2026", "%A %B %Y,Saturday March 2026", "%H:%M:%S %m %a,15:04:05 03 Sat"})
    void date_isPythons(String format, String expected) {
        assertEquals(expected, Functions.date(format, ZonedDateTime.of(2026, 3, 7, 15, 4, 5, 0, ZoneOffset.UTC)));
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
