package org.lsradapt.models.internal.chat;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No template takes long, or much memory: each ends with a text or the documented exception. {@code -Dlsr.templates=100000} is
 * the long form.
 */
class BoundsTest {
    private static final int TEMPLATES = Integer.getInteger("lsr.templates", 30);

    /** The most processor time: a rendering's ten seconds on the clock, and the work between two looks at it. */
    private static final double MOST_SECONDS = 12;

    /** Bytes of objects, dead ones too: what the steps of a rendering can make. A heap of 1 GB suffices. */
    private static final long MOST_BYTES = 10L << 30;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ('9' * 4299)|int * (('9' * 4299)|int) }}",
                "{{ 'a' * (('9' * 4299)|int) }}",
                "{{ '{}' * 1000000 }}",
                "{{ range(1000000000) }}",
                "{% for x in range(100001) %}{% endfor %}",
                "{{ ('a' * 1000000000)|length }}",
                "{{ [1] * 1000000000 }}",
                "{% set ns = namespace(a=10) %}{% for i in range(99999) %}{% set ns.a = ns.a * ns.a %}{% endfor %}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(90) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a|string }}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(90) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a|tojson }}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(90) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a == ns.a + [] }}",
                "{% set ns = namespace(a=(1,)) %}{% for i in range(90) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ [ns.a, ns.a + ()]|sort }}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(99999) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(99999) %}{% set ns.a = ns.a|map('string') %}{% endfor %}{{ ns.a|list }}",
                "{% set a = 'b ' * 2000000 %}{{ a.replace(' ', a) }}",
                "{% set a = 'b ' * 2000000 %}{{ a.replace('b', a) }}",
                "{% set a = 'b ' * 2000000 %}{{ a.split(' ')|join(a) }}",
                "{% set a = '\\n' * 2000000 %}{{ a|indent(100000000) }}",
                "{% set a = '\\n' * 2000000 %}{{ a|indent(100, true, true) }}",
                "{{ {'a': [1, 2]}|tojson(indent=1000000000) }}",
                "{% set ns = namespace(a='xy') %}{% for i in range(90) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(90) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
                "{% set a = 'a' * 8000000 %}{{ (a + 'b') in (a + a) }}",
                "{% set a = 'a' * 1000000 %}{% for i in range(99999) %}{{ a.split('b' + a[1:])|length }}{% endfor %}",
                "{% set a = 'a' * 1000000 %}{% for i in range(99999) %}{% if a.startswith(a) and a == a + '' %}{% endif %}{% endfor %}",
                "{% set a = 'a' * 1000000 %}{% for i in range(99999) %}{% for j in range(99999) %}{{ a[j] }}{% endfor %}{% endfor %}",
                "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(35) }}",
                "{% set x %}{% for i in range(99999) %}{{ '0123456789' * 1000 }}{% endfor %}{% endset %}",
                "{% for i in range(99999) %}{% set x = '0123456789' * 100000 %}{% endfor %}",
                "{{ range(99999)|map('string')|join('0123456789' * 100)|list|sort|unique|list|length }}",
                "{% for i in range(99999) %}{{ range(99999)|max }}{% endfor %}",
                "{% for i in range(99999) %}{{ range(99999)|sort|reverse|first }}{% endfor %}",
                "{{ strftime_now('%Y' * 1000000) }}",
                "{{ ('9' * 4000000)|int }}",
                "{{ ('a' * 2000000).title()|capitalize|tojson }}",
                "{{ ('\\u0001' * 4000000)|list|string }}",
                "{{ ('a' * 1000000 + '{}').format('a' * 1000) * 100 }}",
                "{{ dict(a=[[1, 2]] * 1000000) }}"
            })
    void render_hostile_isBounded(String template) {
        assertBounded(template, () -> new JinjaTemplate(template).render(Map.of()), true);
    }

    @Test
    void range_beyondItsCap_isRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> new JinjaTemplate("{{ range(100001)|length }}").render(Map.of()));
    }

    /** Grows values with everything that grows them, in loops. */
    @Test
    void render_randomHostile_isBounded() {
        long seed = Long.getLong("lsr.seed", 20260307);
        int texts = 0;
        for (int i = 0; i < TEMPLATES; i++) {
            String template = new Hostile(new Random(seed + i)).template();
            Map<String, Object> values = new HashMap<>(Map.of("s", "a b", "n", 7, "l", List.of(1, "x", List.of("y"))));
            texts += assertBounded(template, () -> new JinjaTemplate(template).render(values), true) ? 1 : 0;
        }
        assertTrue(texts > TEMPLATES / 10, texts + " texts of " + TEMPLATES);
    }

    /**
     * Runs it.
     *
     * @param may whether it may end well
     * @return whether it did
     */
    static boolean assertBounded(String template, Executable executable, boolean may) {
        long id = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(id);
        long begin = THREADS.getThreadCpuTime(id);
        boolean ended = false;
        try {
            executable.execute();
            ended = true;
        } catch (IllegalArgumentException documented) {
            assertTrue(!documented.getMessage().contains("cannot be rendered"), () -> documented + ": " + template);
        } catch (Throwable other) {
            throw new AssertionError(template, other);
        }
        double seconds = (THREADS.getThreadCpuTime(id) - begin) / 1e9;
        long bytes = THREADS.getThreadAllocatedBytes(id) - before;
        assertTrue(seconds < MOST_SECONDS, () -> seconds + " s: " + template);
        assertTrue(bytes < MOST_BYTES, () -> bytes + " bytes: " + template);
        assertTrue(may || !ended, () -> "ended well: " + template);
        return ended;
    }

    /** Makes templates. */
    private static final class Hostile {
        private static final List<String> GROWING = List.of(
                "X ~ X",
                "X|string",
                "[X, X]",
                "(X, X)",
                "X|tojson",
                "X|list",
                "X|map('string')|list",
                "X|unique|list",
                "X|sort",
                "X|join(X|string)",
                "(X|string).replace('a', X|string)",
                "(X|string) * 1000",
                "[X] * 1000",
                "'{}{}'.format(X, X)",
                "{'k': X, 'l': X}",
                "(X|string).split(' ')",
                "X|string|indent(9)",
                "X|string|upper",
                "(X|string)[::-1]",
                "X|default(X)",
                "[X]|tojson(indent=50)",
                "(X|string)|list",
                "{X|string: X}",
                "X|list + X|list",
                "X in [X, X]",
                "X == X",
                "(X|string).title()",
                "namespace(a=X).a",
                "dict(a=X)",
                "(X|string).split(',')",
                "X|reverse|list",
                "X|length * 9999999999",
                "(X|string)|replace('b', 'ab')",
                "[X]|select('eq', X)|list",
                "(X|string).split('b', 9)",
                "X|list|string|trim",
                "range(99999)|list",
                "X|items|list",
                "X|first",
                "X|last",
                "(X|string).split('a')|length",
                "X|length");

        private final Random random;

        Hostile(Random random) {
            this.random = random;
        }

        String template() {
            StringBuilder made = new StringBuilder("{% set ns = namespace(x="
                    + List.of("s", "n", "l", "'a'", "[1]").get(random.nextInt(5)) + ") %}");
            if (random.nextInt(4) == 0) {
                made.append("{% macro m(k, x) %}{% if k %}{{ m(k - 1, ")
                        .append(grown("x"))
                        .append(") }}{% endif %}{{ x }}{% endmacro %}");
                made.append("{{ m(").append(random.nextInt(60)).append(", s) }}");
            }
            int loops = random.nextInt(3);
            for (int i = 0; i < loops; i++) {
                made.append("{% for i in range(")
                        .append(List.of("3", "20", "99999").get(random.nextInt(3)))
                        .append(") %}");
            }
            for (int i = random.nextInt(4); i >= 0; i--) {
                made.append("{% set ns.x = ").append(grown("ns.x")).append(" %}");
            }
            made.append(random.nextInt(3) == 0 ? "{{ ns.x|length }}" : "");
            return made.append("{% endfor %}".repeat(loops))
                    .append(random.nextBoolean() ? "{{ ns.x }}" : "")
                    .toString();
        }

        private String grown(String name) {
            String expression = name;
            for (int i = random.nextInt(3); i >= 0; i--) {
                String grown = GROWING.get(random.nextInt(GROWING.size()));
                expression = "(" + grown.replace("X", expression) + ")";
            }
            return expression;
        }
    }
}
