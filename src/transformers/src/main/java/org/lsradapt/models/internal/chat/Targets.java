package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Lexer.Kind;

/** Reads what is assigned to. */
final class Targets {
    private static final Set<String> RESERVED =
            Set.of("true", "True", "false", "False", "none", "None", "caller", "kwargs", "varargs", "self");

    private final Tokens tokens;
    private final Expressions expressions;
    private final List<Runnable> unplaced;

    Targets(Tokens tokens, Expressions expressions, List<Runnable> unplaced) {
        this.tokens = tokens;
        this.expressions = expressions;
        this.unplaced = unplaced;
    }

    Scope.Place[] place(Scope scope, String name) {
        Scope.Place[] place = new Scope.Place[1];
        unplaced.add(() -> place[0] = scope.place(name));
        return place;
    }

    void requireFree(String name) {
        if (RESERVED.contains(name) || (name.equals("loop") && tokens.loops() > 0)) {
            throw tokens.failure("name " + name + " cannot be set");
        }
    }

    /** What is assigned to, as it was read: a name, an attribute of a namespace, or several in a tuple. */
    final class Target {
        private final String name;
        private final @Nullable String field;
        private final @Nullable List<Target> parts;

        Target(String name, @Nullable String field, @Nullable List<Target> parts) {
            this.name = name;
            this.field = field;
            this.parts = parts;
        }

        void taken(Scope scope) {
            if (parts == null) {
                scope.takes(name);
            } else {
                parts.forEach(part -> part.taken(scope));
            }
        }

        void stored(Scope scope) {
            if (parts != null) {
                parts.forEach(part -> part.stored(scope));
            } else if (field == null) {
                scope.stores(name);
            } else {
                scope.loads(name);
            }
        }

        Statements.Assignment placed(Scope scope) {
            if (parts != null) {
                return Statements.tuple(
                        parts.stream().map(part -> part.placed(scope)).toList());
            }
            Scope.Place[] place = place(scope, name);
            return field == null ? Statements.name(place) : Statements.field(place, field);
        }

        /** The value that has been assigned, a tuple for several. */
        Expression value(Scope scope) {
            if (parts == null) {
                return expressions.variable(scope, name);
            }
            return Expressions.sequence(
                    parts.stream().map(part -> part.value(scope)).toList(), true);
        }
    }

    /** Reads one, with attributes of namespaces if they may be set here. */
    Target read(boolean fields) {
        List<Target> parts = new ArrayList<>();
        boolean isTuple = false;
        while ((tokens.is(Kind.NAME) && !tokens.isName("in")) || tokens.isOperator("(")) {
            parts.add(tokens.isOperator("(") ? parenthesized(fields) : name(fields));
            if (!tokens.skip(",")) {
                break;
            }
            isTuple = true;
        }
        if (parts.isEmpty()) {
            throw tokens.failure("expected a name, found " + tokens.describe());
        }
        return isTuple ? new Target("", null, parts) : parts.get(0);
    }

    private Target parenthesized(boolean fields) {
        tokens.expect("(");
        Target inner = tokens.nested(() -> read(fields));
        tokens.expect(")");
        return inner;
    }

    private Target name(boolean fields) {
        String name = tokens.expectName();
        if (fields && tokens.skip(".")) {
            return new Target(name, tokens.expectName(), null);
        }
        requireFree(name);
        return new Target(name, null, null);
    }
}
