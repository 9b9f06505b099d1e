package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.kernels.KernelSources;

/**
 * Each kernel and form of product on this machine's first NVIDIA GPU. On a machine with one: {@code mvn verify
 * -Dtest=DeviceKernelsIT}. Writes a report to the file that {@code lsr.cuda.report} names. {@code lsr.cuda.module} selects a
 * module, for the rest after a kernel's error.
 */
class DeviceKernelsIT {
    private static KernelReport report;

    @BeforeAll
    static void open() throws IOException {
        Path file = Path.of(System.getProperty("lsr.cuda.report", "src/cuda/target/device-kernels.json"));
        Files.createDirectories(file.toAbsolutePath().getParent());
        try {
            Driver driver = NativeDriver.load(new Libraries());
            driver.open(0).close();
            report = new KernelReport(driver, file);
        } catch (CudaFailure e) {
            abort("needs an NVIDIA GPU: " + e.getMessage());
        }
    }

    static List<String> modules() {
        String only = System.getProperty("lsr.cuda.module");
        return only == null ? KernelSources.MODULES : List.of(only);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void kernels_onTheDevice_equalTheirDefinitions(String module) throws IOException {
        GpuCheck.Stage stage = report.kernels(module);
        assertTrue(stage.passed(), String.join("\n", stage.lines()));
    }

    @Test
    void products_onTheDevice_equalTheirDefinitions() throws IOException {
        GpuCheck.Stage stage = report.products();
        assertTrue(stage.passed(), String.join("\n", stage.lines()));
    }

    @Test
    void attention_onTheDevice_isTimed() throws IOException {
        report.attention(512, 16).lines().forEach(System.out::println);
    }
}
