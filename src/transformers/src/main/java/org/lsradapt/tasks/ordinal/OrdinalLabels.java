package org.lsradapt.tasks.ordinal;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.data.rules.FiniteNumber;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.lsr.internal.Require;

/** The order and the values of classes. */
final class OrdinalLabels {

    private OrdinalLabels() {}

    /**
     * Checks that the labels of a data set have an order, that of their values.
     *
     * @param names the labels, numbers by value
     * @param source names the data set in messages
     * @throws IllegalArgumentException if a label is not a number, or two are the same number
     */
    static void requireNumbers(List<String> names, String source) {
        FiniteNumber number = new FiniteNumber();
        for (String name : names) {
            Require.argument(
                    number.parse(name).isPresent(),
                    "%s: label %s is not a number, expected numbers, or the order of all labels from the lowest to the highest",
                    source,
                    Quoted.value(name));
        }
        for (int i = 1; i < names.size(); i++) {
            Require.argument(
                    new BigDecimal(names.get(i - 1)).compareTo(new BigDecimal(names.get(i))) != 0,
                    "%s: the labels %s and %s are the same number, expected different ones",
                    source,
                    names.get(i - 1),
                    names.get(i));
        }
    }

    /** Returns the labels as numbers or, if not all are numbers, their places in the order, from 1. */
    static List<Double> values(List<String> labels) {
        FiniteNumber number = new FiniteNumber();
        List<Double> values =
                labels.stream().flatMap(label -> number.parse(label).stream()).toList();
        return values.size() == labels.size()
                ? values
                : IntStream.rangeClosed(1, labels.size())
                        .mapToObj(place -> (double) place)
                        .toList();
    }
}
