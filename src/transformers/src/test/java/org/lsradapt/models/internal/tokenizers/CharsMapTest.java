package org.lsradapt.models.internal.tokenizers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CharsMapTest {

    private static final Map<String, String> RULES = new TreeMap<>(
            Map.of("\uff21", "A", "A", "a", "\ufb01", "fi", "\u3000", " ", "\u0007", "", "\uff76\uff9e", "\u30ac"));

    private static String refusal(String base64) {
        return assertThrows(IllegalArgumentException.class, () -> CharsMap.checked(base64))
                .getMessage();
    }

    private static String map(int[] units) {
        return CharsMaps.base64(units, CharsMaps.replacements(RULES));
    }

    @Test
    void require_aMapOfRules_isAccepted() {
        assertDoesNotThrow(() -> CharsMap.checked(map(CharsMaps.units(RULES))));
    }

    @Test
    void require_noMap_isRefused() {
        assertTrue(refusal("!").startsWith("not base64: "));
        assertEquals("not base64 with padding", refusal("AAAAAA"));
        assertEquals("has 0 bytes, expected the length of a trie and a trie", refusal(""));
        assertEquals(
                "has a trie of 4294967295 bytes, expected a multiple of 4 from 4 to the 4 bytes there are",
                refusal(Base64.getEncoder().encodeToString(new byte[] {-1, -1, -1, -1, 0, 0, 0, 0})));
        assertEquals(
                "has replacements that are not UTF-8",
                refusal(CharsMaps.base64(CharsMaps.units(RULES), new byte[] {(byte) 0xc3, 0})));
    }

    @Test
    void require_aTrieThatLeadsOutside_isRefused() {
        int[] root = CharsMaps.units(RULES);
        root[0] = 1 << 30;
        assertEquals("leads to unit 1048577 of its trie, which has " + root.length, refusal(map(root)));
        int[] far = CharsMaps.units(RULES);
        far[0] = -1;
        assertTrue(refusal(map(far)).startsWith("leads to unit 1073741"));
        int[] leaf = CharsMaps.units(RULES);
        leaf[256 ^ 'A'] = ('A' | 1 << 8 | 1 << 28);
        assertTrue(refusal(map(leaf)).startsWith("leads to unit 26"), refusal(map(leaf)));
        assertEquals("leads to unit 1 of its trie, which has 1", refusal(map(new int[] {0})));
    }

    @Test
    void require_aReplacementThatIsNotThere_isRefused() {
        byte[] replacements = CharsMaps.replacements(RULES);
        int value = CharsMaps.units(RULES)[512] & Integer.MAX_VALUE;
        assertEquals(0, value);
        for (int wrong : new int[] {replacements.length, Integer.MAX_VALUE, 14}) {
            int[] units = CharsMaps.units(RULES);
            units[512] = wrong;
            String message = refusal(map(units));
            assertEquals(
                    "has a replacement at byte " + wrong + " of " + replacements.length
                            + ", expected a character there and a NUL within 256 bytes",
                    message);
        }
        Map<String, String> rules = Map.of("\uff21", "A".repeat(257));
        assertTrue(refusal(CharsMaps.base64(CharsMaps.units(rules), CharsMaps.replacements(rules)))
                .startsWith("has a replacement at byte 0 of 258"));
    }

    @Test
    void require_letterThatVanishes_isRefused() {
        for (String replacement : new String[] {"", " ", "\u00e9"}) {
            Map<String, String> rules = Map.of("q", replacement);
            assertEquals(
                    "replaces 'q' by a text of other than ASCII letters and digits",
                    refusal(CharsMaps.base64(CharsMaps.units(rules), CharsMaps.replacements(rules))));
        }
    }

    /** A trie may go round in a circle; the walk must not. */
    @Test
    void require_randomUnits_endsSoon() {
        Random random = new Random(5);
        int refused = 0;
        int[] used = IntStream.range(0, CharsMaps.units(RULES).length)
                .filter(i -> CharsMaps.units(RULES)[i] != 0)
                .toArray();
        for (int i = 0; i < 300; i++) {
            int[] units = CharsMaps.units(RULES);
            for (int k = 0; k <= i % 5; k++) {
                units[used[random.nextInt(used.length)]] = random.nextInt(1 << (10 + random.nextInt(21)));
            }
            try {
                CharsMap.checked(map(units));
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertTrue(refused > 20 && refused < 300, refused + " refused");
    }
}
