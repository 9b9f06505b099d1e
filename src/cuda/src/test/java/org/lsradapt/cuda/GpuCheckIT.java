package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.models.SmallModel;
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
}
