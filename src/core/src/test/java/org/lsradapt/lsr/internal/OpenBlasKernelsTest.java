package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.EveryProcessor;

@EveryProcessor
class OpenBlasKernelsTest {

    @ParameterizedTest
    @CsvSource({"PRESCOTT, 3, AVX-512", "PRESCOTT, 2, AVX2", "NEHALEM, 1, AVX", "SANDYBRIDGE, 2, AVX2"})
    void complaint_farBelowTheProcessor_namesBothAndTheRemedy(String kernels, int avxLevel, String missing) {
        String complaint = OpenBlasKernels.complaint(kernels, avxLevel).orElseThrow();
        assertTrue(
                complaint.contains("kernels for " + kernels + ", which leave the processor's " + missing + " unused"),
                complaint);
        assertTrue(complaint.contains("unset OPENBLAS_CORETYPE"), complaint);
    }

    @ParameterizedTest
    @CsvSource({"PRESCOTT, 0", "SANDYBRIDGE, 1", "HASWELL, 2", "HASWELL, 3", "ZEN, 3", "SKYLAKEX, 2", "COOPERLAKE, 3"})
    void complaint_nearTheProcessor_isNone(String kernels, int avxLevel) {
        assertEquals(Optional.empty(), OpenBlasKernels.complaint(kernels, avxLevel));
    }

    @Test
    void name_isWhatTheEnvironmentAsksFor() {
        assumeTrue(List.of("linux-x86_64", "macosx-x86_64", "windows-x86_64").contains(Loader.getPlatform()));
        String name = OpenBlasKernels.name().orElseThrow();
        String asked = System.getenv("OPENBLAS_CORETYPE");
        if (asked == null) {
            assertFalse(name.isEmpty());
        } else {
            assertEquals(asked.toUpperCase(Locale.ROOT), name);
        }
    }

    @Test
    void complaint_withoutASetting_isNone() {
        assumeTrue(System.getenv("OPENBLAS_CORETYPE") == null);
        assertEquals(Optional.empty(), OpenBlasKernels.complaint());
    }
}
