package org.lsradapt.cli;

import java.util.Locale;
import java.util.function.Consumer;
import org.lsradapt.cuda.CudaPasses;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.PassExecutor;
import picocli.CommandLine.Option;

/** {@code --device}. */
final class DeviceOption {

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "Where the model's layers are computed: cpu, cuda (the first NVIDIA GPU), or auto (cuda if"
                    + " that can be used, else cpu).")
    private String device = Device.CPU.toString();

    private enum Device {
        CPU,
        CUDA,
        AUTO;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Passes there. */
    record Opened(PassExecutor passes, Runnable closing) implements AutoCloseable {
        @Override
        public void close() {
            closing.run();
        }
    }

    /** Checks the name. */
    void check() {
        asked();
    }

    private Device asked() {
        return Require.named("device", device, Device.values(), Device::toString);
    }

    /**
     * Opens the device.
     *
     * @param told of the device that auto chose
     * @throws IllegalStateException in one line, if there is none
     */
    Opened open(Consumer<String> told) {
        Device asked = asked();
        if (asked != Device.CPU) {
            try {
                CudaPasses passes = CudaPasses.open(0);
                told.accept("device: " + passes.arithmetic());
                return new Opened(passes, passes::close);
            } catch (IllegalStateException e) {
                if (asked == Device.CUDA) {
                    throw new IllegalStateException("--device cuda: " + e.getMessage(), e);
                }
                told.accept("device: cpu, as there is no GPU: "
                        + e.getMessage().lines().findFirst().orElse(""));
            }
        }
        return new Opened(PassExecutor.LOCAL, () -> {});
    }
}
