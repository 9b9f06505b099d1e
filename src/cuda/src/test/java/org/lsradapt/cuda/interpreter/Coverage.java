package org.lsradapt.cuda.interpreter;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The instructions of kernels that any thread has executed. For one thread. */
public final class Coverage {
    private final Map<String, BitSet> executed = new TreeMap<>();
    private final Map<String, List<Step>> steps = new TreeMap<>();

    BitSet of(Kernel kernel) {
        steps.putIfAbsent(kernel.name(), kernel.steps());
        return executed.computeIfAbsent(kernel.name(), name -> new BitSet());
    }

    /** The executed share of the instructions of all kernels that were launched. */
    public double share() {
        int all = steps.values().stream().mapToInt(List::size).sum();
        return (double) executed.values().stream().mapToInt(BitSet::cardinality).sum() / all;
    }

    /** A line for each kernel with instructions that were not executed: its name, their count, and their places and texts. */
    public List<String> missed() {
        List<String> lines = new ArrayList<>();
        steps.forEach((name, all) -> {
            List<String> missing = new ArrayList<>();
            BitSet seen = executed.get(name);
            for (int i = seen.nextClearBit(0); i < all.size(); i = seen.nextClearBit(i + 1)) {
                missing.add(i + " " + all.get(i).text());
            }
            if (!missing.isEmpty()) {
                lines.add(name + ": " + missing.size() + " of " + all.size() + ": " + String.join("; ", missing));
            }
        });
        return lines;
    }
}
