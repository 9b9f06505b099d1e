package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.SpeedCheck;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

class GpuCheckTest {

    @Test
    void run_interpretedDriver_passesEachStage() {
        List<GpuCheck.Stage> stages = GpuCheck.run(new InterpretedDriver(), false);
        assertEquals(
                List.of("libraries", "device", "modules", "kernels", "products"),
                stages.stream().map(GpuCheck.Stage::name).toList());
        String printed = printed(stages);
        assertTrue(stages.stream().allMatch(GpuCheck.Stage::passed), printed);
        assertTrue(printed.contains("kronecker_gradient_f64: error "), printed);
        assertTrue(printed.contains("product BF16_TO_F32 Aᵀ·Bᵀ: error "), printed);
    }

    @Test
    void speed_interpretedDriver_hasALineForEachMeasurement() {
        try (Device device = new InterpretedDriver().open(0)) {
            List<String> lines = SpeedCheck.run(device, 8, 1024);
            assertEquals(4, lines.size());
            assertTrue(lines.get(0).matches("copies of 1,024 bytes: .* GB/s read and written"), lines.get(0));
            assertTrue(lines.get(3).matches("product BF16_TO_F32 of 8 x 8 x 8: .* TFLOP/s"), lines.get(3));
        }
    }

    @Test
    void run_noDevice_saysSoInOneLinePerStage() {
        List<GpuCheck.Stage> stages = GpuCheck.run(
                new Driver() {
                    @Override
                    public int version() {
                        return 12040;
                    }

                    @Override
                    public int deviceCount() {
                        return 0;
                    }

                    @Override
                    public Device open(int ordinal) {
                        throw new CudaFailure("device 0: the driver has 0 devices, numbered from 0\nand more");
                    }
                },
                true);
        assertFalse(GpuCheck.print(stages, new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8)));
        for (GpuCheck.Stage stage : stages) {
            assertFalse(stage.passed());
            assertEquals(
                    "device 0: the driver has 0 devices, numbered from 0",
                    stage.lines().get(stage.lines().size() - 1));
        }
        assertTrue(stages.get(0).lines().get(0).startsWith("driver for CUDA 12.4: "));
    }

    /** A device that computes something else must not pass. */
    @Test
    void run_onceWrongProduct_failsThatStageAlone() {
        List<GpuCheck.Stage> stages = GpuCheck.run(new WrongProducts(), false);
        assertEquals(
                List.of(true, true, true, true, false),
                stages.stream().map(GpuCheck.Stage::passed).toList(),
                printed(stages));
    }

    private static String printed(List<GpuCheck.Stage> stages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        GpuCheck.print(stages, new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }
}
