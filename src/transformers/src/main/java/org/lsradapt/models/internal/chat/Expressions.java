package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** Reads expressions, with Jinja's grammar. Operators of one precedence are a chain, so that their number makes nothing deep. */
final class Expressions {
    @FunctionalInterface
    interface Expression {
        Object value(Frame frame);
    }

    /** The next operation on a value. */
    @FunctionalInterface
    interface Step {
        Object apply(Frame frame, Object value);
    }

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

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;

    Expressions(Tokens tokens) {
        this.tokens = tokens;
    }

    /** Several expressions between commas, which are a tuple, or one. */
    Expression tuple(boolean conditional, boolean parenthesized) {
        List<Expression> items = new ArrayList<>();
        boolean isTuple = false;
        while (!(tokens.is(Kind.PRINT_END) || tokens.is(Kind.BLOCK_END) || tokens.isOperator(")"))) {
            items.add(conditional ? expression() : disjunction());
            if (!tokens.skip(",")) {
                break;
            }
            isTuple = true;
        }
        if (!isTuple && items.isEmpty() && !parenthesized) {
            throw tokens.failure("expected an expression, found " + Tokens.describe(tokens.now()));
        }
        return isTuple || items.isEmpty() ? sequence(items, Values.Kind.TUPLE) : items.get(0);
    }

    static Expression sequence(List<Expression> items, Values.Kind kind) {
        return frame -> {
            frame.budget().items(items.size());
            List<Object> values = new ArrayList<>();
            items.forEach(item -> values.add(item.value(frame)));
            return new Sequence(kind, values);
        };
    }

    Expression expression() {
        return tokens.nested(() -> {
            Expression first = disjunction();
            for (int more = 0; tokens.skipName("if"); more++) {
                if (more > Tokens.DEEPEST) {
                    throw tokens.failure("more than " + Tokens.DEEPEST + " conditions follow one another");
                }
                Expression condition = disjunction();
                Expression otherwise = tokens.skipName("else")
                        ? expression()
                        : frame -> new Undefined(
                                "the inline if-expression evaluated to false and no else section was defined.");
                Expression then = first;
                first = frame -> Operators.truth(condition.value(frame)) ? then.value(frame) : otherwise.value(frame);
            }
            return first;
        });
    }

    private Expression disjunction() {
        return logical("or", () -> logical("and", this::negation));
    }

    private Expression logical(String word, Supplier<Expression> part) {
        List<Expression> parts = new ArrayList<>(List.of(part.get()));
        while (tokens.skipName(word)) {
            parts.add(part.get());
        }
        return parts.size() == 1
                ? parts.get(0)
                : frame -> {
                    Object value = None.NONE;
                    for (Expression one : parts) {
                        value = one.value(frame);
                        if (Operators.truth(value) == word.equals("or")) {
                            break;
                        }
                    }
                    return value;
                };
    }

    private Expression negation() {
        if (tokens.skipName("not")) {
            Expression operand = tokens.nested(this::negation);
            return frame -> !Operators.truth(operand.value(frame));
        }
        return comparison();
    }

    private Expression comparison() {
        Expression first = sum();
        String operator = comparing();
        if (operator == null) {
            return first;
        }
        Expression second = sum();
        if (comparing() != null) {
            throw tokens.failure("several comparisons in a chain are not supported");
        }
        return frame -> Operators.compare(frame.budget(), operator, first.value(frame), second.value(frame));
    }

    private @Nullable String comparing() {
        if (tokens.isName("not") && tokens.isBehind(Kind.NAME, "in")) {
            tokens.next();
            tokens.next();
            return "not in";
        }
        boolean compares =
                tokens.is(Kind.OPERATOR) && COMPARISONS.contains(tokens.now().text());
        return compares || tokens.isName("in") ? tokens.next().text() : null;
    }

    private Expression sum() {
        return chain(Set.of("+", "-"), this::concatenation);
    }

    private Expression concatenation() {
        List<Expression> parts = new ArrayList<>(List.of(product()));
        while (tokens.skip("~")) {
            parts.add(product());
        }
        return parts.size() == 1
                ? parts.get(0)
                : frame -> {
                    Text text = new Text(frame.budget());
                    List<Object> values = new ArrayList<>();
                    parts.forEach(part -> values.add(part.value(frame)));
                    values.forEach(value -> text.add(Formats.str(frame.budget(), value)));
                    return text.toString();
                };
    }

    private Expression product() {
        return chain(Set.of("*", "//", "%"), () -> unary(true));
    }

    private Expression chain(Set<String> operators, Supplier<Expression> operand) {
        Expression first = operand.get();
        List<Step> steps = new ArrayList<>();
        while (tokens.is(Kind.OPERATOR) && operators.contains(tokens.now().text())) {
            String operator = tokens.next().text();
            Expression right = operand.get();
            steps.add((frame, left) -> Operators.binary(frame.budget(), operator, left, right.value(frame)));
        }
        return chained(first, steps);
    }

    static Expression chained(Expression first, List<Step> steps) {
        return steps.isEmpty()
                ? first
                : frame -> {
                    Object value = first.value(frame);
                    for (Step step : steps) {
                        frame.budget().work(1);
                        value = step.apply(frame, value);
                    }
                    return value;
                };
    }

    private Expression unary(boolean filtered) {
        Expression operand;
        if (tokens.skip("-")) {
            Expression inner = tokens.nested(() -> unary(false));
            operand = frame -> Operators.negative(inner.value(frame));
        } else {
            operand = primary();
        }
        List<Step> steps = new ArrayList<>();
        for (Step step = postfix(); step != null; step = postfix()) {
            steps.add(step);
        }
        for (Step step = filtered ? filterOrTest() : null; step != null; step = filterOrTest()) {
            steps.add(step);
        }
        return chained(operand, steps);
    }

    Expression primary() {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> name(token.text());
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.is(Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                yield constant(text.toString());
            }
            case INTEGER -> constant(new BigInteger(token.text()));
            default -> enclosed(token);
        };
    }

    private static Expression constant(Object value) {
        return frame -> value;
    }

    private Expression enclosed(Token token) {
        String open = token.kind() == Kind.OPERATOR ? token.text() : "";
        if (open.equals("(")) {
            Expression inner = tokens.nested(() -> tuple(true, true));
            tokens.expect(")");
            return inner;
        }
        if (open.equals("[")) {
            List<Expression> items = new ArrayList<>();
            listed("]", () -> items.add(expression()));
            return sequence(items, Values.Kind.LIST);
        }
        if (open.equals("{")) {
            List<Expression> keys = new ArrayList<>();
            List<Expression> values = new ArrayList<>();
            listed("}", () -> {
                keys.add(expression());
                tokens.expect(":");
                values.add(expression());
            });
            return frame -> {
                Dict map = new Dict();
                for (int i = 0; i < keys.size(); i++) {
                    map.put(
                            frame.budget(),
                            keys.get(i).value(frame),
                            values.get(i).value(frame));
                }
                return map;
            };
        }
        throw tokens.failure("unexpected " + Tokens.describe(token));
    }

    void listed(String close, Runnable item) {
        for (boolean first = true; !tokens.skip(close); first = false) {
            if (!first) {
                tokens.expect(",");
                if (tokens.skip(close)) {
                    return;
                }
            }
            item.run();
        }
    }

    private Expression name(String name) {
        return switch (name) {
            case "true", "True" -> constant(true);
            case "false", "False" -> constant(false);
            case "none", "None" -> constant(None.NONE);
            case "caller", "varargs", "kwargs" -> throw tokens.failure(name + " is not supported");
            default -> {
                tokens.scope().loads(name);
                yield variable(tokens.scope(), name);
            }
        };
    }

    /** A variable of a scope, which has recorded that it is used. */
    static Expression variable(Scope scope, String name) {
        Scope.Place place = scope.place(name);
        Undefined absent = new Undefined("'" + name + "' is undefined");
        return frame -> {
            frame.budget().work(1);
            Object value = frame.get(place);
            return value == null ? absent : value;
        };
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
        Expression start = tokens.isOperator(":") ? null : expression();
        if (tokens.skip("]")) {
            Expression index = start;
            return (frame, value) -> Access.item(frame.budget(), value, index.value(frame));
        }
        if (!tokens.skip(":")) {
            throw tokens.failure("expected ']' or ':', found " + Tokens.describe(tokens.now()));
        }
        Expression stop = tokens.isOperator(":") || tokens.isOperator("]") ? null : expression();
        Expression by = tokens.skip(":") && !tokens.isOperator("]") ? expression() : null;
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
        listed(")", () -> {
            if (tokens.isOperator("*") || tokens.isOperator("**")) {
                throw tokens.failure("arguments with " + tokens.now().text() + " are not supported");
            }
            if (tokens.is(Kind.NAME) && tokens.isBehind(Kind.OPERATOR, "=")) {
                String name = tokens.next().text();
                tokens.next();
                if (named.put(name, expression()) != null) {
                    throw tokens.failure("argument " + name + " is given twice");
                }
            } else if (named.isEmpty()) {
                positional.add(expression());
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

    Step filter() {
        Builtin filter = builtin(Filters.ALL);
        Call call = tokens.isOperator("(") ? call() : new Call(List.of(), Map.of());
        return (frame, value) -> filter.apply(frame.budget(), value, call.values(frame));
    }

    private Step test() {
        boolean negated = tokens.skipName("not");
        Builtin test = builtin(Tests.ALL);
        if (beginsArgument()) {
            throw tokens.failure("a test with an argument is not supported after is");
        }
        return (frame, value) ->
                !test.apply(frame.budget(), value, Arguments.NONE).equals(negated);
    }

    /** Reads a function's name. In a condition, one that Jinja lacks too is an error only when it is used. */
    private Builtin builtin(Builtin.Table<Object> table) {
        String name = tokens.expectName();
        if (tokens.isConditional() && table.isUnknown(name)) {
            return (budget, value, arguments) -> table.named(name);
        }
        try {
            return table.named(name);
        } catch (Failure e) {
            throw tokens.failure(e.getMessage());
        }
    }

    private boolean beginsArgument() {
        return switch (tokens.now().kind()) {
            case NAME -> !tokens.isName("else") && !tokens.isName("or") && !tokens.isName("and");
            case STRING, INTEGER -> true;
            default -> tokens.isOperator("[") || tokens.isOperator("{") || tokens.isOperator("(");
        };
    }
}
