package org.lsradapt.models.internal.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Expressions.Expression;
import org.lsradapt.models.internal.chat.Values.Dict;
import org.lsradapt.models.internal.chat.Values.Function;
import org.lsradapt.models.internal.chat.Values.Namespace;
import org.lsradapt.models.internal.chat.Values.Sequence;
import org.lsradapt.models.internal.chat.Values.Undefined;

/** What statements do. */
final class Statements {
    /** A statement. */
    @FunctionalInterface
    interface Statement {
        Flow run(Frame frame, Text out);
    }

    /** How to go on. */
    enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    /** An assignment to what is on the left side. */
    @FunctionalInterface
    interface Assignment {
        void assign(Frame frame, Object value);

        /** Looks, before the value is computed, whether it can be assigned. */
        default void check(Frame frame) {}
    }

    /** The body of a loop, its target, and the variable loop if that is used. */
    record Repeated(
            Scope scope,
            Assignment target,
            Statement body,
            @Nullable Assignment loop) {}

    /** The condition of a loop, with the target's value as the body gets it. */
    record Filtered(Scope scope, Assignment target, Expression read, Expression test) {
        Iterator<Object> filter(Frame frame, Iterator<Object> items) {
            Frame[] within = new Frame[1];
            Iterator<Object> passing = Sequences.filtered(frame.budget(), items, item -> {
                if (within[0] == null) {
                    within[0] = frame.inner(scope).enter();
                }
                target.assign(within[0], item);
                return Operators.truth(test.value(within[0]));
            });
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return passing.hasNext();
                }

                @Override
                public Object next() {
                    passing.next();
                    return read.value(within[0]);
                }
            };
        }
    }

    /** The body of a macro or of what is called back. */
    record Body(
            Scope scope,
            List<String> parameters,
            List<Expression> defaults,
            Map<String, Scope.Place[]> places,
            Statement body) {

        Function macro(Frame defining) {
            return (budget, arguments) -> {
                budget.call();
                Frame frame = defining.inner(scope);
                Map<String, Object> named = new LinkedHashMap<>(arguments.named());
                List<Object> given = arguments.positional();
                for (int i = 0; i < parameters.size(); i++) {
                    Object value = i < given.size() ? given.get(i) : named.remove(parameters.get(i));
                    put(frame, parameters.get(i), value);
                }
                special(budget, frame, named, given);
                frame.enter();
                for (int i = 0; i < parameters.size(); i++) {
                    fill(frame, parameters.get(i), defaults.get(i));
                }
                Text text = new Text(budget);
                body.run(frame, text);
                budget.leaveCall();
                return text.toString();
            };
        }

        private void put(Frame frame, String name, @Nullable Object value) {
            if (value != null) {
                frame.set(places.get(name)[0], value);
            }
        }

        private void fill(Frame frame, String name, @Nullable Expression otherwise) {
            if (frame.get(places.get(name)[0]) == null) {
                put(
                        frame,
                        name,
                        otherwise == null
                                ? new Undefined("parameter '" + name + "' was not provided")
                                : otherwise.value(frame));
            }
        }

        private void special(Budget budget, Frame frame, Map<String, Object> named, List<Object> given) {
            if (places.containsKey("caller")) {
                Object caller = named.remove("caller");
                put(frame, "caller", Formats.given(caller) ? caller : new Undefined("No caller defined"));
            }
            if (places.containsKey("kwargs")) {
                Dict rest = new Dict();
                named.forEach((name, value) -> rest.put(budget, name, value));
                put(frame, "kwargs", rest);
            } else if (!named.isEmpty()) {
                throw new Failure("macro takes no keyword argument '"
                        + named.keySet().iterator().next() + "'");
            }
            int more = Math.max(0, given.size() - parameters.size());
            if (places.containsKey("varargs")) {
                put(
                        frame,
                        "varargs",
                        new Sequence(List.copyOf(given.subList(given.size() - more, given.size())), true));
            } else if (more > 0) {
                throw new Failure("macro takes not more than " + parameters.size() + " argument(s)");
            }
        }
    }

    private Statements() {}

    static Statement data(String text) {
        return (frame, out) -> {
            out.add(text);
            return Flow.ON;
        };
    }

    static Statement print(int line, Expression printed) {
        return (frame, out) -> {
            frame.budget().at(line);
            out.add(Formats.str(frame.budget(), printed.value(frame)));
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

    static Statement condition(List<Expression> tests, List<Statement> bodies, Statement otherwise) {
        return (frame, out) -> {
            for (int i = 0; i < tests.size(); i++) {
                if (Operators.truth(tests.get(i).value(frame))) {
                    return bodies.get(i).run(frame, out);
                }
            }
            return otherwise.run(frame, out);
        };
    }

    static Statement loop(
            Expression items,
            @Nullable Filtered filtered,
            Repeated repeated,
            @Nullable Statement otherwise,
            Scope without) {
        return (frame, out) -> {
            Object value = items.value(frame);
            Iterator<Object> all = Access.iterator(frame.budget(), value);
            Loop loop = filtered != null
                    ? new Loop(filtered.filter(frame, all), -1)
                    : new Loop(
                            all,
                            value instanceof String text
                                    ? Access.length(frame.budget(), text)
                                    : Access.lengthOrNone(value));
            boolean none = true;
            Frame within = frame.inner(repeated.scope());
            while (loop.hasNext()) {
                frame.budget().work(1);
                repeated.target().assign(within, loop.next());
                if (repeated.loop() != null) {
                    repeated.loop().assign(within, loop);
                }
                Flow flow = repeated.body().run(within.enter(), out);
                if (flow == Flow.BREAK) {
                    break;
                }
                none &= flow == Flow.CONTINUE;
            }
            return none && otherwise != null
                    ? otherwise.run(frame.inner(without).enter(), out)
                    : Flow.ON;
        };
    }

    static Statement setBlock(Assignment target, Scope scope, Statement body, UnaryOperator<Expression> filters) {
        return (frame, out) -> {
            Frame within = frame.inner(scope).enter();
            Text text = new Text(frame.budget());
            Flow flow = body.run(within, text);
            if (flow == Flow.ON) {
                target.assign(frame, filters.apply(inner -> text.toString()).value(within));
            }
            return flow;
        };
    }

    static Assignment name(Scope.Place... place) {
        return (frame, value) -> frame.set(place[0], value);
    }

    static Assignment field(Scope.Place[] place, String field) {
        return new Assignment() {
            @Override
            public void check(Frame frame) {
                if (!(frame.get(place[0]) instanceof Namespace)) {
                    throw new Failure("cannot assign attribute on non-namespace object");
                }
            }

            @Override
            public void assign(Frame frame, Object value) {
                check(frame);
                frame.budget().items(1);
                Functions.put(((Namespace) frame.get(place[0])).fields(), field, value);
            }
        };
    }

    static Assignment tuple(List<Assignment> parts) {
        return new Assignment() {
            @Override
            public void check(Frame frame) {
                parts.forEach(part -> part.check(frame));
            }

            @Override
            public void assign(Frame frame, Object value) {
                Iterator<Object> items = Access.iterator(frame.budget(), value);
                List<Object> values = new ArrayList<>();
                while (items.hasNext() && values.size() <= parts.size()) {
                    values.add(items.next());
                }
                if (values.size() != parts.size()) {
                    throw new Failure("expected " + parts.size() + " values to unpack, found "
                            + (values.size() > parts.size() ? "more" : values.size()));
                }
                for (int i = 0; i < parts.size(); i++) {
                    parts.get(i).assign(frame, values.get(i));
                }
            }
        };
    }
}
