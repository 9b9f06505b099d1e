package org.lsradapt.training;

import java.util.List;
import org.lsradapt.transformer.ModelInput;

/** What batches are made of: one sequence, or some that stay together. */
public sealed interface TrainingItem permits TrainingExample, TrainingPair {

    /** The sequences, at least one. */
    List<? extends ModelInput> sequences();

    /** What the objective wants to know of each sequence; new. */
    double[] labels();
}
