package org.lsradapt.models.internal.chat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.models.internal.chat.Values.Arguments;
import org.lsradapt.models.internal.chat.Values.Function;

/** A filter, a test, or a method of a value. */
@FunctionalInterface
interface Builtin {
    Object apply(Budget budget, Object value, Arguments arguments);

    /** The body of a filter, test or method with parameters; an argument that is not given is null. */
    @FunctionalInterface
    interface Body {
        Object apply(Budget budget, Object value, Object... given);
    }

    /**
     * Puts one into a table.
     *
     * @param signature its name and its parameters; optional ones end in a question mark, digits have no names
     */
    static void add(Map<String, Builtin> table, String signature, Body body) {
        List<String> words = List.of(signature.split(" "));
        List<String> parameters =
                words.stream().skip(1).map(word -> word.replace("?", "")).toList();
        int required = (int) Stream.of(signature.split(" "))
                .skip(1)
                .filter(word -> !word.endsWith("?"))
                .count();
        String name = words.get(0);
        table.put(
                name,
                (budget, value, arguments) -> body.apply(budget, value, arguments.bind(name, required, parameters)));
    }

    /** The method of a value. */
    default Function of(Object value) {
        return (budget, arguments) -> apply(budget, value, arguments);
    }
}
