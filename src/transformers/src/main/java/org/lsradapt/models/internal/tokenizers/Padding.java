package org.lsradapt.models.internal.tokenizers;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;

/** Pads texts for a model of one length with a token of the vocabulary, on the left or on the right. */
public record Padding(String token, int id, boolean left) {

    public static Padding of(TokenizerSettings settings, FastTokenizer tokenizer) throws IOException {
        String token = settings.padToken();
        int[] ids = tokenizer.ids(token);
        if (ids.length != 1) {
            throw settings.fields().failure("pad_token", "found " + token + ", expected one token of tokenizer.json");
        }
        return new Padding(token, ids[0], settings.fillsLeft());
    }

    public TokenSequence pad(TokenSequence text, int length) {
        int[] ids = text.ids();
        int missing = length - ids.length;
        if (missing <= 0) {
            return text;
        }
        int[] padded = new int[length];
        Arrays.fill(padded, id);
        System.arraycopy(ids, 0, padded, left ? missing : 0, ids.length);
        return new TokenSequence(padded, new int[length]);
    }

    public List<Token> pad(List<Token> text, int length) {
        List<Token> missing = Collections.nCopies(Math.max(0, length - text.size()), new Token(token, id, 0, -1, 0, 0));
        return Stream.of(left ? missing : text, left ? text : missing)
                .flatMap(List::stream)
                .toList();
    }
}
