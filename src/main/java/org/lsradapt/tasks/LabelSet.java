package org.lsradapt.tasks;

import java.util.List;

/**
 * The classes of a task: how its files write them, and what they mean, both in the order of the class indices.
 *
 * @param fileValues as in the files, for instance "0" and "1"
 * @param names for people, for instance "not_equivalent" and "equivalent"; as many
 */
record LabelSet(List<String> fileValues, List<String> names) implements Target {

    LabelSet {
        fileValues = List.copyOf(fileValues);
        names = List.copyOf(names);
        if (fileValues.size() != names.size()) {
            throw new IllegalArgumentException(
                    "label set: " + fileValues.size() + " values and " + names.size() + " names, expected as many");
        }
    }

    /** Classes that the files write as 0 and 1. */
    static LabelSet zeroOne(String zero, String one) {
        return new LabelSet(List.of("0", "1"), List.of(zero, one));
    }

    /** Classes that the files write as the JSON values false and true. */
    static LabelSet falseTrue(String forFalse, String forTrue) {
        return new LabelSet(List.of("false", "true"), List.of(forFalse, forTrue));
    }

    /** Classes that the files write by name. */
    static LabelSet named(String... names) {
        return new LabelSet(List.of(names), List.of(names));
    }

    @Override
    public double parse(String value) {
        int index = fileValues.indexOf(value);
        return index < 0 ? Double.NaN : index;
    }

    @Override
    public String complaint(String value) {
        return "unknown label " + Quoted.value(value) + ", expected one of " + String.join(", ", fileValues);
    }
}
