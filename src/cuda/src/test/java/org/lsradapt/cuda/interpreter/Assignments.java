package org.lsradapt.cuda.interpreter;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refuses reads of registers that were never written. Where every way to an instruction writes what it reads, that is known
 * before a kernel runs; elsewhere, threads take down what they have written.
 */
final class Assignments {
    private static final Pattern REGISTER = Pattern.compile("%[a-z]+\\d+");
    private static final Pattern PARTS =
            Pattern.compile("(?:@!?(%\\w+) )?(\\w+)\\S*(?: (\\{[^}]*\\}|\\[[^\\]]*\\]|[^,]*),?(.*))?");
    private static final Set<String> WITHOUT_RESULT = Set.of("st", "bra", "bar", "barrier", "ret", "exit");

    private final String kernel;
    private final List<Step> steps;
    private final Map<String, Integer> rows;
    private final List<BitSet> reads = new ArrayList<>();
    private final List<BitSet> writes = new ArrayList<>();
    /** The registers written on every path to a step; null where no followed path leads to it. */
    private final BitSet[] before;

    private final Deque<Integer> starts = new ArrayDeque<>();
    /** The registers that a step reads and that some path to it does not write. */
    private final Map<Integer, BitSet> doubtful = new HashMap<>();

    private Assignments(String kernel, List<Step> steps, Map<String, Integer> rows) {
        this.kernel = kernel;
        this.steps = steps;
        this.rows = rows;
        before = new BitSet[steps.size() + 1];
        steps.forEach(this::read);
    }

    /** The steps, with the checks that they need as they run; {@code rows} are those of registers. */
    static List<Step> checked(String kernel, List<Step> steps, Map<String, Integer> rows) {
        return new Assignments(kernel, steps, rows).checked();
    }

    private void read(Step step) {
        Matcher parts = PARTS.matcher(step.text());
        if (!parts.matches()) {
            throw new DeviceFault(kernel + ": no instruction: " + step.text());
        }
        BitSet read = registers(parts.group(1), parts.group(4));
        BitSet first = registers(parts.group(3));
        boolean writesFirst = !WITHOUT_RESULT.contains(parts.group(2));
        if (!writesFirst) {
            read.or(first);
        }
        reads.add(read);
        writes.add(writesFirst ? first : new BitSet());
    }

    private BitSet registers(String... texts) {
        BitSet found = new BitSet();
        for (String text : texts) {
            Matcher register = REGISTER.matcher(text == null ? "" : text);
            while (register.find()) {
                found.set(rows.get(register.group()));
            }
        }
        return found;
    }

    private List<Step> checked() {
        reach(0, new BitSet());
        while (!starts.isEmpty()) {
            follow(starts.pop());
        }
        BitSet watched = new BitSet();
        doubtful.values().forEach(watched::or);
        List<Step> all = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            BitSet taken = (BitSet) writes.get(i).clone();
            taken.and(watched);
            BitSet asked = doubtful.getOrDefault(i, new BitSet());
            all.add(asked.isEmpty() && taken.isEmpty() ? steps.get(i) : watching(steps.get(i), asked, taken));
        }
        return all;
    }

    private Step watching(Step step, BitSet asked, BitSet taken) {
        if (step.kind() != Step.Kind.PLAIN) {
            throw new DeviceFault(kernel + ", " + step.text() + ": reads " + name(asked) + ", which may be unwritten");
        }
        return step.with((warp, lanes) -> {
            for (int row = asked.nextSetBit(0); row >= 0; row = asked.nextSetBit(row + 1)) {
                if ((lanes & ~warp.written[row]) != 0) {
                    throw new DeviceFault("reads " + name(asked) + ", which was never written");
                }
            }
            step.effect().apply(warp, lanes);
            for (int row = taken.nextSetBit(0); row >= 0; row = taken.nextSetBit(row + 1)) {
                warp.written[row] |= lanes;
            }
        });
    }

    private String name(BitSet registers) {
        int first = registers.nextSetBit(0);
        return rows.entrySet().stream()
                .filter(entry -> entry.getValue() == first)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /** Ways meet: only what each has written counts. */
    private void reach(int step, BitSet written) {
        BitSet known = before[step];
        if (known == null) {
            before[step] = (BitSet) written.clone();
            starts.push(step);
        } else {
            BitSet both = (BitSet) known.clone();
            both.and(written);
            if (!both.equals(known)) {
                before[step] = both;
                starts.push(step);
            }
        }
    }

    /** Goes on to the next branch or place where ways meet. */
    private void follow(int from) {
        BitSet written = (BitSet) before[from].clone();
        for (int i = from; i < steps.size(); i++) {
            Step step = steps.get(i);
            doubt(i, written);
            boolean always = step.guard() < 0;
            if (always) {
                written.or(writes.get(i));
            }
            if (step.kind() == Step.Kind.BRANCH) {
                reach(step.target(), written);
            }
            if (always && (step.kind() == Step.Kind.BRANCH || step.kind() == Step.Kind.EXIT)) {
                return;
            }
            if (before[i + 1] != null || step.kind() == Step.Kind.BRANCH) {
                reach(i + 1, written);
                return;
            }
        }
    }

    private void doubt(int step, BitSet written) {
        BitSet missing = (BitSet) reads.get(step).clone();
        missing.andNot(written);
        if (!missing.isEmpty()) {
            doubtful.computeIfAbsent(step, unused -> new BitSet()).or(missing);
        }
    }
}
