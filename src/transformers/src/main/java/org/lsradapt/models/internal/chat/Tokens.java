package org.lsradapt.models.internal.chat;

import java.util.List;
import java.util.function.Supplier;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;

/** The reading position in a template: the next token, its context and its depth. */
final class Tokens {
    /** The deepest nesting of blocks and parentheses. */
    static final int DEEPEST = 100;

    /**
     * The context of a part of a template.
     *
     * @param conditional whether Jinja accepts unknown names of filters and tests until they are used
     * @param loops the number of loops in which break and continue may occur
     */
    private record Around(Scope scope, boolean conditional, int loops) {}

    private final List<Token> all;
    private int at;
    private int depth;
    private Around around;

    Tokens(List<Token> all, Scope scope) {
        this.all = all;
        around = new Around(scope, false, 0);
    }

    Token now() {
        return all.get(at);
    }

    Token next() {
        return all.get(is(Kind.END) ? at : at++);
    }

    boolean is(Kind kind) {
        return now().kind() == kind;
    }

    private boolean is(int place, Kind kind, String text) {
        Token token = all.get(Math.min(place, all.size() - 1));
        return token.kind() == kind && token.text().equals(text);
    }

    boolean isOperator(String text) {
        return is(at, Kind.OPERATOR, text);
    }

    boolean isName(String text) {
        return is(at, Kind.NAME, text);
    }

    /** Whether the token after the next one is this. */
    boolean isBehind(Kind kind, String text) {
        return is(at + 1, kind, text);
    }

    boolean skip(String operator) {
        return skip(isOperator(operator));
    }

    boolean skipName(String name) {
        return skip(isName(name));
    }

    private boolean skip(boolean is) {
        at += is ? 1 : 0;
        return is;
    }

    void expect(String operator) {
        if (!skip(operator)) {
            throw failure("expected '" + operator + "', found " + describe(now()));
        }
    }

    void expect(Kind kind) {
        if (!skip(is(kind))) {
            throw failure("expected the end of the tag, found " + describe(now()));
        }
    }

    String expectName() {
        if (!is(Kind.NAME)) {
            throw failure("expected a name, found " + describe(now()));
        }
        return next().text();
    }

    Failure failure(String message) {
        return new Failure("line " + now().line() + ": " + message);
    }

    static String describe(Token token) {
        return switch (token.kind()) {
            case END -> "the end of the template";
            case PRINT_END, BLOCK_END -> "the end of the tag";
            case PRINT_BEGIN, BLOCK_BEGIN -> "the begin of a tag";
            default -> "'" + token.text() + "'";
        };
    }

    <T> T nested(Supplier<T> part) {
        if (++depth > DEEPEST) {
            throw failure("blocks and parentheses are more than " + DEEPEST + " deep");
        }
        T read = part.get();
        depth--;
        return read;
    }

    Scope scope() {
        return around.scope;
    }

    int loops() {
        return around.loops;
    }

    boolean isConditional() {
        return around.conditional;
    }

    /** Reads a part that has its own names. */
    <T> T within(Scope scope, int loops, Supplier<T> part) {
        return within(new Around(scope, false, loops), part);
    }

    <T> T branch(Supplier<T> part) {
        return within(new Around(around.scope, true, around.loops), part);
    }

    private <T> T within(Around inner, Supplier<T> part) {
        Around outer = around;
        around = inner;
        T read = part.get();
        around = outer;
        return read;
    }
}
