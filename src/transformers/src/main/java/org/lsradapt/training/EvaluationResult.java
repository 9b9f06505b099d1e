package org.lsradapt.training;

import java.util.Map;

/**
 * An evaluation during a run, with the training since the preceding one.
 *
 * @param epoch the epoch in progress or just ended, from 1; 0 for the evaluation before the first epoch, when the head has been trained
 *     alone and the adapters have their initial values
 * @param step the number of optimizer steps of the run so far
 * @param loss the mean training loss since the preceding evaluation, or since the start; in epoch 0, of the head's steps
 * @param seconds the training time since then, excluding evaluation
 * @param metrics the metrics by name, in the evaluation's order
 */
public record EvaluationResult(int epoch, int step, double loss, double seconds, Map<String, Double> metrics) {}
