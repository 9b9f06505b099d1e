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
 * @param rounded whether the factors of its products are rounded to BF16, see {@link RoundedProducts}; what is kept for
 *     the gradient is then in BF16 too, unless it is tiled
 * @param pitch the columns of scores per head, more than queries if it is rounded
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
        boolean tiled,
        boolean rounded,
        int pitch) {

    /** The most keys of a tile. With as many queries, its scores and their gradient fit the second-level cache. */
    static final int TILE = 256;

    private static final int DIAGONAL = 128;

    int columns() {
        return heads * pitch;
    }

    /** The number of distances between its queries and keys. */
    int distances() {
        return queries + keys - 1;
    }

    /** The row of its smallest distance, where {@code centre} is that of distance 0. */
    int smallestDistance(int centre) {
        return centre + first - (firstKey + keys - 1);
    }

    /**
     * Divides its keys into tiles, which keep nothing. A tile has no queries before its first key in a causal model,
     * where tiles with keys that not all queries see are smaller.
     */
    List<AttentionPiece> tiles(boolean causal) {
        int seen = causal ? Math.max(0, first - firstKey) : keys;
        List<AttentionPiece> tiles = new ArrayList<>();
        for (int from = 0; from < keys; from += tiles.get(tiles.size() - 1).keys) {
            int count = from < seen ? Math.min(TILE, seen - from) : Math.min(DIAGONAL, keys - from);
            tiles.add(tile(from, count, causal ? Math.max(0, from - seen) : 0));
        }
        return tiles;
    }

    /** Returns the same piece with scores in memory of their own. */
    AttentionPiece apart() {
        return new AttentionPiece(
                sequence, queryFrom, queries, first, firstKey, keyFrom, keys, firstHead, heads, 0, tiled, rounded,
                pitch);
    }

    private AttentionPiece tile(int from, int count, int skipped) {
        return new AttentionPiece(
                sequence,
                queryFrom + skipped,
                queries - skipped,
                first + skipped,
                firstKey + from,
                keyFrom + from,
                count,
                firstHead,
                heads,
                0,
                tiled,
                rounded,
                pitch - skipped);
    }
}
