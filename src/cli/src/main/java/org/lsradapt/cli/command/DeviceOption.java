package org.lsradapt.cli.command;

import java.util.Locale;
import java.util.function.Consumer;
import org.lsradapt.cuda.AutomaticPasses;
import org.lsradapt.cuda.CudaPasses;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.PassExecutor;
import picocli.CommandLine.Option;

/** The options that select where passes run. */
public final class DeviceOption {

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "Device for the model's layers: cpu, cuda (the first NVIDIA GPU), or auto (cuda if it"
                    + " supports the model, else cpu).")
    private String device = Device.CPU.toString();

    @Option(
            names = "--device-products",
            paramLabel = "TYPE",
            description = "Precision of matrix products on a GPU: float (default), tf32, or bf16, which halves the"
                    + " GPU memory of frozen weights.")
    private String products = named(CudaPasses.Products.FLOAT);

    private enum Device {
        CPU,
        CUDA,
        AUTO;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Passes on an open device; closing this closes the device. */
    public record Opened(PassExecutor passes, Runnable closing) implements AutoCloseable {
        @Override
        public void close() {
            closing.run();
        }
    }

    /** Checks that {@code --device-products} fits the device. */
    public void check() {
        Device where = asked();
        Require.argument(
                askedProducts() == CudaPasses.Products.FLOAT || where != Device.CPU,
                "--device-products %s is for a GPU, found --device %s",
                products,
                where);
    }

    private static String named(CudaPasses.Products type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private CudaPasses.Products askedProducts() {
        return Require.named("type of products", products, CudaPasses.Products.values(), DeviceOption::named);
    }

    private Device asked() {
        return Require.named("device", device, Device.values(), Device::toString);
    }

    /**
     * Opens the device.
     *
     * @param told receives the name of the device and, with {@code auto}, a change to the CPU
     * @throws IllegalStateException with a message of one line, if there is no such device
     */
    public Opened open(Consumer<String> told) {
        check();
        return switch (asked()) {
            case AUTO -> {
                AutomaticPasses automatic = AutomaticPasses.open(askedProducts(), told);
                yield new Opened(automatic, automatic::close);
            }
            case CUDA -> {
                CudaPasses passes = gpu();
                told.accept("device: " + passes.arithmetic());
                yield new Opened(passes, passes::close);
            }
            case CPU -> new Opened(PassExecutor.LOCAL, () -> {});
        };
    }

    private CudaPasses gpu() {
        try {
            return CudaPasses.open(0, askedProducts());
        } catch (IllegalStateException e) {
            throw new IllegalStateException("--device cuda: " + e.getMessage(), e);
        }
    }
}
