package org.lsradapt.training;

import java.util.Map;

/**
 * What one epoch brought.
 *
 * @param loss mean training loss
 * @param seconds time spent training, evaluation excluded
 * @param metrics the task's metrics on the evaluation examples, in the task's order
 */
public record EpochResult(double loss, double seconds, Map<String, Double> metrics) {}
