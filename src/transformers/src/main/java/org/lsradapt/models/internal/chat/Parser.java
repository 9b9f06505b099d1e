package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Expressions.Step;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;
import org.lsradapt.models.internal.chat.Statements.Statement;
import org.lsradapt.models.internal.chat.Values.Arguments;

/** Reads a template's statements. */
final class Parser {
    private static final Expression NO_DEFAULT = frame -> Values.None.NONE;

    private static final Set<String> RESERVED = Set.of(
            "true", "True", "false", "False", "none", "None", "caller", "kwargs", "varargs", "self", "loop", "in");

    private final Tokens tokens;
    private final Expressions expressions;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new Expressions(tokens);
    }

    /** A template that has been read. */
    record Template(Scope scope, Statement body) {}

    static Template read(String template) {
        Scope scope = new Scope(null);
        Parser parser = new Parser(new Tokens(Lexer.tokens(template), scope));
        Statement body = parser.statements();
        parser.tokens.expect(Kind.END);
        scope.settle();
        return new Template(scope, body);
    }

    /** Statements up to the end or a tag that ends them, whose name comes next. */
    private Statement statements(String... ends) {
        List<Statement> body = new ArrayList<>();
        while (!tokens.is(Kind.END)) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> body.add(Statements.of((frame, out) -> out.add(token.text())));
                case PRINT_BEGIN -> {
                    Expression printed = expressions.tuple(true, false);
                    tokens.expect(Kind.PRINT_END);
                    body.add(Statements.print(token.line(), printed));
                }
                default -> {
                    if (List.of(ends).contains(tokens.now().text()) && tokens.is(Kind.NAME)) {
                        return Statements.block(body);
                    }
                    Statement statement = tokens.nested(this::statement);
                    tokens.expect(Kind.BLOCK_END);
                    body.add(Statements.at(token.line(), statement));
                }
            }
        }
        if (ends.length > 0) {
            throw tokens.failure(
                    "expected {% " + String.join(" %} or {% ", ends) + " %}, found the end of the template");
        }
        return Statements.block(body);
    }

    private Statement statement() {
        String name = tokens.expectName();
        return switch (name) {
            case "if" -> condition();
            case "for" -> loop();
            case "set" -> set();
            case "macro" -> macro();
            case "generation" -> {
                Statements.Body caller = body("endgeneration", new Scope(tokens.scope()), Map.of());
                yield Statements.of(
                        (frame, out) -> out.add((String) caller.macro(frame).call(frame.budget(), Arguments.NONE)));
            }
            case "filter" -> filterBlock();
            case "break", "continue" -> {
                if (tokens.loops() == 0) {
                    throw tokens.failure("{% " + name + " %} is not in a loop");
                }
                yield (frame, out) -> name.equals("break") ? Statements.Flow.BREAK : Statements.Flow.CONTINUE;
            }
            default -> throw tokens.failure("{% " + name + " %} is not supported here");
        };
    }

    /** The body of a block, up to the end tag of that name, which is left behind. */
    private Statement bodyUntil(String end) {
        tokens.skip(":");
        tokens.expect(Kind.BLOCK_END);
        Statement body = statements(end);
        tokens.next();
        return body;
    }

    private Statement condition() {
        Statement[] condition = new Statement[1];
        tokens.branch(() -> condition[0] = branches());
        return condition[0];
    }

    private Statement branches() {
        Expression test = expressions.tuple(false, false);
        Statement[] parts = new Statement[2];
        List<Scope.Event> then = tokens.scope().during(() -> parts[0] = branch());
        List<Expression> tests = new ArrayList<>();
        List<Statement> bodies = new ArrayList<>();
        List<Scope.Event> others = tokens.scope().during(() -> {
            while (tokens.skipName("elif")) {
                tests.add(expressions.tuple(false, false));
                List<Scope.Event> events = tokens.scope().during(() -> bodies.add(branch()));
                tokens.scope().branches(List.of(events, List.of(), List.of()));
            }
        });
        List<Scope.Event> otherwise = tokens.scope().during(() -> {
            boolean has = tokens.skipName("else");
            parts[1] = has ? bodyUntil("endif") : Statements.block(List.of());
            if (!has) {
                tokens.next();
            }
        });
        tokens.scope().branches(List.of(then, others, otherwise));
        tests.add(0, test);
        bodies.add(0, parts[0]);
        return Statements.condition(tests, bodies, parts[1]);
    }

    private Statement branch() {
        tokens.skip(":");
        tokens.expect(Kind.BLOCK_END);
        return statements("elif", "else", "endif");
    }

    private Statement loop() {
        List<String> names = new ArrayList<>();
        do {
            names.add(tokens.expectName());
            requireFree(names.get(names.size() - 1));
        } while (tokens.skip(","));
        if (!tokens.skipName("in")) {
            throw tokens.failure("expected 'in', found " + tokens.describe());
        }
        Expression items = expressions.tuple(false, false);
        Statements.Filtered filtered = tokens.skipName("if") ? filtered(names) : null;
        if (tokens.isName("recursive")) {
            throw tokens.failure("{% for %} with recursive is not supported");
        }
        Scope each = new Scope(tokens.scope());
        each.takes("loop");
        names.forEach(each::takes);
        Statement[] body = new Statement[1];
        tokens.within(each, () -> tokens.inLoops(tokens.loops() + 1, () -> body[0] = bodyUntil("endfor")));
        return Statements.loop(
                items, filtered, each, names.stream().map(each::place).toList(), each.place("loop"), body[0]);
    }

    private Statements.Filtered filtered(List<String> names) {
        Scope testing = new Scope(tokens.scope());
        names.forEach(testing::takes);
        Expression[] test = new Expression[1];
        tokens.within(testing, () -> test[0] = expressions.expression());
        return new Statements.Filtered(
                testing, names.stream().map(testing::place).toList(), test[0]);
    }

    private void requireFree(String name) {
        if (RESERVED.contains(name)) {
            throw tokens.failure("name " + name + " cannot be set");
        }
    }

    private Statement set() {
        String name = tokens.expectName();
        String field = tokens.skip(".") ? tokens.expectName() : null;
        requireFree(field == null ? name : "");
        Scope scope = tokens.scope();
        Expression value = tokens.skip("=") ? expressions.tuple(true, false) : null;
        Scope inner = new Scope(scope);
        Statement[] body = new Statement[1];
        if (value == null) {
            tokens.within(inner, () -> body[0] = bodyUntil("endset"));
        }
        if (field == null) {
            scope.stores(name);
        } else {
            scope.loads(name);
        }
        Scope.Place place = scope.place(name);
        return value == null
                ? Statements.captured(
                        inner, body[0], (frame, within, text, out) -> Statements.assign(frame, place, field, text))
                : Statements.of((frame, out) -> Statements.assign(frame, place, field, value.value(frame)));
    }

    private Statement filterBlock() {
        Scope inner = new Scope(tokens.scope());
        List<Step> filters = new ArrayList<>();
        List<Scope.Event> used = inner.during(() -> tokens.within(inner, () -> {
            do {
                filters.add(expressions.postfixes().filter());
            } while (tokens.skip("|"));
        }));
        tokens.scope().add(used);
        Statement[] body = new Statement[1];
        tokens.within(inner, () -> body[0] = bodyUntil("endfilter"));
        inner.add(used);
        return Statements.captured(inner, body[0], (frame, within, text, out) -> {
            Object value = Expressions.chained(start -> text, filters).value(within);
            out.add(Formats.str(frame.budget(), value));
        });
    }

    private Statement macro() {
        String name = tokens.expectName();
        requireFree(name);
        Scope scope = tokens.scope();
        Scope inner = new Scope(scope);
        Map<String, Expression> parameters = new LinkedHashMap<>();
        List<Scope.Event> defaults = inner.during(() -> tokens.within(inner, () -> parameters(parameters)));
        parameters.keySet().forEach(inner::takes);
        inner.add(defaults);
        Statements.Body body = body("endmacro", inner, parameters);
        scope.stores(name);
        Scope.Place place = scope.place(name);
        return Statements.of((frame, out) -> frame.set(place, body.macro(frame)));
    }

    private void parameters(Map<String, Expression> parameters) {
        boolean defaulted = false;
        tokens.expect("(");
        while (!tokens.skip(")")) {
            if (!parameters.isEmpty()) {
                tokens.expect(",");
            }
            String name = tokens.expectName();
            requireFree(name);
            boolean has = tokens.skip("=");
            if (defaulted && !has) {
                throw tokens.failure("parameter " + name + " without a default follows one with a default");
            }
            defaulted |= has;
            if (parameters.put(name, has ? expressions.expression() : NO_DEFAULT) != null) {
                throw tokens.failure("parameter " + name + " is named twice");
            }
        }
    }

    private Statements.Body body(String end, Scope inner, Map<String, Expression> parameters) {
        Statement[] body = new Statement[1];
        tokens.within(inner, () -> tokens.inLoops(0, () -> body[0] = bodyUntil(end)));
        List<Statements.Parameter> placed = new ArrayList<>();
        parameters.forEach((name, otherwise) -> placed.add(
                new Statements.Parameter(name, inner.place(name), otherwise == NO_DEFAULT ? null : otherwise)));
        return new Statements.Body(inner, placed, body[0]);
    }
}
