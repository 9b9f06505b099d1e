package org.lsradapt.training.examples;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;

/** An input's tokens: a body that may be cut into windows, and the tokens around it, which every window has. */
public record FramedTokens(List<Token> before, List<Token> body, List<Token> after) {

    /** Divides tokens: those that lead are the frame before the body, and added tokens the frame after it. */
    /** Divides tokens into text and the special tokens around it. */
    public static FramedTokens of(List<Token> all, Predicate<Token> leads) {
        int from = 0;
        while (from < all.size() && leads.test(all.get(from))) {
            from++;
        }
        int to = all.size();
        while (to > from && all.get(to - 1).isAdded()) {
            to--;
        }
        return new FramedTokens(all.subList(0, from), all.subList(from, to), all.subList(to, all.size()));
    }

    /** Divides tokens into text and the special tokens around it. */
    public static FramedTokens of(List<Token> all) {
        return of(all, Token::isAdded);
    }

    /** Returns the number of special tokens. */
    public int frame() {
        return before.size() + after.size();
    }

    /** The tokens of the body for which a window has room, at least 1. */
    public int room(int maxLength) {
        Require.argument(
                maxLength > frame(),
                "max length is %d, expected room for a token in addition to the special ones",
                maxLength);
        return maxLength - frame();
    }

    /** The frame with a part of the body. */
    public TokenSequence window(int from, int to) {
        List<Token> read = Stream.of(before, body.subList(from, to), after)
                .flatMap(List::stream)
                .toList();
        return new TokenSequence(
                read.stream().mapToInt(Token::id).toArray(),
                read.stream().mapToInt(Token::typeId).toArray());
    }
}
