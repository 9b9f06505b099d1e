package org.lsradapt.transformer.internal;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of the work of attention: consecutive queries of a sequence, the keys that at least one of them sees, and some
 * heads.
 *
 * @param queryFrom the row of its first query
 * @param first the position of its first query in the sequence
 * @param firstKey the position of its first key in the sequence
 * @param keyFrom the row of its first key
 * @param at the index of its first number among those kept for the gradient; 0 if nothing is kept
 * @param tiled whether its scores are computed in tiles, and again for the gradient; it then has one head
 */
record AttentionPiece(
        int sequence,
        int queryFrom,
        int queries,
        int first,
        int firstKey,
        int keyFrom,
        int keys,
        int firstHead,
        int heads,
        int at,
        boolean tiled) {

    int columns() {
        return heads * queries;
    }

    /** The number of distances between its queries and keys. */
    int distances() {
        return queries + keys - 1;
    }

    /** The row of its smallest distance, where {@code centre} is that of distance 0. */
    int smallestDistance(int centre) {
        return centre + first - (firstKey + keys - 1);
    }

    /** Divides its keys into pieces of at most {@code most}, which keep nothing. */
    List<AttentionPiece> tiles(int most) {
        List<AttentionPiece> tiles = new ArrayList<>();
        for (int from = 0; from < keys; from += most) {
            int count = Math.min(most, keys - from);
            tiles.add(new AttentionPiece(
                    sequence,
                    queryFrom,
                    queries,
                    first,
                    firstKey + from,
                    keyFrom + from,
                    count,
                    firstHead,
                    heads,
                    0,
                    tiled));
        }
        return tiles;
    }
}
