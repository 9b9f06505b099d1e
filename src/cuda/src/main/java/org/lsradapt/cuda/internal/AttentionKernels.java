package org.lsradapt.cuda.internal;

/** Rotary positions, and attention of packed sequences with its gradients, on FLOAT or BF16. */
public final class AttentionKernels implements PackedAttention {
    /** The most numbers that a head may have. */
    public static final int MOST_SIZE = 256;

    private static final int THREADS = 128;

    private final Device device;
    private final DeviceKernel rotate;
    private final DeviceKernel attention;
    private final DeviceKernel queryGradient;
    private final DeviceKernel keyGradient;
    private final DeviceKernel relativeGradient;
    private final Arguments arguments = new Arguments();

    /**
     * Kernels of a loaded module.
     *
     * @param device where it is loaded
     * @param module {@code attention}
     * @param isBrain whether for BF16
     */
    public AttentionKernels(Device device, DeviceModule module, boolean isBrain) {
        this.device = device;
        String type = isBrain ? "_bf16" : "_f32";
        rotate = module.kernel("rotate" + type);
        attention = module.kernel("attention" + type);
        queryGradient = module.kernel("attention_query_gradient" + type);
        keyGradient = module.kernel("attention_key_gradient" + type);
        relativeGradient = module.kernel("attention_relative_gradient" + type);
    }

    /**
     * Angles of rotary positions.
     *
     * @param positions address of the row of both tables for each row of what turns, 32 bits
     * @param cosines address of [rows, half], FLOAT
     * @param sines address of [rows, half], FLOAT
     * @param half how many pairs of numbers of a head turn
     */
    public record Angles(long positions, long cosines, long sines, int half) {}

    /**
     * How attention is divided into heads.
     *
     * @param heads of queries
     * @param group how many of them read one head of keys and values
     * @param size numbers of a head, at most {@link #MOST_SIZE}
     * @param queryStride distance between rows of queries, and of their gradients
     * @param keyStride distance between rows of keys, of values, and of their gradients
     */
    public record Heads(int heads, int group, int size, int queryStride, int keyStride) {

        /** Checks the size. */
        public Heads {
            if (size > MOST_SIZE) {
                throw new IllegalArgumentException(
                        "attention on a device: a head has " + size + " numbers, expected up to " + MOST_SIZE);
            }
        }

        void to(Arguments arguments) {
            arguments.int32(heads).int32(group).int32(size).int32(queryStride).int32(keyStride);
        }
    }

    /**
     * How a product of a query and a key becomes a score.
     *
     * @param scale factor
     * @param cap c of c·tanh(s/c), or 0 for none
     * @param bias address of what distances add, [heads, 2·centre + 1], FLOAT, or 0
     * @param centre which number of a head's, or row of relative embeddings, is that of distance 0; rows of queries and keys are
     *     then of the same tokens
     * @param relative relative embeddings
     */
    public record Scores(float scale, float cap, long bias, int centre, Relative relative) {

        /** All but the relative embeddings. */
        void to(Arguments arguments) {
            arguments.float32(scale).float32(cap).address(bias).int32(centre);
        }
    }

    /**
     * Relative embeddings of disentangled attention: a query is multiplied by those of its distance to a key, and a key
     * by others. Heads lie side by side as those of queries.
     *
     * @param keys address of [2·centre + 1, heads·size] for queries, or 0
     * @param queries address of [2·centre + 1, heads·size] for keys, or 0
     * @param stride distance between rows
     */
    public record Relative(long keys, long queries, int stride) {
        /** Without relative embeddings. */
        public static final Relative NONE = new Relative(0, 0, 0);
    }

    /**
     * Operands.
     *
     * @param queries address of the first head's first number
     * @param keys likewise
     * @param values likewise
     */
    public record Inputs(long queries, long keys, long values) {}

    /**
     * Numbers turn in place.
     *
     * @param x address of the first head's first number
     * @param backward whether they turn back, as gradients do
     * @param stride distance between rows
     */
    public void rotate(long x, Angles angles, boolean backward, int rows, int heads, int size, int stride) {
        int n = Math.multiplyExact(Math.multiplyExact(rows, heads), angles.half());
        arguments
                .clear()
                .addresses(x, angles.positions(), angles.cosines(), angles.sines())
                .int32(stride)
                .int32(heads)
                .int32(size)
                .int32(angles.half())
                .float32(backward ? -1 : 1)
                .int32(n);
        device.launch(rotate, (n + THREADS - 1) / THREADS, 1, THREADS, arguments);
    }

    @Override
    public void attention(Inputs in, Heads heads, Scores scores, long seen, long out, long logs, int rows) {
        arguments.clear().addresses(in.queries(), in.keys(), in.values(), seen, out, logs);
        device.launch(attention, rows, heads.heads(), THREADS, with(heads, scores));
    }

    @Override
    public void queryGradient(
            Inputs in,
            Heads heads,
            Scores scores,
            long seen,
            long out,
            long logs,
            long dOut,
            long sums,
            long dQueries,
            int rows) {
        arguments.clear().addresses(in.queries(), in.keys(), in.values(), seen, out, logs, dOut, sums, dQueries);
        device.launch(queryGradient, rows, heads.heads(), THREADS, with(heads, scores));
    }

    @Override
    public void keyGradient(
            Inputs in,
            Heads heads,
            Scores scores,
            long seers,
            long logs,
            long dOut,
            long sums,
            Inputs gradients,
            int rows) {
        arguments
                .clear()
                .addresses(
                        in.queries(),
                        in.keys(),
                        in.values(),
                        seers,
                        logs,
                        dOut,
                        sums,
                        gradients.keys(),
                        gradients.values());
        device.launch(keyGradient, rows, heads.heads() / heads.group(), THREADS, with(heads, scores));
    }

    /**
     * The gradients of the relative embeddings.
     *
     * @param seen as for {@link #attention}
     * @param logs as {@link #attention} left it
     * @param sums as {@link #queryGradient} left it
     * @param gradients addresses of where they go, 0 for what is not wanted, in rows of the same stride
     */
    public void relativeGradient(
            Inputs in,
            Heads heads,
            Scores scores,
            long seen,
            long logs,
            long dOut,
            long sums,
            Relative gradients,
            int rows) {
        arguments
                .clear()
                .addresses(
                        in.queries(),
                        in.keys(),
                        in.values(),
                        seen,
                        logs,
                        dOut,
                        sums,
                        gradients.keys(),
                        gradients.queries())
                .int32(rows);
        device.launch(relativeGradient, 2 * scores.centre() + 1, heads.heads(), THREADS, with(heads, scores));
    }

    private Arguments with(Heads heads, Scores scores) {
        heads.to(arguments);
        scores.to(arguments);
        return arguments
                .addresses(scores.relative().keys(), scores.relative().queries())
                .int32(scores.relative().stride());
    }
}
