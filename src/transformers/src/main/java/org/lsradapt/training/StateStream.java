package org.lsradapt.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A training's state on the way into a file or out of it, so that one method says what is kept: each call writes a value and
 * returns it, or returns the value that was read in its place. Arrays are filled, and have to have the length that was written.
 */
interface StateStream {
    /** Whether values are read. */
    boolean isReading();

    int number(int value) throws IOException;

    double number(double value) throws IOException;

    boolean flag(boolean value) throws IOException;

    String text(String value) throws IOException;

    /** Finite numbers. */
    void numbers(double[] values) throws IOException;

    void numbers(int[] values) throws IOException;

    void flags(boolean[] values) throws IOException;

    /** Refuses what was read; a message's arguments follow it. */
    default void require(boolean condition, String message, Object... arguments) throws IOException {
        if (!condition) {
            throw new IOException(location() + ": " + String.format(Locale.ROOT, message, arguments));
        }
    }

    /** The file, for messages. */
    String location();

    /** A number within bounds. */
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

    /** Passes the elements of a list. */
    @FunctionalInterface
    interface Element<T> {
        /**
         * Passes an element.
         *
         * @param value what is written; where values are read, one that stands in
         */
        T pass(T value) throws IOException;
    }

    /**
     * A list, and how long it is.
     *
     * @param standIn for elements that are read
     * @return the same list, or a new one that was read
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
