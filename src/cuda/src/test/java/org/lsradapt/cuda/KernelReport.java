package org.lsradapt.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.lsradapt.cuda.internal.AttentionSpeed;
import org.lsradapt.cuda.internal.Checks;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.Findings;
import org.lsradapt.io.internal.JsonFile;

/** Checks single kernels of a driver's first device, and writes a report after each module, in the form of gpu-check's. */
final class KernelReport {
    private final Driver driver;
    private final Path file;
    private final List<GpuCheck.Stage> stages;

    KernelReport(Driver driver, Path file) {
        this.driver = driver;
        this.file = file;
        GpuCheck check = new GpuCheck(() -> driver);
        stages = new ArrayList<>(
                Stream.of("libraries", "device", "modules").map(check::stage).toList());
    }

    GpuCheck.Stage kernels(String module) throws IOException {
        return stage("kernels " + module, (device, found) -> Checks.kernels(device, module, found));
    }

    GpuCheck.Stage products() throws IOException {
        return stage("products", Checks::products);
    }

    /** Times attention of 8 sequences. */
    GpuCheck.Stage attention(int length, int heads) throws IOException {
        try (Device device = driver.open(0);
                AttentionSpeed speed = new AttentionSpeed(device, new AttentionSpeed.Shape(8, length, heads, 64))) {
            return added(new GpuCheck.Stage("attention", true, speed.run(), List.of()));
        }
    }

    private GpuCheck.Stage stage(String name, BiConsumer<Device, Findings> check) throws IOException {
        Findings found = new Findings();
        List<String> failures = new ArrayList<>();
        try (Device device = driver.open(0)) {
            check.accept(device, found);
        } catch (RuntimeException e) {
            failures.add(GpuCheck.line(e));
        }
        return added(GpuCheck.Stage.of(name, found.list(), failures));
    }

    private GpuCheck.Stage added(GpuCheck.Stage stage) throws IOException {
        stages.add(stage);
        Files.write(file, JsonFile.line(GpuCheck.report(stages)).getBytes(StandardCharsets.UTF_8));
        return stage;
    }
}
