package org.lsradapt.models.internal.chat;

import java.util.List;
import java.util.function.Supplier;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;

/** Where the reading of a template is: the next token, the scope, and how deep. */
final class Tokens {
    /** Most blocks and parentheses within one another. */
    static final int DEEPEST = 100;

    private final List<Token> all;
    private int at;
    private int depth;
    private int loops;
    private Scope scope;
    private boolean conditional;

    Tokens(List<Token> all, Scope scope) {
        this.all = all;
        this.scope = scope;
    }

    Token now() {
        return all.get(at);
    }

    Token next() {
        return all.get(is(Kind.END) ? at : at++);
    }

    private Token behind() {
        return all.get(Math.min(at + 1, all.size() - 1));
    }

    boolean is(Kind kind) {
        return now().kind() == kind;
    }

    boolean isOperator(String text) {
        return is(Kind.OPERATOR) && now().text().equals(text);
    }

    boolean isName(String text) {
        return is(Kind.NAME) && now().text().equals(text);
    }

    boolean isNameBehind(String text) {
        return behind().kind() == Kind.NAME && behind().text().equals(text);
    }

    boolean isOperatorBehind(String text) {
        return behind().kind() == Kind.OPERATOR && behind().text().equals(text);
    }

    boolean skip(String operator) {
        boolean is = isOperator(operator);
        at += is ? 1 : 0;
        return is;
    }

    boolean skipName(String name) {
        boolean is = isName(name);
        at += is ? 1 : 0;
        return is;
    }

    void expect(String operator) {
        if (!skip(operator)) {
            throw failure("expected '" + operator + "', found " + describe());
        }
    }

    void expect(Kind kind) {
        if (!is(kind)) {
            throw failure("expected the end of the tag, found " + describe());
        }
        at++;
    }

    String expectName() {
        if (!is(Kind.NAME)) {
            throw failure("expected a name, found " + describe());
        }
        return next().text();
    }

    Failure failure(String message) {
        return new Failure("line " + now().line() + ": " + message);
    }

    String describe() {
        return describe(now());
    }

    static String describe(Token token) {
        return switch (token.kind()) {
            case END -> "the end of the template";
            case PRINT_END, BLOCK_END -> "the end of the tag";
            case PRINT_BEGIN, BLOCK_BEGIN -> "the begin of a tag";
            default -> "'" + token.text() + "'";
        };
    }

    /** Reads something that lies within. */
    <T> T nested(Supplier<T> part) {
        if (++depth > DEEPEST) {
            throw failure("blocks and parentheses are more than " + DEEPEST + " deep");
        }
        T read = part.get();
        depth--;
        return read;
    }

    Scope scope() {
        return scope;
    }

    /** Reads something that has names of its own. */
    void within(Scope inner, Runnable part) {
        Scope outer = scope;
        boolean outerConditional = conditional;
        scope = inner;
        conditional = false;
        part.run();
        scope = outer;
        conditional = outerConditional;
    }

    /** Reads a branch, in which Jinja lets pass names of filters and tests that do not exist, until they are used. */
    void branch(Runnable part) {
        boolean outer = conditional;
        conditional = true;
        part.run();
        conditional = outer;
    }

    /** How many loops there are around, in which break and continue may stand. */
    int loops() {
        return loops;
    }

    void inLoops(int number, Runnable part) {
        int outer = loops;
        loops = number;
        part.run();
        loops = outer;
    }

    boolean isConditional() {
        return conditional;
    }
}
