package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Expressions.Step;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.None;

/** Reads what follows an expression: elements, attributes and calls, then filters and tests. */
final class Postfixes {
    private record Call(List<Expression> positional, Map<String, Expression> named) {
        Arguments values(Frame frame) {
            List<Object> values = new ArrayList<>();
            positional.forEach(one -> values.add(one.value(frame)));
            Map<String, Object> byName = new LinkedHashMap<>();
            named.forEach((name, one) -> byName.put(name, one.value(frame)));
            frame.budget().items((long) values.size() + byName.size());
            return new Arguments(values, byName);
        }
    }

    private final Tokens tokens;
    private final Expressions expressions;

    Postfixes(Tokens tokens, Expressions expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    /** An element, an attribute or a call, or null if none follows. */
    @Nullable
    Step postfix() {
        if (tokens.skip(".")) {
            Token name = tokens.next();
            if (name.kind() != Kind.NAME) {
                throw tokens.failure("expected a name, found " + Tokens.describe(name));
            }
            return (frame, value) -> Access.attribute(frame.budget(), value, name.text());
        }
        if (tokens.isOperator("(")) {
            Call call = call();
            return (frame, value) -> Values.call(frame.budget(), value, call.values(frame));
        }
        return tokens.skip("[") ? subscript() : null;
    }

    private Step subscript() {
        Expression start = tokens.isOperator(":") ? null : expressions.expression();
        if (tokens.skip("]")) {
            Expression index = start;
            return (frame, value) -> Access.item(frame.budget(), value, index.value(frame));
        }
        if (!tokens.skip(":")) {
            throw tokens.failure("expected ']' or ':', found " + tokens.describe());
        }
        Expression stop = tokens.isOperator(":") || tokens.isOperator("]") ? null : expressions.expression();
        Expression by = tokens.skip(":") && !tokens.isOperator("]") ? expressions.expression() : null;
        tokens.expect("]");
        return (frame, value) ->
                Access.slice(frame.budget(), value, bound(frame, start), bound(frame, stop), bound(frame, by));
    }

    private static @Nullable BigInteger bound(Frame frame, @Nullable Expression bound) {
        Object value = bound == null ? None.NONE : bound.value(frame);
        return value instanceof None ? null : Texts.integer(value);
    }

    private Call call() {
        tokens.expect("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        expressions.listed(")", () -> {
            if (tokens.isOperator("*") || tokens.isOperator("**")) {
                throw tokens.failure("arguments with " + tokens.now().text() + " are not supported");
            }
            if (tokens.is(Kind.NAME) && tokens.isOperatorBehind("=")) {
                String name = tokens.next().text();
                tokens.next();
                if (named.put(name, expressions.expression()) != null) {
                    throw tokens.failure("argument " + name + " is given twice");
                }
            } else if (named.isEmpty()) {
                positional.add(expressions.expression());
            } else {
                throw tokens.failure("an argument without a name follows one with a name");
            }
        });
        return new Call(positional, named);
    }

    @Nullable
    Step filterOrTest() {
        return tokens.skip("|") ? filter() : tokens.skipName("is") ? test() : null;
    }

    /** A filter behind its bar. */
    Step filter() {
        String name = tokens.expectName();
        Builtin filter = defers(Filters.REFUSED, name)
                ? (budget, value, arguments) -> Filters.named(name).apply(budget, value, arguments)
                : known(() -> Filters.named(name));
        Call call = tokens.isOperator("(") ? call() : new Call(List.of(), Map.of());
        return (frame, value) -> filter.apply(frame.budget(), value, call.values(frame));
    }

    private Step test() {
        boolean negated = tokens.skipName("not");
        String name = tokens.expectName();
        Builtin test = defers(Tests.REFUSED, name)
                ? (budget, value, arguments) -> Tests.named(name).apply(budget, value, arguments)
                : known(() -> Tests.named(name));
        if (beginsArgument()) {
            throw tokens.failure("a test with an argument is not supported behind is");
        }
        return (frame, value) ->
                !test.apply(frame.budget(), value, Arguments.NONE).equals(negated);
    }

    private boolean beginsArgument() {
        return switch (tokens.now().kind()) {
            case NAME -> !tokens.isName("else") && !tokens.isName("or") && !tokens.isName("and");
            case STRING, INTEGER -> true;
            default -> tokens.isOperator("[") || tokens.isOperator("{") || tokens.isOperator("(");
        };
    }

    /** Whether a name may stand here until it is used: Jinja does not know it either, and a condition lies before it. */
    private boolean defers(Set<String> refused, String name) {
        return tokens.isConditional() && !refused.contains(name);
    }

    private <T> T known(Supplier<T> named) {
        try {
            return named.get();
        } catch (Failure e) {
            throw tokens.failure(e.getMessage());
        }
    }
}
