package org.lsradapt.cuda.internal;

import java.util.Arrays;
import org.lsradapt.cuda.internal.kernels.PackedAttention;

/** Attention and its gradients by their definition in double, on random numbers without gaps between rows. */
final class AttentionOracle {
    final PackedAttention.Heads heads;
    final int queryRows;
    final int keyRows;
    final double scale;
    final double[] q;
    final double[] k;
    final double[] v;
    final double[] dOut;
    /** The first and last + 1 seen key row of each query, in the kernels' format. */
    final double[] seen;

    final double[] seers;
    final double[] out;
    final double[] logs;
    final double[] sums;
    final double[] dq;
    final double[] dk;
    final double[] dv;
    double cap;
    double[] bias;
    int centre;
    /** Relative embeddings that multiply queries, or null, and their gradient. */
    double[] relativeKeys;

    double[] dRelativeKeys;
    /** Relative embeddings that multiply keys, or null, and their gradient. */
    double[] relativeQueries;

    double[] dRelativeQueries;

    private final Bench bench;
    private final ElementType type;
    private final int[][] sequences;

    /**
     * Draws random operands.
     *
     * @param sequences the numbers of queries and keys of each sequence; the queries are the last of the tokens
     * @param count the number of query heads
     * @param group the number of query heads per key head
     * @param size the numbers per head
     */
    AttentionOracle(Bench bench, ElementType type, int[][] sequences, int count, int group, int size) {
        this.bench = bench;
        this.type = type;
        this.sequences = sequences;
        int queries = 0;
        int keys = 0;
        for (int[] sequence : sequences) {
            queries += sequence[0];
            keys += sequence[1];
        }
        queryRows = queries;
        keyRows = keys;
        heads = new PackedAttention.Heads(count, group, size, count * size, count / group * size);
        scale = 1 / Math.sqrt(size);
        q = bench.normal(type, (long) queries * heads.queryStride());
        k = bench.normal(type, (long) keys * heads.keyStride());
        v = bench.normal(type, (long) keys * heads.keyStride());
        dOut = bench.normal(type, q.length);
        seen = new double[2 * queries];
        seers = new double[2 * keys];
        out = new double[q.length];
        logs = new double[queries * count];
        sums = new double[queries * count];
        dq = new double[q.length];
        dk = new double[k.length];
        dv = new double[v.length];
    }

    /**
     * Sets the keys that a query sees: all or those up to the query, and at most {@code reach} tokens away unless that is 0.
     */
    AttentionOracle caused(boolean causal, int reach) {
        int queryFrom = 0;
        int keyFrom = 0;
        for (int[] sequence : sequences) {
            for (int i = 0; i < sequence[0]; i++) {
                int position = Math.max(0, sequence[1] - sequence[0] + i);
                int last =
                        causal ? position : reach > 0 ? Math.min(sequence[1] - 1, position + reach) : sequence[1] - 1;
                int first = reach > 0 ? Math.max(0, position - reach) : 0;
                seen[2 * (queryFrom + i)] = keyFrom + first;
                seen[2 * (queryFrom + i) + 1] = keyFrom + last + 1;
            }
            queryFrom += sequence[0];
            keyFrom += sequence[1];
        }
        for (int key = 0; key < keyRows; key++) {
            int first = 0;
            int end = 0;
            for (int query = 0; query < queryRows; query++) {
                if (key >= seen[2 * query] && key < seen[2 * query + 1]) {
                    first = end == 0 ? query : first;
                    end = query + 1;
                }
            }
            seers[2 * key] = first;
            seers[2 * key + 1] = end;
        }
        return this;
    }

    AttentionOracle capped() {
        cap = 1.5;
        return this;
    }

    AttentionOracle biased() {
        centre = queryRows;
        bias = bench.normal(ElementType.F32, (long) heads.heads() * (2 * centre + 1));
        return this;
    }

    /** Makes the key five tokens before a query its largest score by far; exponentials overflow unless it is subtracted. */
    AttentionOracle peaked() {
        for (int head = 0; head < heads.heads(); head++) {
            bias[head * (2 * centre + 1) + centre + 5] = 120;
        }
        return this;
    }

    /** Makes one key of each head not finite: of 16 heads, the first two of every 8 of 64 keys. */
    AttentionOracle brokenKeys() {
        breakRows(k, heads.keyStride());
        return this;
    }

    /** The same with gradients. */
    AttentionOracle brokenGradients() {
        breakRows(dOut, heads.queryStride());
        return this;
    }

    private void breakRows(double[] numbers, int stride) {
        for (int head = 0; head < heads.heads(); head++) {
            int at = (head / 2 * 8 + head % 2) * stride + head * heads.size();
            Arrays.fill(numbers, at, at + heads.size(), Double.NaN);
        }
    }

    /** Adds relative embeddings for distances up to {@code furthest}, which no pair exceeds. */
    AttentionOracle related(boolean keys, boolean queries, int furthest) {
        centre = furthest;
        int length = (2 * centre + 1) * heads.heads() * heads.size();
        if (keys) {
            relativeKeys = bench.normal(type, length);
            dRelativeKeys = new double[length];
        }
        if (queries) {
            relativeQueries = bench.normal(type, length);
            dRelativeQueries = new double[length];
        }
        return this;
    }

    /** The index of a distance's relative embedding. */
    private int distance(int query, int key, int head) {
        return ((centre + query - key) * heads.heads() + head) * heads.size();
    }

    private double score(int query, int key, int head) {
        double sum = 0;
        for (int d = 0; d < heads.size(); d++) {
            double number = q[query(query, head) + d];
            double other = k[key(key, head) + d];
            sum += number * other;
            if (relativeKeys != null) {
                sum += number * relativeKeys[distance(query, key, head) + d];
            }
            if (relativeQueries != null) {
                sum += other * relativeQueries[distance(query, key, head) + d];
            }
        }
        double score = scale * sum;
        if (bias != null) {
            score += bias[head * (2 * centre + 1) + centre + query - key];
        }
        return cap > 0 ? cap * Math.tanh(score / cap) : score;
    }

    private int query(int row, int head) {
        return row * heads.queryStride() + head * heads.size();
    }

    private int key(int row, int head) {
        return row * heads.keyStride() + head / heads.group() * heads.size();
    }

    void compute() {
        for (int query = 0; query < queryRows; query++) {
            for (int head = 0; head < heads.heads(); head++) {
                forward(query, head);
                backward(query, head);
            }
        }
    }

    private void forward(int query, int head) {
        int from = (int) seen[2 * query];
        int to = (int) seen[2 * query + 1];
        double[] weights = new double[to - from];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp(score(query, from + i, head));
            sum += weights[i];
        }
        logs[query * heads.heads() + head] = Math.log(sum);
        for (int d = 0; d < heads.size(); d++) {
            double number = 0;
            for (int i = 0; i < weights.length; i++) {
                number += weights[i] / sum * v[key(from + i, head) + d];
            }
            // Rounded, as the forward pass leaves it for the backward pass.
            out[query(query, head) + d] = Bench.exact(type, number);
        }
    }

    private void backward(int query, int head) {
        int at = query(query, head);
        double sum = 0;
        for (int d = 0; d < heads.size(); d++) {
            sum += dOut[at + d] * out[at + d];
        }
        sums[query * heads.heads() + head] = sum;
        for (int key = (int) seen[2 * query]; key < seen[2 * query + 1]; key++) {
            int there = key(key, head);
            double s = score(query, key, head);
            double weight = Math.exp(s - logs[query * heads.heads() + head]);
            double gradient = 0;
            for (int d = 0; d < heads.size(); d++) {
                gradient += dOut[at + d] * v[there + d];
            }
            double slope = cap > 0 ? 1 - s / cap * s / cap : 1;
            double product = weight * (gradient - sum) * slope * scale;
            for (int d = 0; d < heads.size(); d++) {
                dq[at + d] += product * k[there + d];
                dk[there + d] += product * q[at + d];
                dv[there + d] += weight * dOut[at + d];
                int far = distance(query, key, head) + d;
                if (relativeKeys != null) {
                    dq[at + d] += product * relativeKeys[far];
                    dRelativeKeys[far] += product * q[at + d];
                }
                if (relativeQueries != null) {
                    dk[there + d] += product * relativeQueries[far];
                    dRelativeQueries[far] += product * k[there + d];
                }
            }
        }
    }

    @Override
    public String toString() {
        return queryRows + " queries, " + keyRows + " keys, " + heads.heads() + " heads of " + heads.size()
                + " in groups of " + heads.group();
    }
}
