package org.lsradapt.tasks;

/** The kind of a model's output for an example. */
public enum TaskKind {
    /** One of a few classes. */
    CLASSIFICATION,
    /** Any number of labels; what the label of an example says is which set of them it has, see {@link MultiLabelTask}. */
    MULTI_LABEL,
    /** One number. */
    REGRESSION
}
