package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LsrConfigTextTest {
    private static final String DEFAULTS =
            "r=4 s=16 d=2 alpha=4.0 rule=alpha in= out= rank= lambda=false init=zero-update seed=1";

    @Test
    void format_defaults_isTheDocumentedLine() {
        assertEquals(DEFAULTS, LsrConfigText.format(LsrConfig.defaults()));
    }

    @Test
    void parse_whatFormatWrote_isTheSame() {
        LsrConfig all = LsrConfig.builder()
                .bottleneckRank(6)
                .separationRank(3)
                .factorCount(3)
                .alpha(-0.1)
                .scalingRule(ScalingRule.ALPHA_OVER_SQRT_R)
                .inFactors(List.of(2, 3, 4))
                .outFactors(List.of(1, 1, 7))
                .rankFactors(List.of(1, 2, 3))
                .termWeights(true)
                .initialization(Initialization.KAIMING_UNIFORM)
                .seed(Long.MIN_VALUE)
                .build();
        for (LsrConfig config : List.of(LsrConfig.defaults(), LsrConfig.lora(8, 16), all)) {
            assertEquals(config, LsrConfigText.parse(LsrConfigText.format(config)));
        }
    }

    @Test
    void parse_otherText_saysWhatIsWrong() {
        assertRefused(
                DEFAULTS.replace(" seed=1", ""), "has [r, s, d, alpha, rule, in, out, rank, lambda, init], expected");
        assertRefused(DEFAULTS + " seed=43", "'seed=43' repeats a key");
        assertRefused(DEFAULTS + " q=1", "'q=1' is not KEY=VALUE with a key of [r, s");
        assertRefused("", "'' is not KEY=VALUE");
        assertRefused(DEFAULTS.replace("r=4", "r=0"), "bottleneck rank r is 0, expected >= 1");
        assertRefused(DEFAULTS.replace("in=", "in=3xx2"), "For input string: \"\"");
        assertRefused(DEFAULTS.replace("false", "no"), "lambda is 'no', expected true or false");
        assertRefused(DEFAULTS.replace("rule=alpha", "rule=beta"), "unknown scaling rule 'beta'");
    }

    private static void assertRefused(String text, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> LsrConfigText.parse(text))
                .getMessage();
        assertTrue(message.startsWith("LSR configuration '" + text + "': "), message);
        assertTrue(message.contains(part), message);
    }
}
