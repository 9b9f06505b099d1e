package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.interpreter.Coverage;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.io.internal.JsonFile;

/** The checks of single kernels with the shipped PTX interpreted. */
class KernelReportTest {
    @TempDir
    Path folder;

    private JsonNode stage(Path file, int index) throws IOException {
        return JsonFile.readObject(file).get("stages").get(index);
    }

    @Test
    void kernels_interpretedDriver_passAndExecuteTheirInstructions() throws IOException {
        InterpretedDriver driver = new InterpretedDriver();
        Path file = folder.resolve("report.json");
        KernelReport report = new KernelReport(driver, file);
        for (String module : KernelSources.MODULES) {
            GpuCheck.Stage stage = report.kernels(module);
            assertTrue(stage.passed(), String.join("\n", stage.lines()));
        }
        // The rest: logarithms of infinity, quotients of 64 bits, blocks without a head, and functions that are not
        // there.
        Coverage coverage = driver.coverage();
        assertTrue(coverage.share() >= 0.98, coverage.share() + "\n" + String.join("\n", coverage.missed()));
        JsonNode check = stage(file, 3).get("checks").get(0);
        assertEquals("kronecker_materialize_f32", check.get("name").textValue());
        assertTrue(
                check.get("worst")
                        .textValue()
                        .matches("\\d sums of \\d+ terms of \\d factors, \\[\\d+, \\d+\\], \\d+ numbers"),
                check.toString());
        assertEquals(10, check.get("arrays").intValue());
        assertTrue(check.get("error").doubleValue() < check.get("tolerance").doubleValue(), check.toString());
        assertTrue(check.get("milliseconds").doubleValue() > 0, check.toString());
        assertEquals("products in Java", stage(file, 0).get("lines").get(1).textValue());
    }

    @Test
    void products_deviceThatTruncatesTf32_pass() throws IOException {
        GpuCheck.Stage stage =
                new KernelReport(InterpretedDriver.truncating(), folder.resolve("report.json")).products();
        assertTrue(stage.passed(), String.join("\n", stage.lines()));
    }

    /** A device that computes something else must not pass. */
    @Test
    void products_tf32InPlaceOfFloat_fail() throws IOException {
        GpuCheck.Stage stage = new KernelReport(new WrongProducts(), folder.resolve("report.json")).products();
        assertFalse(stage.passed());
        List<String> failed =
                stage.lines().stream().filter(line -> line.endsWith(": FAILED")).toList();
        assertEquals(4, failed.size(), stage.toString());
        assertTrue(failed.stream().allMatch(line -> line.startsWith("product FLOAT ")), failed.toString());
    }

    @Test
    void attention_interpretedDriver_hasALineForEachKindOfKernels() throws IOException {
        GpuCheck.Stage stage = new KernelReport(new InterpretedDriver(), folder.resolve("report.json")).attention(3, 1);
        assertTrue(
                stage.lines()
                        .get(1)
                        .matches(
                                "attention of 8 x 3 tokens, 1 heads of 64, tiles in FLOAT: \\S+ ms, gradients \\S+ ms"),
                stage.toString());
    }
}
