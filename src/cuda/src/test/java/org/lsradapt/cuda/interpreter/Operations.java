package org.lsradapt.cuda.interpreter;

/** The effects of the instructions on registers and memory. */
final class Operations {
    static final Step.Effect NOTHING = (warp, lanes) -> {};

    private Operations() {}

    /** One lane's result from up to three operands, all as bits. */
    @FunctionalInterface
    interface Lane {
        long of(long a, long b, long c);
    }

    static Step.Effect copy(int to, int from) {
        return (warp, lanes) -> {
            long[] r = warp.registers;
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                r[Warp.LANES * to + lane] = r[Warp.LANES * from + lane];
            }
        };
    }

    /** The lower and the upper half of 64 bits. */
    static Step.Effect split(int[] to, int from) {
        return (warp, lanes) -> {
            long[] r = warp.registers;
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                long bits = r[Warp.LANES * from + lane];
                r[Warp.LANES * to[0] + lane] = bits & 0xFFFFFFFFL;
                r[Warp.LANES * to[1] + lane] = bits >>> 32;
            }
        };
    }

    static Step.Effect join(int to, int[] from) {
        return (warp, lanes) -> {
            long[] r = warp.registers;
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                long upper = r[Warp.LANES * from[1] + lane];
                r[Warp.LANES * to + lane] = (upper << 32) | (r[Warp.LANES * from[0] + lane] & 0xFFFFFFFFL);
            }
        };
    }

    /** An instruction of arithmetic, by the words of its opcode. */
    static Step.Effect of(String[] words, int to, int[] from) {
        if (words[0].equals("mov") || words[0].equals("cvta")) {
            return copy(to, from[0]);
        }
        Lane lane = Arithmetic.of(words);
        int a = Warp.LANES * from[0];
        int b = Warp.LANES * from[Math.min(1, from.length - 1)];
        int c = Warp.LANES * from[Math.min(2, from.length - 1)];
        int d = Warp.LANES * to;
        return (warp, lanes) -> {
            long[] r = warp.registers;
            if (lanes == -1) {
                for (int i = 0; i < Warp.LANES; i++) {
                    r[d + i] = lane.of(r[a + i], r[b + i], r[c + i]);
                }
            } else {
                for (int some = lanes; some != 0; some &= some - 1) {
                    int i = Integer.numberOfTrailingZeros(some);
                    r[d + i] = lane.of(r[a + i], r[b + i], r[c + i]);
                }
            }
        };
    }

    static Step.Effect load(String space, boolean cached, String type, int[] to, int base, long offset) {
        int width = Integer.parseInt(type.substring(1)) / 8;
        boolean signed = type.startsWith("s");
        return (warp, lanes) -> {
            long[] r = warp.registers;
            count(warp, lanes, space, base, width * to.length, offset);
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                long address = r[Warp.LANES * base + lane] + offset;
                requireAligned(address, width * to.length);
                Space memory = space(warp, space, lane, address);
                long stamp = stamp(warp, space, lane);
                if (cached) {
                    memory.requireUnwritten(address, width * to.length, stamp);
                }
                for (int i = 0; i < to.length; i++) {
                    long bits = memory.read(address + (long) i * width, width, stamp);
                    r[Warp.LANES * to[i] + lane] = signed ? signed(bits, width) : bits;
                }
            }
        };
    }

    static Step.Effect store(String space, String type, int[] from, int base, long offset) {
        int width = Integer.parseInt(type.substring(1)) / 8;
        return (warp, lanes) -> {
            long[] r = warp.registers;
            count(warp, lanes, space, base, width * from.length, offset);
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                long address = r[Warp.LANES * base + lane] + offset;
                requireAligned(address, width * from.length);
                Space memory = space(warp, space, lane, address);
                for (int i = 0; i < from.length; i++) {
                    long bits = r[Warp.LANES * from[i] + lane];
                    memory.write(address + (long) i * width, width, bits, stamp(warp, space, lane));
                }
            }
        };
    }

    private static void count(Warp warp, int lanes, String space, int base, int bytes, long offset) {
        if (warp.traffic != null && space.equals("global")) {
            warp.traffic.add(warp, lanes, base, offset, bytes);
        }
    }

    /** Registers of 64 bits keep the sign, those of 32 and 16 their own bits alone. */
    private static long signed(long bits, int width) {
        return switch (width) {
            case 1 -> (byte) bits & 0xFFFFFFFFL;
            case 2 -> (short) bits & 0xFFFFFFFFL;
            default -> bits;
        };
    }

    private static void requireAligned(long address, int bytes) {
        if (address % bytes != 0) {
            throw new DeviceFault("0x" + Long.toHexString(address) + " is not a multiple of " + bytes);
        }
    }

    private static Space space(Warp warp, String space, int lane, long address) {
        return switch (space) {
            case "global" -> warp.block.memory.at(address);
            case "shared" -> warp.block.shared;
            case "local" -> warp.local(lane);
            default -> throw new DeviceFault("state space " + space + " is not interpreted");
        };
    }

    /** Local memory is one thread's. */
    private static long stamp(Warp warp, String space, int lane) {
        return space.equals("local") ? 0 : warp.stamp(lane);
    }

    /**
     * {@code shfl.sync}: each lane gets another's number, if that is in its part of the warp.
     *
     * @param from the number, the distance or index, the clamp with the mask of the part, the lanes that take part
     */
    static Step.Effect shuffle(String mode, int to, int inPart, int[] from) {
        return (warp, lanes) -> {
            long[] r = warp.registers;
            long[] before = new long[Warp.LANES];
            System.arraycopy(r, Warp.LANES * from[0], before, 0, Warp.LANES);
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                requireNamed((int) r[Warp.LANES * from[3] + lane], lanes);
                int by = (int) r[Warp.LANES * from[1] + lane] & 31;
                int control = (int) r[Warp.LANES * from[2] + lane];
                int part = (control >> 8) & 31;
                int last = (lane & part) | (control & 31 & ~part);
                int source = switch (mode) {
                    case "bfly" -> lane ^ by;
                    case "up" -> lane - by;
                    case "down" -> lane + by;
                    case "idx" -> (lane & part) | (by & ~part);
                    default -> throw new DeviceFault("shfl." + mode + " is not interpreted");
                };
                boolean inside = mode.equals("up") ? source >= last : source <= last;
                int taken = inside ? source : lane;
                if (((lanes >> taken) & 1) == 0) {
                    throw new DeviceFault("lane " + lane + " shuffles with lane " + taken + ", which takes no part");
                }
                r[Warp.LANES * to + lane] = before[taken];
                if (inPart >= 0) {
                    r[Warp.LANES * inPart + lane] = inside ? 1 : 0;
                }
            }
        };
    }

    /** {@code vote.sync.ballot}: a bit for each of a warp's lanes, whether its predicate is true. */
    static Step.Effect ballot(int to, int predicate, int members) {
        return (warp, lanes) -> {
            long[] r = warp.registers;
            int bits = 0;
            for (int some = lanes; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                requireNamed((int) r[Warp.LANES * members + lane], lanes);
                bits |= r[Warp.LANES * predicate + lane] != 0 ? 1 << lane : 0;
            }
            for (int some = lanes; some != 0; some &= some - 1) {
                r[Warp.LANES * to + Integer.numberOfTrailingZeros(some)] = bits & 0xFFFFFFFFL;
            }
        };
    }

    private static void requireNamed(int members, int lanes) {
        if (members != lanes) {
            throw new DeviceFault("lanes " + Integer.toHexString(lanes) + " take part where "
                    + Integer.toHexString(members) + " are named");
        }
    }
}
