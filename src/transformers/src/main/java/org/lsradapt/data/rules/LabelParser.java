package org.lsradapt.data.rules;

import java.util.Optional;
import java.util.function.Function;

/**
 * The values that the label column of a file may hold.
 *
 * @param <T> the meaning of a value
 */
public interface LabelParser<T> {

    /** The meaning of a file's value; empty if the value is not allowed. */
    Optional<T> parse(String value);

    /** The name of the value and the permitted values, for the message about an invalid value. */
    String complaint(String value);

    /** Returns a parser of the same values with another meaning. */
    default <R> LabelParser<R> as(Function<? super T, ? extends R> meaning) {
        LabelParser<T> self = this;
        return new LabelParser<>() {
            @Override
            public Optional<R> parse(String value) {
                return self.parse(value).map(meaning);
            }

            @Override
            public String complaint(String value) {
                return self.complaint(value);
            }
        };
    }
}
