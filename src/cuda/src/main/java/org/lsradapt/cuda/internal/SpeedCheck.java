package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measures how fast a device copies memory and multiplies matrices, by the device's clock. */
public final class SpeedCheck {
    private static final int REPEATS = 10;

    private final Device device;
    private final Arena arena;

    private SpeedCheck(Device device, Arena arena) {
        this.device = device;
        this.arena = arena;
    }

    /** Measures with matrices of {@code size} rows and columns and copies of {@code bytes}; a line per measurement. */
    public static List<String> run(Device device, int size, long bytes) {
        try (Arena arena = new Arena(device)) {
            SpeedCheck check = new SpeedCheck(device, arena);
            List<String> lines = new ArrayList<>();
            lines.add(check.copies(bytes));
            for (Precision precision : Precision.values()) {
                lines.add(check.products(precision, size));
            }
            return lines;
        }
    }

    private long zeros(long bytes) {
        long address = arena.take(bytes);
        device.fill(address, (byte) 0, bytes);
        return address;
    }

    /** Milliseconds per call, averaged over many calls after one that is not counted. */
    static double milliseconds(Device device, Runnable work) {
        work.run();
        return device.milliseconds(() -> {
                    for (int i = 0; i < REPEATS; i++) {
                        work.run();
                    }
                })
                / REPEATS;
    }

    private String copies(long bytes) {
        arena.clear();
        long from = zeros(bytes);
        long to = zeros(bytes);
        double each = milliseconds(device, () -> device.copy(from, to, bytes));
        return String.format(
                Locale.ROOT, "copies of %,d bytes: %.1f GB/s read and written", bytes, 2 * bytes / each / 1e6);
    }

    private String products(Precision precision, int size) {
        arena.clear();
        long a = zeros((long) precision.operands().bytes() * size * size);
        long b = zeros((long) precision.operands().bytes() * size * size);
        long c = zeros((long) Float.BYTES * size * size);
        Product product = Product.of(precision, size, size, size, false, false, 1, 0);
        double each = milliseconds(device, () -> device.products().multiply(product, a, b, c));
        return String.format(
                Locale.ROOT,
                "product %s of %d x %d x %d: %.1f TFLOP/s",
                precision,
                size,
                size,
                size,
                2.0 * size * size * size / each / 1e9);
    }
}
