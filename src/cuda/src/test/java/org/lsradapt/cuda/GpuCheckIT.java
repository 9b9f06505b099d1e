package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.models.ModelCheck;
import org.lsradapt.cuda.internal.models.SmallModel;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.cuda.internal.pass.Precision;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** The whole check with the shipped PTX interpreted, the steps of all families included. */
class GpuCheckIT {

    @Test
    void run_interpretedDriver_hasAStepOfEachFamilyAsOnTheCpu() {
        List<GpuCheck.Stage> stages = GpuCheck.run(new InterpretedDriver(), true);
        GpuCheck.Stage models = stages.get(stages.size() - 1);
        String lines = String.join("\n", models.lines());
        assertTrue(stages.stream().allMatch(GpuCheck.Stage::passed), lines);
        assertEquals(SmallModel.all().size(), models.lines().size(), lines);
    }

    /** Rounding of products adds up over a step: its errors are some times those of one product, which the check itself looks at. */
    @ParameterizedTest
    @CsvSource({"TF32, 1e-4, 1e-2", "BF16, 1e-3, 5e-2"})
    void step_roundedProducts_isCloseToTheCpu(Precision precision, double least, double most) {
        try (Engine engine = new Engine(new InterpretedDriver().open(0), precision)) {
            ModelCheck check = new ModelCheck(engine);
            SmallModel.all().stream()
                    .filter(model -> List.of("bert", "llama", "siglip images").contains(model.name()))
                    .map(model -> check.step(model, most))
                    .forEach(finding -> assertTrue(finding.passed() && finding.error() > least, finding.toString()));
        }
    }
}
