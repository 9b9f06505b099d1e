package org.lsradapt.training;

/**
 * How long a run is, if it does not stop early.
 *
 * @param examples how many training examples there are
 * @param epochs passes over them
 * @param headSteps steps of the head alone before them; 0 for none
 * @param steps optimizer steps of all epochs together
 */
public record TrainingPlan(int examples, int epochs, int headSteps, int steps) {}
