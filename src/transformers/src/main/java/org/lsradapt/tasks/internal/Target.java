package org.lsradapt.tasks.internal;

/** The values that the label column of a file may hold. */
public interface Target {

    /** The class index or the score that a file's value stands for; NaN if the value is not allowed. */
    double parse(String value);

    /** What a value was meant to be and what was allowed, for a message about a value that was neither. */
    String complaint(String value);
}
