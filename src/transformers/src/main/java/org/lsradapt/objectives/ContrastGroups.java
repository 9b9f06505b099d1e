package org.lsradapt.objectives;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsradapt.objectives.Target.Role;

/**
 * The anchors and candidates of a batch's texts, and the pairs that the loss leaves out. The candidates are all
 * positives in the order of their anchors, then all hard negatives.
 */
final class ContrastGroups {
    private final int[] anchors;
    private final int[] candidates;
    /** A number for each text; equal texts have the same number. */
    private final int[] identities;

    /** The identities of each anchor and its positive. */
    private final Set<Long> pairs = new HashSet<>();

    ContrastGroups(Objective.Batch batch) {
        List<Target> targets = batch.targets();
        anchors = with(targets, Role.ANCHOR).toArray();
        candidates = IntStream.concat(with(targets, Role.POSITIVE), with(targets, Role.NEGATIVE))
                .toArray();
        Map<Object, Integer> known = new HashMap<>();
        identities = batch.sequences().stream()
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

    /** The index of each anchor in the batch; the array itself. */
    int[] anchors() {
        return anchors;
    }

    /** The index of each candidate in the batch; the array itself. */
    int[] candidates() {
        return candidates;
    }

    /** Whether the candidate is the anchor's own, or the batch has no equal pair of the two. */
    boolean contrasted(int anchor, int candidate) {
        return candidate == anchor || !pairs.contains(pair(anchor, candidate));
    }
}
