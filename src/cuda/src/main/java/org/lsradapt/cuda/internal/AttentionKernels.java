package org.lsradapt.cuda.internal;

/** Kernels of rotary positions, and of attention of packed sequences with its gradients, on FLOAT or BF16. */
public final class AttentionKernels implements PackedAttention {
    /** The largest head size. */
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
     * Finds the kernels in a loaded module.
     *
     * @param device the module's device
     * @param module the module {@code attention}
     * @param isBrain true for BF16, false for FLOAT
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
     * The angles of rotary positions.
     *
     * @param positions address of the tables' row for each rotated row, 32 bits
     * @param cosines address of [rows, half], FLOAT
     * @param sines address of [rows, half], FLOAT
     * @param half the number of rotated pairs per head
     */
    public record Angles(long positions, long cosines, long sines, int half) {}

    /**
     * The division of attention into heads.
     *
     * @param heads the number of heads of queries
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

        void to(Arguments arguments) {
            arguments.int32(heads).int32(group).int32(size).int32(queryStride).int32(keyStride);
        }
    }

    /**
     * The conversion of a query-key product to a score.
     *
     * @param scale factor of the product
     * @param cap c of c·tanh(s/c), or 0 for no cap
     * @param bias address of the terms that distances add, [heads, 2·centre + 1], FLOAT, or 0
     * @param centre the index of distance 0 among a head's terms, and among the rows of relative embeddings; rows of queries
     *     and keys then belong to the same tokens
     * @param relative relative embeddings
     */
    public record Scores(float scale, float cap, long bias, int centre, Relative relative) {

        /** Adds all arguments except the relative embeddings. */
        void to(Arguments arguments) {
            arguments.float32(scale).float32(cap).address(bias).int32(centre);
        }
    }

    /**
     * Relative embeddings of disentangled attention: a query is multiplied by those of its distance to a key, and a key by
     * others. Heads lie next to each other, as in queries.
     *
     * @param keys address of [2·centre + 1, heads·size] for queries, or 0
     * @param queries address of [2·centre + 1, heads·size] for keys, or 0
     * @param stride distance between rows
     */
    public record Relative(long keys, long queries, int stride) {
        public static final Relative NONE = new Relative(0, 0, 0);
    }

    /**
     * The operands of attention.
     *
     * @param queries address of the first head's first number
     * @param keys address of the first head's first number
     * @param values address of the first head's first number
     */
    public record Inputs(long queries, long keys, long values) {}

    /**
     * Rotates numbers in place.
     *
     * @param x address of the first head's first number
     * @param backward whether to rotate back, as for gradients
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
     * Computes the gradients of the relative embeddings.
     *
     * @param seen as for {@link #attention}
     * @param logs the output of {@link #attention}
     * @param sums the output of {@link #queryGradient}
     * @param gradients addresses of the gradients, 0 for those to skip, in rows of the same stride
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
