package org.lsradapt.cuda.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Measures how fast a device copies memory and multiplies matrices, by the device's clock. */
public final class SpeedCheck {
    private static final int REPEATS = 10;
    private static final int MOST_ROUNDS = 20;
    private static final double SETTLED = 0.02;
    private static final long PATTERN_BYTES = 1 << 22;

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

    /** Random numbers in a type of products: with zeros, a device needs less power and computes faster. */
    private long randoms(ElementType type, long count) {
        long bytes = type.bytes() * count;
        long address = arena.take(bytes);
        long done = Math.min(bytes, PATTERN_BYTES);
        RandomGenerator random = RandomGeneratorFactory.of("SplittableRandom").create(1);
        try (Memory host = new Memory(done)) {
            for (long at = 0; at + type.bytes() <= done; at += type.bytes()) {
                int bits = Float.floatToRawIntBits((float) random.nextGaussian());
                if (type == ElementType.BF16) {
                    host.setShort(at, (short) (bits >>> Short.SIZE));
                } else {
                    host.setInt(at, bits);
                }
            }
            device.upload(Pointer.nativeValue(host), address, done);
        }
        for (; done < bytes; done += Math.min(done, bytes - done)) {
            device.copy(address, address + done, Math.min(done, bytes - done));
        }
        return address;
    }

    /** Milliseconds per call, averaged over many, once two averages in a row differ by less than 2 %. */
    static double milliseconds(Device device, Runnable work) {
        work.run();
        double last = 0;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            double average = device.milliseconds(() -> {
                        for (int i = 0; i < REPEATS; i++) {
                            work.run();
                        }
                    })
                    / REPEATS;
            boolean settled = Math.abs(average - last) < SETTLED * average;
            last = average;
            if (settled) {
                break;
            }
        }
        return last;
    }

    private String copies(long bytes) {
        arena.clear();
        long from = randoms(ElementType.F32, bytes / Float.BYTES);
        long to = arena.take(bytes);
        double rate = 2 * bytes / milliseconds(device, () -> device.copy(from, to, bytes)) / 1e6;
        return String.format(Locale.ROOT, "copies of %,d bytes: %.1f GB/s read and written", bytes, rate)
                + limit(rate, device.description().limits().bytesPerSecond() / 1e9);
    }

    private String products(Precision precision, int size) {
        arena.clear();
        ElementType type = precision.operands();
        long a = randoms(type, (long) size * size);
        long b = randoms(type, (long) size * size);
        long c = arena.take((long) Float.BYTES * size * size);
        Product product = Product.of(precision, size, size, size, false, false, 1, 0);
        double each = milliseconds(device, () -> device.products().multiply(product, a, b, c, 0));
        double rate = 2.0 * size * size * size / each / 1e9;
        return String.format(Locale.ROOT, "product %s of %d x %d x %d: %.1f TFLOP/s", precision, size, size, size, rate)
                + limit(rate, device.description().operationsPerSecond(precision) / 1e12);
    }

    /** The share of the device's limit; nothing where that is unknown. */
    private static String limit(double rate, double limit) {
        return limit == 0 ? "" : String.format(Locale.ROOT, ", %.0f %% of %.1f", 100 * rate / limit, limit);
    }
}
