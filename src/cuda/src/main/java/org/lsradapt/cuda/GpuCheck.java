package org.lsradapt.cuda;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceDescription;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.Finding;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.SpeedCheck;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.models.ModelCheck;
import org.lsradapt.cuda.internal.models.SpeedShape;
import org.lsradapt.cuda.internal.models.StepSpeed;

/**
 * Checks whether this machine has what {@link CudaPasses} needs, and whether its first device computes correctly. The stages
 * check the libraries, the device, each module of kernels, and a training step and predictions of a small model of each
 * family, in each arithmetic of {@link CudaPasses.Products}, against the CPU. A failed stage does not prevent the next.
 */
public final class GpuCheck {
    private static final String FAILED = ": FAILED";

    private static final List<String> CHECKS = List.of("device", "modules", "models");

    /** The start of the name of a group, which a type of products follows. */
    private static final String MODELS = "models ";

    /** The stages that measure times. */
    static final List<String> TIMED = List.of("speed", "steps");

    private final Supplier<Driver> drivers;

    GpuCheck(Supplier<Driver> drivers) {
        this.drivers = drivers;
    }

    /**
     * The result of a stage.
     *
     * @param name {@code libraries}, {@code device}, {@code modules}, {@code models}, {@code speed} or {@code steps}
     * @param passed whether everything was present and correct
     * @param lines the findings; for a stage that could not run, one line with the reason
     * @param checks the comparisons with the CPU, each with its {@code name}, whether it {@code passed}, the number of
     *     {@code arrays}, the {@code error} and {@code tolerance} relative to the largest number of each array, the {@code
     *     worst} array, whether two runs were {@code repeatable}, and {@code milliseconds}; the values are texts, numbers and
     *     booleans
     */
    public record Stage(String name, boolean passed, List<String> lines, List<Map<String, Object>> checks) {
        /** Copies the lists. */
        public Stage {
            lines = List.copyOf(lines);
            checks = List.copyOf(checks);
        }

        private static Stage of(String name, List<String> lines) {
            return new Stage(name, lines.stream().noneMatch(line -> line.endsWith(FAILED)), lines, List.of());
        }

        static Stage of(String name, List<Finding> findings, List<String> failures) {
            List<String> lines = new ArrayList<>();
            findings.forEach(finding -> lines.add(finding + (finding.passed() ? "" : FAILED)));
            lines.addAll(failures);
            boolean passed = failures.isEmpty() && findings.stream().allMatch(Finding::passed);
            return new Stage(
                    name, passed, lines, findings.stream().map(Finding::fields).toList());
        }

        /** Joins the parts of a stage; a reason that stops each is one line. */
        private Stage and(Stage other) {
            return new Stage(
                    name,
                    passed && other.passed,
                    Stream.concat(lines.stream(), other.lines.stream())
                            .distinct()
                            .toList(),
                    Stream.concat(checks.stream(), other.checks.stream()).toList());
        }

        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("name", name);
            fields.put("passed", passed);
            fields.put("lines", lines);
            fields.put("checks", checks);
            return fields;
        }

        private static Stage failed(String name, RuntimeException e) {
            return new Stage(name, false, List.of(line(e)), List.of());
        }
    }

    /**
     * Runs all stages on this machine. Each stage, and each type of product of the models, runs in a Java process of its own,
     * since a device that is lost is lost for its process.
     *
     * @param speed whether to measure rates of copies and matrix products, and times of training steps, at the end
     */
    public static List<Stage> run(boolean speed) {
        Libraries libraries = new Libraries();
        GpuCheck check = new GpuCheck(() -> NativeDriver.load(libraries));
        List<Stage> stages = new ArrayList<>();
        stages.add(check.stage("libraries"));
        boolean starts = stages.get(0).passed();
        Stream.concat(CHECKS.stream(), speed ? TIMED.stream() : Stream.empty())
                .map(name -> starts ? stage(name, group -> SeparateStage.run(name, group)) : check.stage(name))
                .forEach(stages::add);
        return stages;
    }

    /** Runs a stage in this process. */
    Stage stage(String name) {
        return stage(name, group -> group(group, soFar -> {}));
    }

    private static Stage stage(String name, Function<String, Stage> run) {
        Stream<String> groups =
                name.equals("models") ? Stream.of(Precision.values()).map(type -> MODELS + type) : Stream.of(name);
        return groups.map(run).reduce(Stage::and).orElseThrow();
    }

    /** Runs a stage, or one type of product of its models; {@code soFar} gets the findings of models up to each. */
    Stage group(String group, Consumer<Stage> soFar) {
        return switch (group) {
            case "libraries" -> libraries();
            case "device" -> onDevice("device", device -> List.of(description(device)));
            case "modules" -> onDevice("modules", GpuCheck::modules);
            case "speed" -> onDevice("speed", device -> SpeedCheck.run(device, 8192, 1L << 30));
            case "steps" -> steps(SpeedShape.all(), 10);
            default -> models(Precision.valueOf(group.substring(MODELS.length())), soFar);
        };
    }

    /**
     * Prints stages, one line each with the stage's lines below.
     *
     * @param stages the stages that {@link #run} returned
     * @param out the stream to print to
     * @return whether all passed
     */
    public static boolean print(List<Stage> stages, PrintStream out) {
        boolean passed = true;
        for (Stage stage : stages) {
            passed &= stage.passed();
            out.println((stage.passed() ? "ok      " : "FAILED  ") + stage.name());
            stage.lines().forEach(line -> out.println("        " + line));
        }
        return passed;
    }

    /**
     * Returns stages as the fields of a JSON object, for a report that a program can read.
     *
     * @param stages the stages that {@link #run} returned
     * @return {@code stages}, each with its {@code name}, {@code passed}, {@code lines} and {@code checks}
     */
    public static Map<String, Object> report(List<Stage> stages) {
        return Map.of("stages", stages.stream().map(Stage::fields).toList());
    }

    private Stage libraries() {
        List<String> lines = new ArrayList<>();
        boolean passed = found(lines, () -> {
            Driver driver = drivers.get();
            int version = driver.version();
            return "driver for CUDA " + version / 1000 + "." + version % 1000 / 10 + ": " + driver.file();
        });
        // Both need the driver's library. Neither needs the other.
        if (passed) {
            passed = found(lines, () -> drivers.get().products());
            passed &= found(lines, () -> "devices: " + drivers.get().deviceCount());
        }
        return new Stage("libraries", passed, lines, List.of());
    }

    /** Adds what is found, or the first line of why nothing is. */
    private static boolean found(List<String> lines, Supplier<String> look) {
        try {
            lines.add(look.get());
            return true;
        } catch (RuntimeException e) {
            lines.add(line(e));
            return false;
        }
    }

    private Stage onDevice(String name, Function<Device, List<String>> look) {
        try (Device device = drivers.get().open(0)) {
            return Stage.of(name, look.apply(device));
        } catch (RuntimeException e) {
            return Stage.failed(name, e);
        }
    }

    private static String description(Device device) {
        DeviceDescription found = device.description();
        return String.format(
                Locale.ROOT,
                "%s, compute capability %d.%d, %d multiprocessors, %.1f of %.1f GiB free",
                found.name(),
                found.major(),
                found.minor(),
                found.multiprocessors(),
                device.freeBytes() / 0x1p30,
                found.totalBytes() / 0x1p30);
    }

    private static List<String> modules(Device device) {
        List<String> lines = new ArrayList<>();
        for (String module : KernelSources.MODULES) {
            try {
                String log = KernelSources.load(device, module).log();
                lines.add(module + (log.isEmpty() ? "" : ": " + log));
            } catch (RuntimeException e) {
                lines.add(line(e) + FAILED);
            }
        }
        return lines;
    }

    private Stage models(Precision precision, Consumer<Stage> soFar) {
        List<Finding> findings = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        try {
            ModelCheck.steps(drivers.get().open(0), precision, tolerance(precision), finding -> {
                findings.add(finding);
                soFar.accept(Stage.of("models", findings, failures));
            });
        } catch (RuntimeException e) {
            failures.add(line(e));
        }
        return Stage.of("models", findings, failures);
    }

    /** Rounding of products adds up over a step: its errors are some times those of one product. */
    private static double tolerance(Precision precision) {
        return switch (precision) {
            case FLOAT -> 1e-5;
            case TF32 -> 2e-2;
            case BF16 -> 1e-1;
        };
    }

    Stage steps(List<SpeedShape> shapes, int repeats) {
        StepSpeed speed = new StepSpeed(() -> drivers.get().open(0), repeats);
        List<String> lines = new ArrayList<>();
        for (SpeedShape shape : shapes) {
            try {
                lines.add(speed.run(shape));
            } catch (RuntimeException e) {
                lines.add(shape + ": " + line(e) + FAILED);
            }
        }
        return Stage.of("steps", lines);
    }

    static String line(RuntimeException e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message.lines().findFirst().orElse("");
    }
}
