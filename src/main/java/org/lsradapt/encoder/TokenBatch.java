package org.lsradapt.encoder;

import java.util.List;
import org.lsradapt.lsr.Require;

/** Token sequences packed one after the other, without padding. */
public final class TokenBatch {
    private final int[] ids;
    private final int[] typeIds;
    private final int[] positions;
    private final int[] offsets;

    private TokenBatch(int[] ids, int[] typeIds, int[] positions, int[] offsets) {
        this.ids = ids;
        this.typeIds = typeIds;
        this.positions = positions;
        this.offsets = offsets;
    }

    /**
     * Packs sequences for an encoder.
     *
     * @param sequences at least one
     * @param config the encoder's sizes, against which ids, types and lengths are checked
     * @return the batch; copies
     * @throws IllegalArgumentException if an id, a type or a length is out of the encoder's range
     */
    public static TokenBatch of(List<TokenSequence> sequences, EncoderConfig config) {
        Require.argument(!sequences.isEmpty(), "token batch: no sequences, expected at least one");
        int[] offsets = new int[sequences.size() + 1];
        for (int b = 0; b < sequences.size(); b++) {
            int length = sequences.get(b).length();
            Require.argument(
                    length <= config.maxTokens(),
                    "token batch: sequence %d has %d tokens, the encoder has positions for %d",
                    b,
                    length,
                    config.maxTokens());
            offsets[b + 1] = Math.addExact(offsets[b], length);
        }
        int total = offsets[sequences.size()];
        int[] ids = new int[total];
        int[] typeIds = new int[total];
        int[] positions = new int[total];
        for (int b = 0; b < sequences.size(); b++) {
            TokenSequence sequence = sequences.get(b);
            for (int t = 0; t < sequence.length(); t++) {
                int at = offsets[b] + t;
                ids[at] = inRange("token id", sequence.ids()[t], config.vocabulary(), b, t);
                typeIds[at] = inRange("token type", sequence.typeIds()[t], config.tokenTypes(), b, t);
                positions[at] = config.firstPosition() + t;
            }
        }
        return new TokenBatch(ids, typeIds, positions, offsets);
    }

    /**
     * Some of the sequences as a batch.
     *
     * @param sequences which, in order
     * @return a batch; copies
     */
    TokenBatch select(int[] sequences) {
        int[] selected = new int[sequences.length + 1];
        for (int i = 0; i < sequences.length; i++) {
            selected[i + 1] = selected[i] + offsets[sequences[i] + 1] - offsets[sequences[i]];
        }
        int total = selected[sequences.length];
        TokenBatch batch = new TokenBatch(new int[total], new int[total], new int[total], selected);
        for (int i = 0; i < sequences.length; i++) {
            int from = offsets[sequences[i]];
            int length = selected[i + 1] - selected[i];
            System.arraycopy(ids, from, batch.ids, selected[i], length);
            System.arraycopy(typeIds, from, batch.typeIds, selected[i], length);
            System.arraycopy(positions, from, batch.positions, selected[i], length);
        }
        return batch;
    }

    private static int inRange(String name, int value, int limit, int sequence, int position) {
        Require.argument(
                value >= 0 && value < limit,
                "token batch: %s %d at position %d of sequence %d, expected 0 … %d",
                name,
                value,
                position,
                sequence,
                limit - 1);
        return value;
    }

    /** Number of sequences. */
    public int size() {
        return offsets.length - 1;
    }

    /** Number of tokens of all sequences. */
    public int tokens() {
        return ids.length;
    }

    /** Vocabulary index of each token; the array itself. */
    public int[] ids() {
        return ids;
    }

    /** Token type of each token; the array itself. */
    public int[] typeIds() {
        return typeIds;
    }

    /** Row of the position table of each token; the array itself. */
    public int[] positions() {
        return positions;
    }

    /** Where each sequence begins, and at the end the number of tokens; length {@code size() + 1}; the array itself. */
    public int[] offsets() {
        return offsets;
    }
}
