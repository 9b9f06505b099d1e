package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Kind;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** Executes the statements of a template. */
final class Statements {
    @FunctionalInterface
    interface Statement {
        Flow run(Frame frame, Text out);
    }

    /** The course of execution after a statement. */
    enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    /** The condition of a loop, and the names that an element has there. */
    record Filtered(Scope scope, List<Scope.Place> names, Expression test) {
        List<Object> filter(Frame frame, List<Object> items) {
            Budget budget = frame.budget();
            Frame within = frame.inner(scope);
            List<Object> passing = new ArrayList<>();
            boolean before = budget.ahead(true);
            if (!items.isEmpty()) {
                within.enter();
            }
            for (Object item : items) {
                budget.items(1L + names.size());
                Object kept =
                        names.size() == 1 ? item : new Sequence(Kind.TUPLE, List.copyOf(Access.items(budget, item)));
                unpack(within, names, kept);
                if (Operators.truth(test.value(within))) {
                    passing.add(kept);
                }
            }
            budget.ahead(before);
            return passing;
        }
    }

    record Parameter(
            String name, Scope.Place place, @Nullable Expression otherwise) {}

    /** A macro as it is written; it belongs to the frame that defines it. */
    record Macro(Scope scope, List<Parameter> parameters, Statement body) {
        Function of(Frame defining) {
            return (budget, arguments) -> {
                budget.call();
                Frame frame = defining.inner(scope);
                Object[] given = arguments.bind(
                        "macro", 0, parameters.stream().map(Parameter::name).toList());
                for (int i = 0; i < given.length; i++) {
                    if (given[i] != null) {
                        frame.set(parameters.get(i).place(), given[i]);
                    }
                }
                frame.enter();
                for (int i = 0; i < given.length; i++) {
                    Parameter parameter = parameters.get(i);
                    if (given[i] == null) {
                        frame.set(
                                parameter.place(),
                                parameter.otherwise() == null
                                        ? new Undefined("parameter '" + parameter.name() + "' was not provided")
                                        : parameter.otherwise().value(frame));
                    }
                }
                Text text = new Text(budget);
                body.run(frame, text);
                budget.leaveCall();
                return text.toString();
            };
        }
    }

    /** Takes the text of a block that does not print it. */
    @FunctionalInterface
    interface Capture {
        void accept(Frame frame, Frame within, String text, Text out);
    }

    /** An action that never ends the block around it. */
    @FunctionalInterface
    interface Action {
        void run(Frame frame, Text out);
    }

    private Statements() {}

    static Statement of(Action action) {
        return (frame, out) -> {
            action.run(frame, out);
            return Flow.ON;
        };
    }

    static Statement at(int line, Statement statement) {
        return (frame, out) -> {
            frame.budget().at(line);
            return statement.run(frame, out);
        };
    }

    static Statement block(List<Statement> body) {
        return (frame, out) -> {
            for (Statement statement : body) {
                Flow flow = statement.run(frame, out);
                if (flow != Flow.ON) {
                    return flow;
                }
            }
            return Flow.ON;
        };
    }

    /** Runs the first body whose test holds; a last body without a test runs if none does. */
    static Statement condition(List<Expression> tests, List<Statement> bodies) {
        return (frame, out) -> {
            int first = 0;
            while (first < tests.size() && !Operators.truth(tests.get(first).value(frame))) {
                first++;
            }
            return first < bodies.size() ? bodies.get(first).run(frame, out) : Flow.ON;
        };
    }

    /** A loop, with the place of each element's names and of the variable {@code loop}. */
    record ForEach(
            Expression items,
            @Nullable Filtered filtered,
            Scope scope,
            List<Scope.Place> names,
            Scope.Place variable,
            Statement body)
            implements Statement {
        @Override
        public Flow run(Frame frame, Text out) {
            List<Object> all = Access.items(frame.budget(), items.value(frame));
            Loop loop = new Loop(filtered == null ? all : filtered.filter(frame, all));
            Frame within = frame.inner(scope);
            while (loop.hasNext()) {
                frame.budget().work(1);
                unpack(within, names, loop.next());
                within.set(variable, loop);
                if (body.run(within.enter(), out) == Flow.BREAK) {
                    break;
                }
            }
            return Flow.ON;
        }
    }

    private static void unpack(Frame frame, List<Scope.Place> names, Object item) {
        List<Object> values = names.size() == 1 ? List.of(item) : Access.items(frame.budget(), item);
        if (values.size() != names.size()) {
            throw new Failure("expected " + names.size() + " values to unpack, found " + values.size());
        }
        for (int i = 0; i < values.size(); i++) {
            frame.set(names.get(i), values.get(i));
        }
    }

    static Statement captured(Scope scope, Statement body, Capture capture) {
        return (frame, out) -> {
            Frame within = frame.inner(scope).enter();
            Text text = new Text(frame.budget());
            Flow flow = body.run(within, text);
            if (flow == Flow.ON) {
                capture.accept(frame, within, text.toString(), out);
            }
            return flow;
        };
    }

    static void assign(Frame frame, Scope.Place place, @Nullable String field, Object value) {
        if (field == null) {
            frame.set(place, value);
        } else if (frame.get(place) instanceof Namespace namespace) {
            frame.budget().items(1);
            Functions.put(namespace.fields(), field, value);
        } else {
            throw new Failure("cannot assign attribute on non-namespace object");
        }
    }
}
