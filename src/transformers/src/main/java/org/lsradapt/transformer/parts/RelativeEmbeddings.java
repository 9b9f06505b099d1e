package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * Embeddings of the distance δ between a query and a key.
 *
 * @param table 2·span rows; {@link #row} returns the row of δ, clamped to the table
 * @param norm normalization of the table's rows; empty for none
 * @param buckets half the number of log buckets, or 0 to use δ itself as the bucket
 * @param furthest the distance at which the last log bucket begins
 */
public record RelativeEmbeddings(Table table, Optional<Norm> norm, int buckets, int furthest) {

    /** Half the number of rows. */
    public int span() {
        return table.rows() / 2;
    }

    /**
     * Returns the table's row for a distance: span + bucket(δ), at least 0 and less than 2·span. Distances up to half
     * of {@code buckets} have one bucket each; beyond, buckets grow with the logarithm of the distance. The logarithms
     * are in single precision, as in DeBERTa-v2.
     *
     * @param distance δ, position of the query minus that of the key
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
