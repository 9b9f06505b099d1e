package org.lsradapt.tasks;

/** What a model has to say about an example. */
public enum TaskKind {
    /** One of a few classes. */
    CLASSIFICATION,
    /** One number. */
    REGRESSION
}
