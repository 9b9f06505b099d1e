package org.lsradapt.models.internal.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.None;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** Reads expressions, with Jinja's grammar. Operators of one precedence are a chain, so that their number makes nothing deep. */
final class Expressions {
    /** An expression. */
    @FunctionalInterface
    interface Expression {
        Object value(Frame frame);
    }

    /** The next operation on a value. */
    @FunctionalInterface
    interface Step {
        Object apply(Frame frame, Object value);
    }

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;
    private final Postfixes postfixes;

    Expressions(Tokens tokens) {
        this.tokens = tokens;
        this.postfixes = new Postfixes(tokens, this);
    }

    /** The parser of what follows an expression. */
    Postfixes postfixes() {
        return postfixes;
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
            throw tokens.failure("expected an expression, found " + tokens.describe());
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
        if (tokens.isName("not") && tokens.isNameBehind("in")) {
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
        for (Step step = postfixes.postfix(); step != null; step = postfixes.postfix()) {
            steps.add(step);
        }
        for (Step step = filtered ? postfixes.filterOrTest() : null; step != null; step = postfixes.filterOrTest()) {
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
}
