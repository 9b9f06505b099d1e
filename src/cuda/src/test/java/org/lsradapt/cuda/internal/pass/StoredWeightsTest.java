package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.Finding;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.models.ModelCheck;
import org.lsradapt.cuda.internal.models.SmallModel;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** Steps on weights that a device keeps in blocks. */
class StoredWeightsTest {

    /** The CPU computes with the same weights in FLOAT, since it may round products of stored ones. */
    @ParameterizedTest
    @CsvSource({
        "deberta-v2 4 int8, FLOAT, 1e-5",
        "llama 2 int4, FLOAT, 1e-5",
        "llama 2 int4, BF16, 5e-2",
        "llama 3 bf16, BF16, 5e-2"
    })
    void step_storedWeights_isThatOfTheCpu(String name, Precision precision, double tolerance) {
        SmallModel small = SmallModel.all().stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow();
        try (Engine engine = new Engine(new InterpretedDriver().open(0), precision)) {
            Finding finding = new ModelCheck(engine).step(small, name, tolerance);
            assertTrue(finding.passed(), finding.toString());
        }
    }
}
