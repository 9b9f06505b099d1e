package org.lsradapt.tasks.internal;

/** The values that the label column of a file may hold. */
public interface Target {

    /** The class index or the score of a file's value; NaN if the value is not allowed. */
    double parse(String value);

    /** The name of the value and the permitted values, for the message about an invalid value. */
    String complaint(String value);
}
