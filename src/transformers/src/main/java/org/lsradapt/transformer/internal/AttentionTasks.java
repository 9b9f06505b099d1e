package org.lsradapt.transformer.internal;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;

/**
 * Divides attention into tasks of pieces. Pieces of a task follow each other, since they may add to the same gradients.
 *
 * <p>A piece is one sequence and some of its heads. In a causal model or one with a window, it has only some of the
 * queries, with the keys that they see. Without a gradient, it has at most {@code COLUMNS} queries.
 *
 * <p>For a gradient, a sequence keeps its probabilities if there are few per key. Otherwise its pieces are tiled: they
 * keep a number per query and head, so that memory is linear in the length.
 */
final class AttentionTasks {
    /** A piece takes heads until its scores have about this many columns. */
    private static final int COLUMNS = 512;
    /** Queries of a piece whose queries see different keys: fewer leave less to mask, more make larger products. */
    private static final int SOME_QUERIES = 64;
    /** The most probabilities per key and head that a sequence keeps: up to here, that takes less time. */
    static final int KEPT = 1024;

    /** Multiply-adds of scores below which one thread computes a sequence. */
    private static final int GRAIN = 1 << 14;

    /** Heads up to this width gain from BF16 at {@link #FEW_SCORES}, wider ones at {@link #FEW_SCORES_OF_WIDE}. */
    private static final int NARROW = 32;
    /** Scores of a head below which its products take longer in BF16. */
    private static final int FEW_SCORES = 256;

    private static final int FEW_SCORES_OF_WIDE = 64 * 128;

    private final AttentionInputs inputs;
    private final Spans spans;
    private final Heads heads;
    private final boolean keeps;
    private final int most;
    private final int fewScores;
    private final List<List<AttentionPiece>> tasks = new ArrayList<>();
    private int kept;

    private AttentionTasks(AttentionInputs inputs, boolean keeps, int most) {
        this.inputs = inputs;
        this.keeps = keeps;
        this.most = most;
        spans = inputs.spans();
        heads = inputs.heads();
        long width = inputs.queries().size(1) / heads.queries();
        fewScores = width <= NARROW ? FEW_SCORES : FEW_SCORES_OF_WIDE;
    }

    /** Returns the tasks of attention whose gradient is wanted, or not; {@code most} is as {@link #KEPT}. */
    static List<List<AttentionPiece>> of(AttentionInputs inputs, boolean gradient, int most) {
        AttentionTasks tasks = new AttentionTasks(inputs, gradient, most);
        Spans spans = inputs.spans();
        int longest = 1;
        for (int b = 0; b < spans.size(); b++) {
            longest = Math.max(longest, spans.queryCount(b));
        }
        for (int b = 0; b < spans.size(); b++) {
            tasks.addSequence(b, longest);
        }
        return tasks.tasks;
    }

    /** Returns how many numbers are kept for the gradient; {@code most} is as {@link #KEPT}. */
    static long memory(Spans spans, Heads heads, int most) {
        long numbers = 0;
        for (int b = 0; b < spans.size(); b++) {
            boolean tiled = isTiled(spans, b, heads, most);
            int perPiece = tiled ? tiledQueries(spans, b) : queriesOf(spans, b, heads, true);
            for (int from = 0; from < spans.queryCount(b); from += perPiece) {
                int count = Math.min(perPiece, spans.queryCount(b) - from);
                int perQuery = tiled ? 1 : Keys.of(spans, b, heads, from, count).count();
                numbers += (long) heads.queries() * count * perQuery;
            }
        }
        if (numbers > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention: the batch has " + numbers
                    + " attention probabilities, expected at most " + Integer.MAX_VALUE + "; use a smaller batch");
        }
        return numbers;
    }

    private static boolean isTiled(Spans spans, int b, Heads heads, int most) {
        return Math.min(spans.queryCount(b), heads.mostSeen(spans.keyCount(b))) > most;
    }

    private static int tiledQueries(Spans spans, int b) {
        int count = spans.queryCount(b);
        int pieces = (count + AttentionPiece.TILE - 1) / AttentionPiece.TILE;
        return (count + pieces - 1) / pieces;
    }

    private static int queriesOf(Spans spans, int b, Heads heads, boolean keeps) {
        boolean seeAll = !heads.causal() && heads.reach().orElse(spans.keyCount(b)) >= spans.keyCount(b) - 1;
        int most = keeps ? spans.queryCount(b) : COLUMNS;
        return Math.min(seeAll ? most : SOME_QUERIES, spans.queryCount(b));
    }

    /** The range of a sequence's keys that at least one of the given queries sees; the end is exclusive. */
    private record Keys(int from, int end) {

        static Keys of(Spans spans, int b, Heads heads, int firstQuery, int queries) {
            int first = spans.first()[b] + firstQuery;
            return new Keys(heads.firstKey(first), heads.endKey(first + queries - 1, spans.keyCount(b)));
        }

        int count() {
            return end - from;
        }
    }

    /**
     * Adds the tasks of a sequence. With relative rows, whose gradients add up over sequences, a task has some heads of
     * all sequences.
     *
     * @param longest the queries of the longest sequence
     */
    private void addSequence(int b, int longest) {
        boolean relative = inputs.relative() != null;
        boolean tiled = keeps && isTiled(spans, b, heads, most);
        int perPiece = tiled ? tiledQueries(spans, b) : queriesOf(spans, b, heads, keeps);
        int group = heads.perKeyValue();
        int columns = relative ? longest : tiled ? COLUMNS : perPiece;
        int wanted = Math.min(relative ? heads.queries() : share(b), (COLUMNS + columns - 1) / columns);
        int perTask = (wanted + group - 1) / group * group;
        for (int head = 0; head < heads.queries(); head += perTask) {
            int count = Math.min(perTask, heads.queries() - head);
            int task = relative ? head / perTask : tasks.size();
            if (task == tasks.size()) {
                tasks.add(new ArrayList<>());
            }
            int together = tiled ? 1 : count;
            for (int own = head; own < head + count; own += together) {
                addPieces(tasks.get(task), b, perPiece, own, together, tiled);
            }
        }
    }

    private void addPieces(List<AttentionPiece> task, int b, int perPiece, int head, int count, boolean tiled) {
        for (int from = 0; from < spans.queryCount(b); from += perPiece) {
            int m = Math.min(perPiece, spans.queryCount(b) - from);
            Keys seen = Keys.of(spans, b, heads, from, m);
            int n = seen.count();
            boolean rounded = inputs.isRounded() && m > 1 && m * n >= fewScores;
            task.add(new AttentionPiece(
                    b,
                    spans.queries()[b] + from,
                    m,
                    spans.first()[b] + from,
                    seen.from,
                    inputs.keyRow(b) + seen.from,
                    n,
                    head,
                    count,
                    kept,
                    tiled,
                    rounded,
                    rounded ? OneDnn.sharedRows(m) : m));
            kept += keeps ? count * m * (tiled ? 1 : n) : 0;
        }
    }

    /**
     * The heads of a sequence per task; with fewer sequences than threads, each thread gets some. A sequence with its own
     * keys has the tasks that it has alone, so that its results are bit-identical.
     */
    private int share(int sequence) {
        long work = inputs.queries().size(1) * spans.queryCount(sequence) * spans.keyCount(sequence);
        int together = inputs.areSeparate() ? 1 : spans.size();
        int parts = (int) Math.min(Parallel.available() / together, work / GRAIN);
        return parts <= 1 ? heads.queries() : (heads.queries() + parts - 1) / parts;
    }
}
