package org.lsradapt.training;

import java.util.Map;

/**
 * An evaluation in the course of a run, and the training since the one before.
 *
 * @param epoch the epoch that was in progress or had just ended, counted from 1; 0 before the first, when the head has been
 *     trained alone and the adapters are as they start
 * @param step optimizer steps taken so far in the run
 * @param loss mean training loss since the evaluation before, or since the start; in epoch 0 of the head's steps
 * @param seconds time spent training since then, evaluation excluded
 * @param metrics the metrics by name, in the evaluation's order
 */
public record EvaluationResult(int epoch, int step, double loss, double seconds, Map<String, Double> metrics) {}
