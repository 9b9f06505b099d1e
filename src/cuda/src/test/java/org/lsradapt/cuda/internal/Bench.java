package org.lsradapt.cuda.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Operands of checks on a device: uploads numbers, allocates memory that is NaN until a kernel writes it, downloads results.
 */
final class Bench implements AutoCloseable {
    final Device device;
    final Arena arena;
    final RandomGenerator random;
    private final List<Long> operands = new ArrayList<>();
    private final Findings findings;
    private String shape = "";

    /** Makes a bench; all benches give the same random numbers. */
    Bench(Device device, Findings findings) {
        this.findings = findings;
        this.device = device;
        arena = new Arena(device);
        random = RandomGeneratorFactory.of("SplittableRandom").create(20250913);
    }

    /** Allocates each operand separately, so that memory checkers can find a kernel that leaves it. */
    private long room(long bytes) {
        long address = device.allocate(bytes);
        operands.add(address);
        return address;
    }

    /** Describes the shape of the next findings. */
    void describe(String next) {
        shape = next;
    }

    void add(Finding finding) {
        findings.add(finding.in(shape));
    }

    void clear() {
        operands.forEach(device::free);
        operands.clear();
        arena.clear();
    }

    /** One of the sizes, chosen at random. */
    int odd(int... sizes) {
        return sizes[random.nextInt(sizes.length)];
    }

    /** Normally distributed random numbers that are exact in a type. */
    double[] normal(ElementType type, long count) {
        double[] numbers = new double[Math.toIntExact(count)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = exact(type, random.nextGaussian());
        }
        return numbers;
    }

    static double exact(ElementType type, double number) {
        return switch (type) {
            case I32 -> number;
            case F32 -> (float) number;
            case BF16 -> Float.intBitsToFloat(brain((float) number) << 16);
        };
    }

    private static int brain(float number) {
        int bits = Float.floatToRawIntBits(number);
        return (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
    }

    long up(ElementType type, double[] numbers) {
        long bytes = (long) type.bytes() * numbers.length;
        long address = room(bytes);
        try (Memory host = new Memory(bytes)) {
            for (int i = 0; i < numbers.length; i++) {
                put(type, host, i, numbers[i]);
            }
            device.upload(Pointer.nativeValue(host), address, bytes);
        }
        return address;
    }

    long up(byte[] bytes) {
        long address = room(bytes.length);
        try (Memory host = new Memory(bytes.length)) {
            host.write(0, bytes, 0, bytes.length);
            device.upload(Pointer.nativeValue(host), address, bytes.length);
        }
        return address;
    }

    /** A computation that writes its result to {@code out}. */
    @FunctionalInterface
    interface Launch {
        void to(long address);
    }

    /** Computes the result twice into memory filled with NaN, and compares both with the definition. */
    Finding twice(String what, double tolerance, ElementType type, double[] expected, Launch launch) {
        double roundingBeyondFloat = type == ElementType.BF16 ? 0x1p-8 : 0;
        return twice(what, tolerance, roundingBeyondFloat, type, expected, launch);
    }

    /** The same for a result that is exact in its type. */
    Finding exactlyTwice(String what, ElementType type, double[] expected, Launch launch) {
        return twice(what, 0, 0, type, expected, launch);
    }

    private Finding twice(
            String what, double tolerance, double rounding, ElementType type, double[] expected, Launch launch) {
        double[][] results = new double[2][];
        for (int run = 0; run < 2; run++) {
            long out = poisoned(type, expected.length);
            launch.to(out);
            results[run] = down(type, out, expected.length);
        }
        return Finding.of(what, tolerance, rounding, expected, results[0], results[1]);
    }

    private static void put(ElementType type, Memory host, int index, double number) {
        long at = (long) type.bytes() * index;
        switch (type) {
            case F32 -> host.setFloat(at, (float) number);
            case BF16 -> host.setShort(at, (short) brain((float) number));
            case I32 -> host.setInt(at, (int) number);
        }
    }

    /** Allocates memory filled with NaN. */
    long poisoned(ElementType type, long count) {
        long address = room(type.bytes() * count);
        device.fill(address, (byte) 0xFF, type.bytes() * count);
        return address;
    }

    double[] down(ElementType type, long address, long count) {
        long bytes = type.bytes() * count;
        double[] numbers = new double[Math.toIntExact(count)];
        try (Memory host = new Memory(bytes)) {
            device.download(address, Pointer.nativeValue(host), bytes);
            for (int i = 0; i < numbers.length; i++) {
                long at = (long) type.bytes() * i;
                numbers[i] = switch (type) {
                    case F32 -> host.getFloat(at);
                    case BF16 -> Float.intBitsToFloat(host.getShort(at) << 16);
                    case I32 -> host.getInt(at);
                };
            }
        }
        return numbers;
    }

    @Override
    public void close() {
        clear();
        arena.close();
    }
}
