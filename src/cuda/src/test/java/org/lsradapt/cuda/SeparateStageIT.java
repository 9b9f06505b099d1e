package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cuda.internal.FakeLibrary;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.kernels.KernelSources;

/** Checks in processes of their own, on a driver in C that ends its process. Needs gcc. */
class SeparateStageIT {
    @TempDir
    Path folder;

    @AfterEach
    void hideTheDriver() {
        System.clearProperty(Libraries.DRIVER_PROPERTY);
        System.clearProperty(Libraries.CUBLASLT_PROPERTY);
    }

    @Test
    void run_processThatEnds_keepsTheFindingsUntilThenAndSaysHow() throws Exception {
        Path driver = FakeLibrary.compiled(folder, "fakecuda", "-DLAUNCHES=2000");
        System.setProperty(Libraries.DRIVER_PROPERTY, driver.toString());
        Path products = FakeLibrary.compiled(folder, "fakecublaslt");
        System.setProperty(Libraries.CUBLASLT_PROPERTY, products.toString());
        GpuCheck.Stage modules = SeparateStage.run("modules", "modules");
        assertTrue(modules.passed() && modules.lines().size() == KernelSources.MODULES.size(), modules.toString());
        GpuCheck.Stage stage = SeparateStage.run("models", "models FLOAT");
        assertFalse(stage.passed());
        assertFalse(stage.checks().isEmpty(), stage.toString());
        assertEquals("models", stage.name());
        assertEquals("bert in FLOAT", stage.checks().get(0).get("name"));
        assertTrue((int) stage.checks().get(0).get("arrays") > 0, stage.toString());
        assertTrue((double) stage.checks().get(0).get("error") > 0, stage.toString());
        String last = stage.lines().get(stage.lines().size() - 1);
        assertTrue(
                last.startsWith("models FLOAT: the process ended with exit code 77: the driver ends at launch 2000"),
                last);
    }
}
