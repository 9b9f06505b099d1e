package org.lsradapt.cuda;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.lsradapt.cuda.internal.Checks;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceDescription;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.Finding;
import org.lsradapt.cuda.internal.KernelSources;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.SpeedCheck;
import org.lsradapt.cuda.internal.models.ModelCheck;
import org.lsradapt.cuda.internal.models.SpeedShape;
import org.lsradapt.cuda.internal.models.StepSpeed;
import org.lsradapt.cuda.internal.pass.Precision;

/**
 * Checks whether this machine has what {@link CudaBackend} needs, and whether its first device computes correctly. The
 * stages check the libraries, the device, each module of kernels, each kernel and each form of product on random shapes
 * against the definition in double, and training steps and predictions of small models of each family against the CPU. The
 * last stage needs ND4J and is skipped without it. A failed stage does not prevent the next.
 */
public final class GpuCheck {
    private final Supplier<Driver> drivers;

    private GpuCheck(Supplier<Driver> drivers) {
        this.drivers = drivers;
    }

    /**
     * The result of a stage.
     *
     * @param name {@code libraries}, {@code device}, {@code modules}, {@code kernels}, {@code products}, {@code models}, {@code speed}
     *     or {@code steps}
     * @param passed whether everything was present and correct
     * @param lines the findings; for a stage that could not run, one line with the reason
     */
    public record Stage(String name, boolean passed, List<String> lines) {
        /** Copies the lines. */
        public Stage {
            lines = List.copyOf(lines);
        }
    }

    /** Runs all stages on this machine, without measuring speed. */
    public static List<Stage> run() {
        return run(false);
    }

    /**
     * Runs all stages on this machine.
     *
     * @param speed whether to measure rates of copies and matrix products, and times of training steps, at the end
     */
    public static List<Stage> run(boolean speed) {
        Libraries libraries = new Libraries();
        GpuCheck check = new GpuCheck(() -> NativeDriver.load(libraries));
        List<Stage> stages = check.stages();
        stages.add(check.models());
        if (speed) {
            stages.add(check.onDevice("speed", device -> SpeedCheck.run(device, 8192, 1L << 30, 512)));
            // A method reference would load the class even without ND4J.
            stages.add(check.steps(() -> SpeedShape.all(), REPEATS));
        }
        return stages;
    }

    /** Runs the stages on a driver; {@code models} includes the stage of models. */
    static List<Stage> run(Driver driver, boolean models) {
        GpuCheck check = new GpuCheck(() -> driver);
        List<Stage> stages = check.stages();
        if (models) {
            stages.add(check.models());
        }
        return stages;
    }

    /** Times one step of each shape on a driver. */
    static Stage steps(Driver driver, List<SpeedShape> shapes) {
        return new GpuCheck(() -> driver).steps(() -> shapes, 1);
    }

    /**
     * Prints the stages, and ends the process with 1 unless all passed.
     *
     * @param args none, or {@code --speed}
     */
    public static void main(String[] args) {
        boolean speed = args.length == 1 && args[0].equals("--speed");
        if (args.length > 0 && !speed) {
            System.err.println("error: GpuCheck takes --speed or nothing, found " + String.join(" ", args));
            System.exit(2);
        }
        if (!print(run(speed), System.out)) {
            System.exit(1);
        }
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

    private List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        stages.add(libraries());
        stages.add(onDevice("device", GpuCheck::device));
        stages.add(onDevice("modules", GpuCheck::modules));
        stages.add(onDevice("kernels", GpuCheck::kernels));
        stages.add(onDevice("products", device -> findings(Checks.products(device), "shapes")));
        return stages;
    }

    /** A stage of the check; it throws, or ends a line with FAILED, if it finds a fault. */
    @FunctionalInterface
    private interface Look {
        List<String> at(Device device);
    }

    private static final String FAILED = ": FAILED";
    /** The number of timed steps of each shape. */
    private static final int REPEATS = 10;

    /** The dependencies of the models stage: ND4J, and the library's models. */
    private static final List<String> MODELS_NEED =
            List.of("org.nd4j.linalg.factory.Nd4j", "org.lsradapt.transformer.TransformerWeights");

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
        return new Stage("libraries", passed, lines);
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

    private Stage onDevice(String name, Look look) {
        try (Device device = drivers.get().open(0)) {
            return stage(name, look.at(device));
        } catch (RuntimeException e) {
            return new Stage(name, false, List.of(line(e)));
        }
    }

    private static List<String> device(Device device) {
        DeviceDescription found = device.description();
        return List.of(String.format(
                Locale.ROOT,
                "%s, compute capability %d.%d, %d multiprocessors, %.1f of %.1f GiB free",
                found.name(),
                found.major(),
                found.minor(),
                found.multiprocessors(),
                device.freeBytes() / 0x1p30,
                found.totalBytes() / 0x1p30));
    }

    private static List<String> modules(Device device) {
        List<String> lines = new ArrayList<>();
        for (String module : KernelSources.MODULES) {
            try {
                DeviceModule loaded = KernelSources.load(device, module);
                lines.add(module + (loaded.log().isEmpty() ? "" : ": " + loaded.log()));
            } catch (RuntimeException e) {
                lines.add(line(e) + FAILED);
            }
        }
        return lines;
    }

    private static List<String> kernels(Device device) {
        List<String> lines = new ArrayList<>();
        for (String module : KernelSources.MODULES) {
            try {
                lines.addAll(findings(Checks.kernels(device, module), "shapes"));
            } catch (RuntimeException e) {
                lines.add(line(e) + FAILED);
            }
        }
        return lines;
    }

    private Stage models() {
        return withModels(
                "models",
                () -> onDevice(
                        "models", device -> findings(ModelCheck.steps(device, Precision.FLOAT, 1e-5), "arrays")));
    }

    private Stage steps(Supplier<List<SpeedShape>> shapes, int repeats) {
        return withModels("steps", () -> {
            StepSpeed speed = new StepSpeed(() -> drivers.get().open(0), repeats);
            List<String> lines = new ArrayList<>();
            for (SpeedShape shape : shapes.get()) {
                try {
                    lines.add(speed.run(shape));
                } catch (RuntimeException e) {
                    lines.add(shape + ": " + line(e) + FAILED);
                }
            }
            return stage("steps", lines);
        });
    }

    private static Stage withModels(String name, Supplier<Stage> stage) {
        for (String needed : MODELS_NEED) {
            try {
                Class.forName(needed, false, GpuCheck.class.getClassLoader());
            } catch (ClassNotFoundException | LinkageError e) {
                return new Stage(name, true, List.of("skipped: " + needed + " is not on the class path"));
            }
        }
        return stage.get();
    }

    private static Stage stage(String name, List<String> lines) {
        return new Stage(name, lines.stream().noneMatch(line -> line.endsWith(FAILED)), lines);
    }

    private static List<String> findings(List<Finding> findings, String things) {
        List<String> lines = new ArrayList<>();
        for (Finding finding : findings) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s: error %.1e of at most %.0e on %d %s%s%s",
                    finding.what(),
                    finding.error(),
                    finding.tolerance(),
                    finding.shapes(),
                    things,
                    finding.repeatable() ? "" : ", other bits the second time",
                    finding.passed() ? "" : FAILED));
        }
        return lines;
    }

    private static String line(RuntimeException e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message.lines().findFirst().orElse("");
    }
}
