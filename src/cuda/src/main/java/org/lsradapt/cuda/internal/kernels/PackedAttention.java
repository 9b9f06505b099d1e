package org.lsradapt.cuda.internal.kernels;

import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** Attention of packed sequences and its gradients, by one kind of kernel. */
public abstract class PackedAttention extends Kernels {
    /** The largest head size. */
    public static final int MOST_SIZE = 256;

    PackedAttention(Device device, DeviceModule module) {
        super(device, module);
    }

    /**
     * The division of attention into heads.
     *
     * @param group the number of query heads that read one head of keys and values
     * @param size the numbers per head, at most {@link #MOST_SIZE}
     * @param queryStride distance between rows of queries, and of their gradients
     * @param keyStride distance between rows of keys, of values, and of their gradients
     */
    public record Heads(int heads, int group, int size, int queryStride, int keyStride) {

        public Heads {
            if (size > MOST_SIZE) {
                throw new IllegalArgumentException(
                        "attention on a device: a head has " + size + " numbers, expected up to " + MOST_SIZE);
            }
        }
    }

    /**
     * The conversion of a query-key product to a score.
     *
     * @param cap c of c·tanh(s/c), or 0 for no cap
     * @param bias address of the terms that distances add, [heads, 2·centre + 1], or 0
     * @param centre the index of distance 0 among a head's terms, and among the rows of relative embeddings; rows of queries
     *     and keys then belong to the same tokens
     */
    public record Scores(float scale, float cap, long bias, int centre, Relative relative) {}

    /**
     * Relative embeddings of disentangled attention: a query is multiplied by those of its distance to a key, and a key by
     * others. Heads lie next to each other, as in queries.
     *
     * @param keys address of [2·centre + 1, heads·size] for queries, or 0
     * @param queries address of [2·centre + 1, heads·size] for keys, or 0
     */
    public record Relative(long keys, long queries, int stride) {
        public static final Relative NONE = new Relative(0, 0, 0);
    }

    /** Addresses of the first head's first number. */
    public record Inputs(long queries, long keys, long values) {}

    /**
     * The ranges of rows that see each other, two numbers of 32 bits each: the first, and the last + 1.
     *
     * @param keys address of the range of key rows for each query row
     * @param queries address of the range of query rows for each key row
     */
    public record Seen(long keys, long queries) {}

    /** An attention of {@code queryRows} queries to {@code keyRows} keys and values. */
    public record Problem(Inputs in, Heads heads, Scores scores, Seen seen, int queryRows, int keyRows) {}

    /** out ← softmax(scores)·V; the gradients read {@code logs} [rows, heads]. */
    public final void attention(Problem p, long out, long logs) {
        Inputs in = p.in();
        Arguments begun =
                arguments(in.queries(), in.keys(), in.values(), p.seen().keys(), out, logs);
        launch("attention", begun, p, p.queryRows(), p.heads().heads());
    }

    /** Computes the gradient of the queries, and sums [rows, heads] that {@link #keyGradient} reads. */
    public final void queryGradient(Problem p, long out, long logs, long dOut, long sums, long dQueries) {
        Inputs in = p.in();
        long seen = p.seen().keys();
        Arguments begun = arguments(in.queries(), in.keys(), in.values(), seen, out, logs, dOut, sums, dQueries);
        launch("query_gradient", begun, p, p.queryRows(), p.heads().heads());
    }

    /** Computes the gradients of keys and values from the sums of {@link #queryGradient}. */
    public final void keyGradient(Problem p, long logs, long dOut, long sums, long dKeys, long dValues) {
        Inputs in = p.in();
        long seers = p.seen().queries();
        Arguments begun = arguments(in.queries(), in.keys(), in.values(), seers, logs, dOut, sums, dKeys, dValues);
        launch(
                "key_gradient",
                begun,
                p,
                p.keyRows(),
                p.heads().heads() / p.heads().group());
    }

    /** Adds the arguments that all kernels share, and starts the kernel of a result for some heads of some rows. */
    abstract void launch(String result, Arguments begun, Problem p, int rows, int heads);

    /** Adds all of heads and scores except the relative embeddings. */
    static Arguments add(Problem p, Arguments begun) {
        Heads heads = p.heads();
        Scores scores = p.scores();
        return begun.int32(heads.heads(), heads.group(), heads.size(), heads.queryStride(), heads.keyStride())
                .float32(scores.scale(), scores.cap())
                .addresses(scores.bias())
                .int32(scores.centre());
    }
}
