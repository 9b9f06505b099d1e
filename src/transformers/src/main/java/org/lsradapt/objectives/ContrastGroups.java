package org.lsradapt.objectives;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsradapt.objectives.Target.Role;
import org.lsradapt.transformer.ModelInput;

/**
 * Which texts of a batch are anchors, which are candidates (all positives in the order of their anchors, then all hard
 * negatives), and which candidates are no negatives of which anchors.
 */
final class ContrastGroups {
    private final int[] anchors;
    private final int[] candidates;
    /** A number for each text, the same for equal ones. */
    private final int[] identities;

    /** Identities of an anchor and its positive. */
    private final Set<Long> pairs = new HashSet<>();

    ContrastGroups(List<? extends ModelInput> sequences, List<Target> targets) {
        anchors = with(targets, Role.ANCHOR).toArray();
        candidates = IntStream.concat(with(targets, Role.POSITIVE), with(targets, Role.NEGATIVE))
                .toArray();
        Map<Object, Integer> known = new HashMap<>();
        identities = sequences.stream()
                .mapToInt(sequence -> known.computeIfAbsent(sequence.identity(), identity -> known.size()))
                .toArray();
        for (int i = 0; i < anchors.length; i++) {
            pairs.add(pair(i, i));
        }
    }

    private static IntStream with(List<Target> targets, Role role) {
        return IntStream.range(0, targets.size()).filter(i -> targets.get(i) == role);
    }

    private long pair(int anchor, int candidate) {
        return (long) identities[anchors[anchor]] << Integer.SIZE | identities[candidates[candidate]];
    }

    /** Where each anchor is in the batch; the array itself. */
    int[] anchors() {
        return anchors;
    }

    /** Where each candidate is in the batch; the array itself. */
    int[] candidates() {
        return candidates;
    }

    /** Whether an anchor and a candidate are contrasted: it is the anchor's own, or no pair of the batch is equal. */
    boolean contrasted(int anchor, int candidate) {
        return candidate == anchor || !pairs.contains(pair(anchor, candidate));
    }
}
