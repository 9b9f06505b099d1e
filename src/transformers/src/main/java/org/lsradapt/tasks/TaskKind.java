package org.lsradapt.tasks;

/** The kind of a model's output for an example. */
public enum TaskKind {
    /** One of a few classes. */
    CLASSIFICATION,
    /** Any number of labels; the label of an example is the index of its set of labels, see {@link MultiLabelTask}. */
    MULTI_LABEL,
    /** One number. */
    REGRESSION
}
