package org.lsradapt.data;

import java.util.List;
import java.util.function.Function;

/** Takes data from lists in memory, which are copied. For one thread. */
public final class ListBuilder<T, D> extends DataBuilder<List<? extends T>, ListBuilder<T, D>> {
    private final String unit;
    private final Function<ListBuilder<T, D>, Assembly<T, D>> assembly;

    private ListBuilder(List<? extends T> train, String unit, Function<ListBuilder<T, D>, Assembly<T, D>> assembly) {
        super(train, elements -> List.copyOf(elements));
        this.unit = unit;
        this.assembly = assembly;
    }

    /** Starts with training elements, called {@code unit} in messages, such as "pair"; {@code data} makes the data of both parts. */
    public static <T, E, D> ListBuilder<T, D> of(
            List<? extends T> train, String unit, Division<T, E> division, Function<Split<T, E>, D> data) {
        return new ListBuilder<>(
                train, unit, builder -> (rows, dev) -> data.apply(builder.divide(division, rows, dev, new Notes())));
    }

    /**
     * Checks the lists and builds the data.
     *
     * @throws IllegalArgumentException if a list is empty, evaluation data and a fraction to hold out were both given, nothing can be held
     *     out, or the data cannot be trained on or evaluated
     */
    public D read() {
        return ofLists(this, unit, assembly.apply(this));
    }
}
