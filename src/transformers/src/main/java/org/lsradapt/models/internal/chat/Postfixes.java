package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
            if (name.kind() == Kind.INTEGER) {
                BigInteger index = new BigInteger(name.text());
                return (frame, value) -> Access.item(frame.budget(), value, index);
            }
            if (name.kind() != Kind.NAME) {
                throw tokens.failure("expected a name or number, found " + Tokens.describe(name));
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

    /** A call, to which its caller is given when it is made. */
    BiFunction<Frame, Values.Function, Object> callback() {
        Expression first = expressions.primary();
        List<Step> steps = new ArrayList<>();
        while (true) {
            if (!tokens.isOperator("(")) {
                Step step = postfix();
                if (step == null) {
                    throw tokens.failure("expected a call, found " + tokens.describe());
                }
                steps.add(step);
                continue;
            }
            Call call = call();
            if (tokens.is(Kind.BLOCK_END) || tokens.isOperator(":")) {
                Expression callee = Expressions.chained(first, steps);
                return (frame, caller) -> {
                    Object function = callee.value(frame);
                    Arguments values = call.values(frame);
                    values.named().put("caller", caller);
                    return Values.call(frame.budget(), function, values);
                };
            }
            steps.add((frame, value) -> Values.call(frame.budget(), value, call.values(frame)));
        }
    }

    @Nullable
    Step filterOrTest() {
        if (tokens.skip("|")) {
            BiFunction<Frame, Object, Object> filter = filter();
            return filter::apply;
        }
        if (tokens.skipName("is")) {
            return test();
        }
        if (tokens.isOperator("(")) {
            Call call = call();
            return (frame, value) -> Values.call(frame.budget(), value, call.values(frame));
        }
        return null;
    }

    /** A filter behind its bar. */
    BiFunction<Frame, Object, Object> filter() {
        String name = tokens.expectName();
        Filters.Filter filter = defers(Filters.REFUSED, name)
                ? (budget, value, arguments) -> Filters.named(name).apply(budget, value, arguments)
                : known(() -> Filters.named(name));
        Call call = tokens.isOperator("(") ? call() : new Call(List.of(), Map.of());
        return (frame, value) -> filter.apply(frame.budget(), value, call.values(frame));
    }

    /** Filters one after the other, if there are any. */
    UnaryOperator<Expression> filters() {
        List<Step> steps = new ArrayList<>();
        while (tokens.skip("|")) {
            BiFunction<Frame, Object, Object> filter = filter();
            steps.add(filter::apply);
        }
        return first -> Expressions.chained(first, steps);
    }

    private Step test() {
        boolean negated = tokens.skipName("not");
        String name = tokens.expectName();
        Tests.Test test = defers(Tests.REFUSED, name)
                ? (budget, value, arguments) -> Tests.named(name).holds(budget, value, arguments)
                : known(() -> Tests.named(name));
        Call call;
        if (tokens.isOperator("(")) {
            call = call();
        } else if (beginsArgument()) {
            if (tokens.isName("is")) {
                throw tokens.failure("tests with is cannot be chained");
            }
            Expression first = expressions.primary();
            List<Step> steps = new ArrayList<>();
            for (Step step = postfix(); step != null; step = postfix()) {
                steps.add(step);
            }
            call = new Call(List.of(Expressions.chained(first, steps)), Map.of());
        } else {
            call = new Call(List.of(), Map.of());
        }
        return (frame, value) -> test.holds(frame.budget(), value, call.values(frame)) != negated;
    }

    private boolean beginsArgument() {
        return switch (tokens.now().kind()) {
            case NAME -> !tokens.isName("else") && !tokens.isName("or") && !tokens.isName("and");
            case STRING, INTEGER, FLOAT -> true;
            default -> tokens.isOperator("[") || tokens.isOperator("{");
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
