package org.lsradapt.data;

import java.util.List;

/** A task without data, for examples that a test makes up. */
public final class TwoClasses {

    private TwoClasses() {}

    /** Two classes, measured by accuracy first. */
    public static Task task() {
        return new OwnTask("two-classes", List.of("negative", "positive"), OwnTask.metrics(2), List.of(), List.of());
    }
}
