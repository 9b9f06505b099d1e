package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * Embeddings of the distance δ between a query and a key.
 *
 * @param table 2·span rows; row {@link #row} of δ, clamped to the table
 * @param norm normalizes the table's rows; empty for none
 * @param buckets half the number of log buckets, or 0: then δ itself is the bucket
 * @param furthest the distance at which the last log bucket begins
 */
public record RelativeEmbeddings(Table table, Optional<Norm> norm, int buckets, int furthest) {

    /** Half the number of rows. */
    public int span() {
        return table.rows() / 2;
    }

    /**
     * The table's row of a distance: span + bucket(δ), at least 0 and less than 2·span. Distances up to half of
     * {@code buckets} have buckets of their own; beyond, buckets grow with the logarithm of the distance. As DeBERTa-v2
     * computes them, the logarithms are in single precision.
     *
     * @param distance δ, position of the query minus that of the key
     * @return the row
     */
    public int row(int distance) {
        return Math.max(0, Math.min(2 * span() - 1, bucket(distance) + span()));
    }

    private int bucket(int distance) {
        int middle = buckets / 2;
        if (buckets <= 0 || Math.abs(distance) <= middle) {
            return distance;
        }
        float ratio = (float) Math.log(Math.abs(distance) / (float) middle);
        float whole = (float) Math.log((float) ((furthest - 1) / (double) middle));
        float log = (float) Math.ceil(ratio / whole * (middle - 1));
        return Integer.signum(distance) * ((int) log + middle);
    }
}
