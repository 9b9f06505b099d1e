package org.lsradapt.data.rules;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The classes of a task: their values in its files and their names, both in the order of the class indices. */
public final class LabelSet implements LabelParser<Integer> {

    private final Map<String, Integer> indexes = new LinkedHashMap<>();
    private final List<String> names;
    private final Optional<String> source;

    /**
     * Creates a set from values and names.
     *
     * @param fileValues the values in the files, for instance "0" and "1"
     * @param names the names, for instance "not_equivalent" and "equivalent"; as many as values
     */
    public LabelSet(List<String> fileValues, List<String> names) {
        this(fileValues, names, Optional.empty());
    }

    private LabelSet(List<String> fileValues, List<String> names, Optional<String> source) {
        if (fileValues.size() != names.size()) {
            throw new IllegalArgumentException(
                    "label set: " + fileValues.size() + " values and " + names.size() + " names, expected as many");
        }
        for (int i = 0; i < fileValues.size(); i++) {
            indexes.putIfAbsent(fileValues.get(i), i);
        }
        this.names = List.copyOf(names);
        this.source = source;
    }

    /** Returns the same labels, with messages that name the training data as their source. */
    public LabelSet of(String trainingData) {
        return new LabelSet(List.copyOf(indexes.keySet()), names, Optional.of(trainingData));
    }

    /** Returns the labels in their order. */
    public List<String> names() {
        return names;
    }

    /** The classes that the files write as 0 and 1. */
    public static LabelSet zeroOne(String zero, String one) {
        return new LabelSet(List.of("0", "1"), List.of(zero, one));
    }

    /** The classes that the files write as the JSON values false and true. */
    public static LabelSet falseTrue(String forFalse, String forTrue) {
        return new LabelSet(List.of("false", "true"), List.of(forFalse, forTrue));
    }

    /** The classes that the files write by name. */
    public static LabelSet named(String... names) {
        return new LabelSet(List.of(names), List.of(names));
    }

    /**
     * The classes that occur in a data set. If every label is a decimal number they are in numeric order, otherwise in alphabetical order
     * (of {@link String#compareTo}); the order of the rows does not matter.
     */
    public static LabelSet occurring(Collection<String> labels) {
        Set<String> different = new TreeSet<>(labels);
        FiniteNumber number = new FiniteNumber();
        List<String> names = new ArrayList<>(different);
        if (different.stream().allMatch(label -> number.parse(label).isPresent())) {
            names.sort(Comparator.comparing(BigDecimal::new));
        }
        return new LabelSet(names, names);
    }

    @Override
    public Optional<Integer> parse(String value) {
        return Optional.ofNullable(indexes.get(value));
    }

    @Override
    public String complaint(String value) {
        return source.map(data -> "label " + Quoted.value(value) + " does not occur in the " + data + " (labels: "
                        + Quoted.shortened(String.join(", ", names)) + ")")
                .orElseGet(() -> "unknown label " + Quoted.value(value) + ", expected one of "
                        + String.join(", ", indexes.keySet()));
    }
}
