package org.lsradapt.cuda.interpreter;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How kernels read and write global memory: the sectors of 32 bytes that the requests of warps touch, over the fewest that could
 * hold the bytes that they ask for. For one thread.
 */
public final class Traffic {
    private static final int SECTOR = 32;

    private final Map<String, OfKernel> kernels = new TreeMap<>();

    OfKernel of(Kernel kernel) {
        return kernels.computeIfAbsent(kernel.name(), name -> new OfKernel());
    }

    /** Touched sectors over the fewest possible, of each kernel. */
    public Map<String, Double> ratios() {
        Map<String, Double> ratios = new TreeMap<>();
        kernels.forEach((name, kernel) -> ratios.put(name, kernel.sum().ratio()));
        return ratios;
    }

    /** A line for each kernel, with the instructions that touch more sectors than they need, the most superfluous ones first. */
    public List<String> lines() {
        return kernels.entrySet().stream()
                .map(kernel -> kernel.getKey() + ": " + kernel.getValue().line())
                .toList();
    }

    private static final class Count {
        private long requests;
        private long sectors;
        private long least;

        double ratio() {
            return (double) sectors / Math.max(1, least);
        }

        void add(Count other) {
            requests += other.requests;
            sectors += other.sectors;
            least += other.least;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%,d sectors in %,d requests, %.2f of the least", sectors, requests, ratio());
        }
    }

    /** The requests of a kernel's instructions. */
    static final class OfKernel {
        private final IdentityHashMap<Step, Count> steps = new IdentityHashMap<>();
        private final long[] addresses = new long[Warp.LANES];

        /** Counts the request of the current instruction: `bytes` for each lane, at aligned addresses. */
        void add(Warp warp, int lanes, int base, long offset, int bytes) {
            int n = 0;
            for (int some = lanes; some != 0; some &= some - 1) {
                addresses[n++] = warp.registers[Warp.LANES * base + Integer.numberOfTrailingZeros(some)] + offset;
            }
            Arrays.sort(addresses, 0, n);
            Count count = steps.computeIfAbsent(warp.current, step -> new Count());
            long asked = 0;
            for (int i = 0; i < n; i++) {
                asked += i == 0 || addresses[i] != addresses[i - 1] ? bytes : 0;
                count.sectors += i == 0 || addresses[i] / SECTOR != addresses[i - 1] / SECTOR ? 1 : 0;
            }
            count.requests++;
            count.least += (asked + SECTOR - 1) / SECTOR;
        }

        private Count sum() {
            Count sum = new Count();
            steps.values().forEach(sum::add);
            return sum;
        }

        private String line() {
            StringBuilder line = new StringBuilder(sum().toString());
            steps.entrySet().stream()
                    .filter(step -> step.getValue().sectors > step.getValue().least)
                    .sorted((a, b) -> Long.compare(
                            b.getValue().sectors - b.getValue().least, a.getValue().sectors - a.getValue().least))
                    .limit(3)
                    .forEach(step -> line.append("; ")
                            .append(step.getKey().text())
                            .append(": ")
                            .append(step.getValue()));
            return line.toString();
        }
    }
}
