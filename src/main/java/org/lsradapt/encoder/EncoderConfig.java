package org.lsradapt.encoder;

/**
 * The shape of a BERT-family encoder, under the names of Hugging Face's {@code config.json}.
 *
 * @param family which differences apply
 * @param layers {@code num_hidden_layers}
 * @param hidden {@code hidden_size}, a multiple of {@code heads}
 * @param heads {@code num_attention_heads}
 * @param intermediate {@code intermediate_size} of the feed-forward layer
 * @param vocabulary {@code vocab_size}, rows of the word embedding table
 * @param positions {@code max_position_embeddings}, rows of the position table
 * @param tokenTypes {@code type_vocab_size}, rows of the token type table
 * @param layerNormEpsilon {@code layer_norm_eps}
 * @param padTokenId {@code pad_token_id}; RoBERTa's first position is this plus one
 */
public record EncoderConfig(
        Family family,
        int layers,
        int hidden,
        int heads,
        int intermediate,
        int vocabulary,
        int positions,
        int tokenTypes,
        double layerNormEpsilon,
        int padTokenId) {

    /** The BERT families, which differ in positions, token types and classification head. */
    public enum Family {
        /** Positions from 0; pooler (dense, tanh) before the classifier. MiniLM belongs here. */
        BERT,
        /** Positions from {@code padTokenId + 1}; one token type; head of dense, tanh, out_proj. */
        ROBERTA
    }

    /** Checks that every size is positive and that the heads divide the width. */
    public EncoderConfig {
        requirePositive("num_hidden_layers", layers);
        requirePositive("hidden_size", hidden);
        requirePositive("num_attention_heads", heads);
        requirePositive("intermediate_size", intermediate);
        requirePositive("vocab_size", vocabulary);
        requirePositive("max_position_embeddings", positions);
        requirePositive("type_vocab_size", tokenTypes);
        if (hidden % heads != 0) {
            throw new IllegalArgumentException(
                    "encoder config: hidden_size " + hidden + " is not a multiple of num_attention_heads " + heads);
        }
        if (!(layerNormEpsilon >= 0)) {
            throw new IllegalArgumentException(
                    "encoder config: layer_norm_eps is " + layerNormEpsilon + ", expected a number >= 0");
        }
        if (maxTokens(family, positions, padTokenId) < 1) {
            throw new IllegalArgumentException("encoder config: max_position_embeddings " + positions
                    + " leaves no position after pad_token_id " + padTokenId);
        }
    }

    /** Width of one attention head: {@code hidden / heads}. */
    public int headSize() {
        return hidden / heads;
    }

    /** The row of the position table that the first token of a sequence reads. */
    public int firstPosition() {
        return firstPosition(family, padTokenId);
    }

    /** The longest sequence, in tokens, for which there are positions. */
    public int maxTokens() {
        return maxTokens(family, positions, padTokenId);
    }

    private static int firstPosition(Family family, int padTokenId) {
        return family == Family.ROBERTA ? padTokenId + 1 : 0;
    }

    private static int maxTokens(Family family, int positions, int padTokenId) {
        return positions - firstPosition(family, padTokenId);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("encoder config: " + name + " is " + value + ", expected >= 1");
        }
    }
}
