package org.lsradapt.tasks.internal;

/** The values that the label column of a file may hold. */
public interface Target {

    /** The class index or the score that a file's value stands for; NaN if the value is not allowed. */
    double parse(String value);

    /** The meaning of a value and the permitted values, for the message about any other value. */
    String complaint(String value);
}
