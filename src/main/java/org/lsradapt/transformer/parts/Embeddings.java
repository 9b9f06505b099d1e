package org.lsradapt.transformer.parts;

import java.util.Optional;

/**
 * Tokens in, rows out: the sum of a word, a position and a type embedding, projected and normalized where a family
 * does so.
 *
 * @param words a row per token id
 * @param positions a row per position; empty where attention alone knows of positions
 * @param firstPosition the row of the first token's position
 * @param types a row per token type; empty for none
 * @param projection from the tables' width to the model's; empty where they are the same
 * @param norm normalizes the sum; empty for none
 */
public record Embeddings(
        Table words,
        Optional<Table> positions,
        int firstPosition,
        Optional<Table> types,
        Optional<Linear> projection,
        Optional<Norm> norm) {

    /** The width of the rows that come out. */
    public int width() {
        return projection.map(Linear::out).orElse(words.width());
    }
}
