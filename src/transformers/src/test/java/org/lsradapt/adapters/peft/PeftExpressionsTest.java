package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.LayerSelector;

/** What expressions match here and in Python, where {@code expressions.py} asked as PEFT does. */
class PeftExpressionsTest {

    private static JsonNode golden;
    private static final List<String> PATHS = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        golden = new ObjectMapper()
                .readTree(Path.of("src/transformers/src/test/resources/golden/interop/expressions.json")
                        .toFile());
        golden.get("paths").forEach(path -> PATHS.add(path.asText()));
    }

    /** Each expression matches as in Python, or is refused. */
    @ParameterizedTest
    @ValueSource(strings = {"alike", "odd", "random"})
    void expressions_matchAsInPythonOrAreRefused(String kind) throws IOException {
        int accepted = 0;
        for (JsonNode one : golden.get(kind)) {
            String expression = one.get("expression").asText();
            try {
                LayerSelector.regex(expression);
            } catch (IllegalArgumentException e) {
                assertTrue(!kind.equals("alike"), e.getMessage());
                continue;
            }
            accepted++;
            assertEquals(
                    numbers(one.get("targets")),
                    matching(path -> new PeftPatterns("test").targets(expression, path)),
                    expression);
            for (PeftRules rules : PeftRules.values()) {
                assertKey(one, rules.name(), rules, false);
                assertKey(one, rules == PeftRules.FROM_0_15 ? rules.name() : "LOKR", rules, true);
            }
        }
        int total = golden.get(kind).size();
        assertEquals(kind.equals("odd") ? 0 : kind.equals("alike") ? total : accepted, accepted, "accepted");
        assertTrue(!kind.equals("random") || accepted > total / 4, accepted + " of " + total);
    }

    private static void assertKey(JsonNode one, String name, PeftRules rules, boolean lokr) throws IOException {
        String expression = one.get("expression").asText();
        List<Integer> found;
        try {
            found = matching(path -> new PeftPatterns("test").key(rules, expression, lokr, path));
        } catch (IOException e) {
            // What is put together can have more than the key has, such as two repetitions.
            return;
        }
        assertEquals(numbers(one.get(name)), found, name + " " + expression);
    }

    /** A match of a path. */
    private interface Match {
        boolean of(String path) throws IOException;
    }

    private static List<Integer> matching(Match match) throws IOException {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < PATHS.size(); i++) {
            if (match.of(PATHS.get(i))) {
                found.add(i);
            }
        }
        return found;
    }

    private static List<Integer> numbers(JsonNode node) {
        List<Integer> numbers = new ArrayList<>();
        node.forEach(number -> numbers.add(number.asInt()));
        return numbers;
    }

    @Test
    void layers_withOtherThanAscii_areRefused() {
        IOException failure = assertThrows(
                IOException.class, () -> new PeftPatterns("folder").targets("\\w+\\.query", "l\u00e4yer.query"));
        assertEquals(
                "folder: layer 'l\u00e4yer.query' has a character beyond printable ASCII, which expressions may read"
                        + " differently in Python",
                failure.getMessage());
    }
}
