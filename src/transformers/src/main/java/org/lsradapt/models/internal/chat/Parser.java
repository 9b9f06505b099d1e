package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;
import org.lsradapt.models.internal.chat.Statements.Statement;
import org.lsradapt.models.internal.chat.Values.Arguments;

/** Reads a template's statements. */
final class Parser {
    private static final Expression NO_DEFAULT = frame -> Values.None.NONE;

    private final Tokens tokens;
    private final List<Runnable> unplaced = new ArrayList<>();
    private final Expressions expressions;
    private final Targets targets;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new Expressions(tokens, unplaced);
        this.targets = new Targets(tokens, expressions, unplaced);
    }

    /** A template that has been read. */
    record Template(Scope scope, Statement body) {}

    static Template read(String template) {
        Scope scope = new Scope(null);
        Parser parser = new Parser(new Tokens(Lexer.tokens(template), scope));
        Statement body = parser.statements();
        parser.tokens.expect(Kind.END);
        scope.settle();
        parser.unplaced.forEach(Runnable::run);
        return new Template(scope, body);
    }

    /** Statements up to the end or a tag that ends them, whose name comes next. */
    private Statement statements(String... ends) {
        List<Statement> body = new ArrayList<>();
        while (!tokens.is(Kind.END)) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> body.add(Statements.data(token.text()));
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
            case "call" -> callBlock();
            case "generation" -> {
                Statements.Body caller = body("endgeneration", new Scope(tokens.scope()), List.of(), List.of());
                yield (frame, out) -> {
                    out.add((String) caller.macro(frame).call(frame.budget(), Arguments.NONE));
                    return Statements.Flow.ON;
                };
            }
            case "filter" -> filterBlock();
            case "with" -> with();
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
        Targets.Target target = targets.read(false);
        if (!tokens.skipName("in")) {
            throw tokens.failure("expected 'in', found " + tokens.describe());
        }
        Expression items = expressions.tuple(false, false);
        Scope testing = new Scope(tokens.scope());
        Scope each = new Scope(tokens.scope());
        Scope without = new Scope(tokens.scope());
        Expression[] test = new Expression[1];
        if (tokens.skipName("if")) {
            target.taken(testing);
            tokens.within(testing, () -> test[0] = expressions.expression());
        }
        if (tokens.isName("recursive")) {
            throw tokens.failure("{% for %} with recursive is not supported");
        }
        Statement[] bodies = new Statement[2];
        Set<String> used = new HashSet<>();
        List<Scope.Event> events = each.during(() -> tokens.within(
                each,
                () -> used.addAll(tokens.usedBy(() -> {
                    tokens.skip(":");
                    tokens.expect(Kind.BLOCK_END);
                    tokens.inLoops(tokens.loops() + 1, () -> bodies[0] = statements("endfor", "else"));
                }))));
        boolean usesLoop = used.contains("loop");
        if (usesLoop) {
            each.takes("loop");
        }
        target.taken(each);
        each.add(events);
        if (tokens.skipName("else")) {
            tokens.within(without, () -> bodies[1] = bodyUntil("endfor"));
        } else {
            tokens.next();
        }
        Statements.Repeated repeated = new Statements.Repeated(
                each, target.placed(each), bodies[0], usesLoop ? Statements.name(targets.place(each, "loop")) : null);
        Statements.Filtered filtered = test[0] == null
                ? null
                : new Statements.Filtered(testing, target.placed(testing), target.value(testing), test[0]);
        return Statements.loop(items, filtered, repeated, bodies[1], without);
    }

    private Statement set() {
        Targets.Target target = targets.read(true);
        Scope scope = tokens.scope();
        if (tokens.skip("=")) {
            Expression value = expressions.tuple(true, false);
            target.stored(scope);
            Statements.Assignment assignment = target.placed(scope);
            return (frame, out) -> {
                assignment.check(frame);
                assignment.assign(frame, value.value(frame));
                return Statements.Flow.ON;
            };
        }
        Scope inner = new Scope(scope);
        List<UnaryOperator<Expression>> filters = new ArrayList<>();
        Statement[] body = new Statement[1];
        List<Scope.Event> used = inner.during(() ->
                tokens.within(inner, () -> filters.add(expressions.postfixes().filters())));
        tokens.within(inner, () -> body[0] = bodyUntil("endset"));
        inner.add(used);
        target.stored(scope);
        return Statements.setBlock(target.placed(scope), inner, body[0], filters.get(0));
    }

    private Statement filterBlock() {
        Scope inner = new Scope(tokens.scope());
        List<BiFunction<Frame, Object, Object>> filters = new ArrayList<>();
        List<Scope.Event> used = inner.during(() -> tokens.within(inner, () -> {
            filters.add(expressions.postfixes().filter());
            while (tokens.skip("|")) {
                filters.add(expressions.postfixes().filter());
            }
        }));
        tokens.scope().add(used);
        Statement[] body = new Statement[1];
        tokens.within(inner, () -> body[0] = bodyUntil("endfilter"));
        inner.add(used);
        return (frame, out) -> {
            Frame within = frame.inner(inner).enter();
            Text text = new Text(frame.budget());
            Statements.Flow flow = body[0].run(within, text);
            if (flow == Statements.Flow.ON) {
                Object value = text.toString();
                for (BiFunction<Frame, Object, Object> filter : filters) {
                    value = filter.apply(within, value);
                }
                out.add(Formats.str(frame.budget(), value));
            }
            return flow;
        };
    }

    private Statement with() {
        Scope inner = new Scope(tokens.scope());
        List<Statements.Assignment> assignments = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.is(Kind.BLOCK_END) && !tokens.isOperator(":")) {
            if (!values.isEmpty()) {
                tokens.expect(",");
            }
            Targets.Target target = targets.read(false);
            tokens.expect("=");
            values.add(expressions.expression());
            target.taken(inner);
            assignments.add(target.placed(inner));
        }
        Statement[] body = new Statement[1];
        tokens.within(inner, () -> body[0] = bodyUntil("endwith"));
        return (frame, out) -> {
            Frame within = frame.inner(inner).enter();
            for (int i = 0; i < values.size(); i++) {
                assignments.get(i).assign(within, values.get(i).value(frame));
            }
            return body[0].run(within, out);
        };
    }

    private Statement macro() {
        String name = tokens.expectName();
        targets.requireFree(name);
        Scope scope = tokens.scope();
        Scope inner = new Scope(scope);
        Statements.Body body = signature(inner, "endmacro", true, () -> {});
        scope.stores(name);
        Scope.Place[] place = targets.place(scope, name);
        return (frame, out) -> {
            frame.set(place[0], body.macro(frame));
            return Statements.Flow.ON;
        };
    }

    private Statement callBlock() {
        Scope inner = new Scope(tokens.scope());
        List<BiFunction<Frame, Values.Function, Object>> call = new ArrayList<>();
        Statements.Body caller = signature(
                inner,
                "endcall",
                tokens.isOperator("("),
                () -> call.add(expressions.postfixes().callback()));
        return (frame, out) -> {
            out.add(Formats.str(frame.budget(), call.get(0).apply(frame, caller.macro(frame))));
            return Statements.Flow.ON;
        };
    }

    /** Parameters, what follows them in the tag, and the body. */
    private Statements.Body signature(Scope inner, String end, boolean has, Runnable afterwards) {
        Map<String, Expression> parameters = new LinkedHashMap<>();
        List<Scope.Event> defaults = inner.during(() -> tokens.within(inner, () -> {
            if (has) {
                tokens.expect("(");
                parameters(parameters);
            }
        }));
        afterwards.run();
        parameters.keySet().forEach(inner::takes);
        inner.add(defaults);
        List<Expression> values = new ArrayList<>();
        parameters.values().forEach(value -> values.add(value == NO_DEFAULT ? null : value));
        return body(end, inner, List.copyOf(parameters.keySet()), values);
    }

    private void parameters(Map<String, Expression> parameters) {
        boolean defaulted = false;
        while (!tokens.skip(")")) {
            if (!parameters.isEmpty()) {
                tokens.expect(",");
            }
            String name = tokens.expectName();
            targets.requireFree(name);
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

    private Statements.Body body(String end, Scope inner, List<String> parameters, List<Expression> defaults) {
        Statement[] body = new Statement[1];
        Set<String> used =
                tokens.usedBy(() -> tokens.within(inner, () -> tokens.inLoops(0, () -> body[0] = bodyUntil(end))));
        List<String> special = List.of("caller", "kwargs", "varargs").stream()
                .filter(used::contains)
                .toList();
        special.forEach(inner::takes);
        Map<String, Scope.Place[]> places = new LinkedHashMap<>();
        parameters.forEach(name -> places.put(name, targets.place(inner, name)));
        special.forEach(name -> places.put(name, targets.place(inner, name)));
        return new Statements.Body(inner, parameters, defaults, places, body[0]);
    }
}
