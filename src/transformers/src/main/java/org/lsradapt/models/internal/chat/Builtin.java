package org.lsradapt.models.internal.chat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Function;

/** A filter, a test, or a method of a value. */
@FunctionalInterface
interface Builtin {
    Object apply(Budget budget, Object value, Arguments arguments);

    default Function of(Object value) {
        return (budget, arguments) -> apply(budget, value, arguments);
    }

    /** The code of a function with parameters; a missing argument is null. */
    @FunctionalInterface
    interface Body<T> {
        Object apply(Budget budget, T value, Object... given);
    }

    /** The built-in functions of one kind, for values of type T, by name. */
    final class Table<T> {
        private final String kind;
        private final Class<T> type;
        private final Set<String> refused;
        private final Map<String, Builtin> all = new HashMap<>();

        /** Creates an empty table; {@code refused} has the names in Jinja that are not supported, space-separated. */
        Table(String kind, Class<T> type, String refused) {
            this.kind = kind;
            this.type = type;
            this.refused = Set.of(refused.split(" "));
        }

        /**
         * Adds a function.
         *
         * @param signature its names, separated by bars, and its parameters; optional ones end in a question mark, digits have no names
         */
        void add(String signature, Body<T> body) {
            String[] words = signature.split(" ");
            List<String> parameters = Arrays.stream(words).skip(1).toList();
            List<String> names =
                    parameters.stream().map(word -> word.replace("?", "")).toList();
            int required = (int)
                    parameters.stream().filter(word -> !word.endsWith("?")).count();
            for (String name : words[0].split("\\|")) {
                addAny(
                        name,
                        (budget, value, arguments) ->
                                body.apply(budget, type.cast(value), arguments.bind(name, required, names)));
            }
        }

        void addAny(String name, Builtin builtin) {
            all.put(name, builtin);
        }

        @Nullable
        Builtin get(String name) {
            return all.get(name);
        }

        Builtin named(String name) {
            Builtin found = all.get(name);
            if (found == null) {
                throw new Failure(kind + " " + name + " is not supported");
            }
            return found;
        }

        /** Whether Jinja has no such name either, so that it is an error only when it is used. */
        boolean isUnknown(String name) {
            return !refused.contains(name) && !all.containsKey(name);
        }
    }
}
