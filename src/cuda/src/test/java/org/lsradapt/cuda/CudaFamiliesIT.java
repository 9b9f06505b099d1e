package org.lsradapt.cuda;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.transformer.SmallModel;

/** {@link CudaPassesTest} for a small model of each family that the device computes. */
class CudaFamiliesIT {

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEBERTA")
    void gradients_classification_areThoseOfTheCpu(SmallModel small) {
        CudaPassesTest.assertClassification(small, CudaPassesTest.ALL, CudaPassesTest.LSR, 0.25, false);
    }

    @ParameterizedTest
    @EnumSource(names = {"QWEN3", "PHI3", "GEMMA2"})
    void gradients_nextTokens_areThoseOfTheCpu(SmallModel small) {
        CudaPassesTest.assertNextTokens(small);
    }
}
