package org.lsradapt.models.internal.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Random templates mean what they mean to Jinja2: the same text, or an exception where Jinja2 raises one. What is not supported
 * may be refused, but never rendered otherwise. The long form runs Jinja2 itself:
 * {@code -Dlsr.python=PYTHON -Dlsr.templates=100000}, with {@code -Dlsr.seed=} for others.
 */
class JinjaFuzzTest {
    private static final String FOLDER = "src/transformers/src/test/resources/golden/chat/";
    private static final JsonMapper JSON = new JsonMapper();

    private int same;
    private int raised;
    private int refused;

    @Test
    void render_golden_isJinjas() throws IOException {
        try (BufferedReader cases = new BufferedReader(new InputStreamReader(
                JinjaFuzzTest.class.getResourceAsStream("/golden/chat/fuzz.jsonl"), StandardCharsets.UTF_8))) {
            check(cases);
        }
        assertTrue(same > 270 && raised > 40 && refused < 30, this::counts);
    }

    @Test
    void render_random_isJinjas() throws IOException {
        String python = System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", ""));
        assumeTrue(
                !python.isEmpty(),
                "no Python with transformers is named; -Dlsr.python=PYTHON or LSR_PYTHON=PYTHON does it");
        String count = System.getProperty("lsr.templates", "1000");
        Process process = new ProcessBuilder(python, FOLDER + "fuzz.py", count, System.getProperty("lsr.seed", "1"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader cases =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            check(cases);
        }
        assertEquals(Integer.parseInt(count), same + raised + refused, this::counts);
        assertTrue(refused < (same + raised) / 20, this::counts);
        System.out.println(counts());
    }

    private String counts() {
        return same + " texts are equal, " + raised + " raise in both, " + refused + " are refused";
    }

    private void check(BufferedReader cases) throws IOException {
        for (String line = cases.readLine(); line != null; line = cases.readLine()) {
            JsonNode one = JSON.readTree(line);
            String text = null;
            try {
                text = new JinjaTemplate(one.get("template").asText())
                        .render(JSON.convertValue(one.get("values"), new TypeReference<Map<String, Object>>() {}));
            } catch (IllegalArgumentException e) {
                raised += one.has("error") ? 1 : 0;
                refused += one.has("error") ? 0 : 1;
            }
            if (text != null) {
                assertEquals(
                        one.path("text").asText("(raises " + one.path("error").asText() + ")"), text, line);
                same++;
            }
        }
    }
}
