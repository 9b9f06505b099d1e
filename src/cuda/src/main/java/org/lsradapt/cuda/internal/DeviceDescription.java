package org.lsradapt.cuda.internal;

/** The properties of a device; {@code major} and {@code minor} are its compute capability. */
public record DeviceDescription(
        String name, int major, int minor, long totalBytes, int multiprocessors, Limits limits) {

    /**
     * The rates of a device's parts, 0 where the driver does not know them.
     *
     * @param clock cycles of a multiprocessor per second, at most
     * @param bytesPerSecond bytes of memory read or written
     */
    public record Limits(double clock, double bytesPerSecond) {
        public static final Limits UNKNOWN = new Limits(0, 0);

        /** Memory transfers twice in a cycle of its clock. */
        static Limits of(int kiloHertz, int memoryKiloHertz, int busBits) {
            return new Limits(1e3 * kiloHertz, 1e3 * memoryKiloHertz * 2 * busBits / Byte.SIZE);
        }
    }

    /** Whether the device runs this library's PTX, which is for compute capability 8.0. */
    public boolean isSupported() {
        return major >= 8;
    }

    /**
     * The most additions and multiplications per second in a product, of dense matrices with sums in FLOAT; 0 if unknown.
     * From NVIDIA's documents of each architecture. Devices for games have half of it in TF32 and BF16.
     */
    public double operationsPerSecond(Precision precision) {
        int perCycle = switch (precision) {
            case FLOAT -> major == 8 && minor == 0 ? 64 : 128;
            case TF32 -> brains() / 2;
            case BF16 -> brains();
        };
        return 2.0 * perCycle * multiprocessors * limits.clock();
    }

    /** The products of two BF16 numbers that a multiprocessor adds in a cycle. */
    private int brains() {
        return switch (major) {
            case 8 -> minor == 0 ? 1024 : 512;
            case 9 -> 2048;
            case 10 -> 4096;
            case 12 -> 512;
            default -> 0;
        };
    }
}
