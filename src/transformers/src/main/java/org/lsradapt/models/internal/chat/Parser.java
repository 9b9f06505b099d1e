package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Expressions.Step;
import org.lsradapt.models.internal.chat.Lexer.Kind;
import org.lsradapt.models.internal.chat.Lexer.Token;
import org.lsradapt.models.internal.chat.Statements.Macro;
import org.lsradapt.models.internal.chat.Statements.Statement;
import org.lsradapt.models.internal.chat.Values.Arguments;

/** Reads a template's statements. */
final class Parser {
    private static final Set<String> RESERVED = Set.of(
            "true", "True", "false", "False", "none", "None", "caller", "kwargs", "varargs", "self", "loop", "in");

    private final Tokens tokens;
    private final Expressions expressions;

    private Parser(Tokens tokens) {
        this.tokens = tokens;
        this.expressions = new Expressions(tokens);
    }

    record Template(Scope scope, Statement body) {}

    static Template read(String template) {
        Scope scope = new Scope(null);
        Parser parser = new Parser(new Tokens(Lexer.tokens(template), scope));
        Statement body = parser.statements();
        parser.tokens.expect(Kind.END);
        scope.settle();
        return new Template(scope, body);
    }

    /** Reads statements up to the end or to a tag with one of these names, which is the next token. */
    private Statement statements(String... ends) {
        List<Statement> body = new ArrayList<>();
        while (!tokens.is(Kind.END)) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> body.add(Statements.of((frame, out) -> out.add(token.text())));
                case PRINT_BEGIN -> {
                    Expression printed = expressions.tuple(true, false);
                    tokens.expect(Kind.PRINT_END);
                    body.add(Statements.at(
                            token.line(),
                            Statements.of((frame, out) -> out.add(Formats.str(frame.budget(), printed.value(frame))))));
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
            case "if" -> tokens.branch(this::condition);
            case "for" -> loop();
            case "set" -> set();
            case "macro" -> macro();
            case "generation" -> {
                Macro caller = macro("endgeneration", new Scope(tokens.scope()), List.of());
                yield Statements.of(
                        (frame, out) -> out.add((String) caller.of(frame).call(frame.budget(), Arguments.NONE)));
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

    /** Reads statements after the start of a block, up to a tag with one of these names, which is the next token. */
    private Statement inner(String... ends) {
        tokens.skip(":");
        tokens.expect(Kind.BLOCK_END);
        return statements(ends);
    }

    /** Reads the body of a block and the name of its end tag. */
    private Statement bodyUntil(String end) {
        Statement body = inner(end);
        tokens.next();
        return body;
    }

    private Statement bodyUntil(String end, Scope scope) {
        return tokens.within(scope, tokens.loops(), () -> bodyUntil(end));
    }

    private Statement condition() {
        Scope scope = tokens.scope();
        List<Expression> tests = new ArrayList<>(List.of(expressions.tuple(false, false)));
        int begin = scope.mark();
        List<Statement> bodies = new ArrayList<>(List.of(branch()));
        List<Scope.Event> then = scope.cut(begin);
        while (tokens.skipName("elif")) {
            tests.add(expressions.tuple(false, false));
            int branch = scope.mark();
            bodies.add(branch());
            scope.branches(List.of(scope.cut(branch), List.of(), List.of()));
        }
        List<Scope.Event> others = scope.cut(begin);
        if (tokens.skipName("else")) {
            bodies.add(bodyUntil("endif"));
        } else {
            tokens.next();
        }
        scope.branches(List.of(then, others, scope.cut(begin)));
        return Statements.condition(tests, bodies);
    }

    private Statement branch() {
        return inner("elif", "else", "endif");
    }

    private Statement loop() {
        List<String> names = new ArrayList<>();
        do {
            names.add(freeName());
        } while (tokens.skip(","));
        if (!tokens.skipName("in")) {
            throw tokens.failure("expected 'in', found " + Tokens.describe(tokens.now()));
        }
        Expression items = expressions.tuple(false, false);
        Statements.Filtered filtered = tokens.skipName("if") ? filtered(names) : null;
        if (tokens.isName("recursive")) {
            throw tokens.failure("{% for %} with recursive is not supported");
        }
        Scope each = new Scope(tokens.scope());
        each.takes("loop");
        names.forEach(each::takes);
        Statement body = tokens.within(each, tokens.loops() + 1, () -> bodyUntil("endfor"));
        return new Statements.ForEach(
                items, filtered, each, names.stream().map(each::place).toList(), each.place("loop"), body);
    }

    private Statements.Filtered filtered(List<String> names) {
        Scope testing = new Scope(tokens.scope());
        names.forEach(testing::takes);
        Expression test = tokens.within(testing, tokens.loops(), expressions::expression);
        return new Statements.Filtered(
                testing, names.stream().map(testing::place).toList(), test);
    }

    private String freeName() {
        return requireFree(tokens.expectName());
    }

    private String requireFree(String name) {
        if (RESERVED.contains(name)) {
            throw tokens.failure("name " + name + " cannot be set");
        }
        return name;
    }

    private Statement set() {
        String name = tokens.expectName();
        String field = tokens.skip(".") ? tokens.expectName() : null;
        requireFree(field == null ? name : "");
        Scope scope = tokens.scope();
        Expression value = tokens.skip("=") ? expressions.tuple(true, false) : null;
        Scope inner = new Scope(scope);
        Statement body = value == null ? bodyUntil("endset", inner) : null;
        if (field == null) {
            scope.stores(name);
        } else {
            scope.loads(name);
        }
        Scope.Place place = scope.place(name);
        return value == null
                ? Statements.captured(
                        inner, body, (frame, within, text, out) -> Statements.assign(frame, place, field, text))
                : Statements.of((frame, out) -> Statements.assign(frame, place, field, value.value(frame)));
    }

    private Statement filterBlock() {
        Scope inner = new Scope(tokens.scope());
        List<Step> filters = new ArrayList<>();
        tokens.within(inner, tokens.loops(), () -> {
            do {
                filters.add(expressions.filter());
            } while (tokens.skip("|"));
            return filters;
        });
        List<Scope.Event> used = inner.cut(0);
        tokens.scope().add(used);
        Statement body = bodyUntil("endfilter", inner);
        inner.add(used);
        return Statements.captured(inner, body, (frame, within, text, out) -> {
            Object value = Expressions.chained(start -> text, filters).value(within);
            out.add(Formats.str(frame.budget(), value));
        });
    }

    private record Declared(String name, @Nullable Expression otherwise) {}

    private Statement macro() {
        String name = freeName();
        Scope scope = tokens.scope();
        Scope inner = new Scope(scope);
        List<Declared> parameters = tokens.within(inner, tokens.loops(), this::parameters);
        List<Scope.Event> defaults = inner.cut(0);
        parameters.forEach(parameter -> inner.takes(parameter.name));
        inner.add(defaults);
        Macro macro = macro("endmacro", inner, parameters);
        scope.stores(name);
        Scope.Place place = scope.place(name);
        return Statements.of((frame, out) -> frame.set(place, macro.of(frame)));
    }

    private List<Declared> parameters() {
        List<Declared> parameters = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        boolean defaulted = false;
        tokens.expect("(");
        while (!tokens.skip(")")) {
            if (!parameters.isEmpty()) {
                tokens.expect(",");
            }
            String name = freeName();
            boolean has = tokens.skip("=");
            if (defaulted && !has) {
                throw tokens.failure("parameter " + name + " without a default follows one with a default");
            }
            defaulted |= has;
            parameters.add(new Declared(name, has ? expressions.expression() : null));
            if (!names.add(name)) {
                throw tokens.failure("parameter " + name + " is named twice");
            }
        }
        return parameters;
    }

    private Macro macro(String end, Scope inner, List<Declared> parameters) {
        Statement body = tokens.within(inner, 0, () -> bodyUntil(end));
        List<Statements.Parameter> placed = parameters.stream()
                .map(declared ->
                        new Statements.Parameter(declared.name, inner.place(declared.name), declared.otherwise))
                .toList();
        return new Macro(inner, placed, body);
    }
}
