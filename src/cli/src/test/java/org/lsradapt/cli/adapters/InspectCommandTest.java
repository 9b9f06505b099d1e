package org.lsradapt.cli.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;

class InspectCommandTest {

    @ParameterizedTest
    @CsvSource({
        "4, ALPHA, 8, 4 (= alpha)",
        "0.07, ALPHA, 8, 0.07 (= alpha)",
        "-1200000, ALPHA, 8, -1200000 (= alpha)",
        "32, ALPHA_OVER_R, 8, 4 (= alpha 32 / r 8)",
        "5, ALPHA_OVER_R, 3, 1.66667 (= alpha 5 / r 3)",
        "0, ALPHA_OVER_R, 3, 0 (= alpha 0 / r 3)",
        "11, ALPHA_OVER_SQRT_R, 7, 4.15761 (= alpha 11 / √(r 7))",
    })
    void scaling_saysHowItComesAbout(double alpha, ScalingRule rule, int r, String expected) {
        LsrConfig config = LsrConfig.builder()
                .alpha(alpha)
                .scalingRule(rule)
                .bottleneckRank(r)
                .build();
        assertEquals(expected, InspectCommand.scaling(config));
    }
}
