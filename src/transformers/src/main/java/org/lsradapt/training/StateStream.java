package org.lsradapt.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Writes or reads a training's state, so that one method defines its content: each call writes a value and returns it, or returns the
 * value read in its place. Arrays are filled; their length has to equal the written one.
 */
interface StateStream {
    boolean isReading();

    int number(int value) throws IOException;

    double number(double value) throws IOException;

    boolean flag(boolean value) throws IOException;

    String text(String value) throws IOException;

    /** Passes finite numbers. */
    void numbers(double[] values) throws IOException;

    void numbers(int[] values) throws IOException;

    void flags(boolean[] values) throws IOException;

    /** Refuses the file if the condition is false. */
    default void require(boolean condition, String message, Object... arguments) throws IOException {
        if (!condition) {
            throw new IOException(location() + ": " + String.format(Locale.ROOT, message, arguments));
        }
    }

    /** The file, for messages. */
    String location();

    /** Passes a number within bounds. */
    default int number(String name, int value, int least, int most) throws IOException {
        int number = number(value);
        require(number >= least && number <= most, "%s is %d, expected %d to %d", name, number, least, most);
        return number;
    }

    default double finite(double value) throws IOException {
        double number = number(value);
        require(Double.isFinite(number), "has %s, expected a finite number", number);
        return number;
    }

    @FunctionalInterface
    interface Element<T> {
        /**
         * Passes an element.
         *
         * @param value the value to write; a placeholder when reading
         */
        T pass(T value) throws IOException;
    }

    /**
     * Passes a list and its length.
     *
     * @param standIn a placeholder for elements when reading
     * @return the same list when writing; a new list when reading
     */
    default <T> List<T> list(List<T> values, T standIn, Element<T> element) throws IOException {
        int size = number(values.size());
        List<T> passed = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            passed.add(element.pass(isReading() ? standIn : values.get(i)));
        }
        return passed;
    }
}
