package org.lsradapt.training.settings;

/**
 * The length of a run that does not stop early.
 *
 * @param examples the number of training examples
 * @param epochs passes over them
 * @param contrastSteps steps of a contrast of classes before the others; 0 for none
 * @param headSteps steps of the head alone before the epochs; 0 for none
 * @param steps optimizer steps of all epochs together
 */
public record TrainingPlan(int examples, int epochs, int contrastSteps, int headSteps, int steps) {}
