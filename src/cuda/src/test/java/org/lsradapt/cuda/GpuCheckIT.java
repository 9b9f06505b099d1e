package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.models.SmallModel;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** The stage of models with the shipped PTX interpreted. */
class GpuCheckIT {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void models_interpretedDriver_areCloseToTheCpuInEachPrecision(boolean truncates) {
        GpuCheck.Stage stage = new GpuCheck(() -> truncates ? InterpretedDriver.truncating() : new InterpretedDriver())
                .stage("models");
        assertTrue(stage.passed(), String.join("\n", stage.lines()));
        int models = SmallModel.all().size();
        assertEquals(Precision.values().length * models, stage.checks().size());
        for (Map<String, Object> check : stage.checks()) {
            String name = (String) check.get("name");
            double least = name.endsWith(" in BF16") ? 1e-3 : name.endsWith(" in TF32") ? 1e-4 : 0;
            assertTrue((double) check.get("error") >= least, check.toString());
        }
    }
}
