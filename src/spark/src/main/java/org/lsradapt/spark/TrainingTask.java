package org.lsradapt.spark;

import java.io.Serializable;
import java.util.Optional;

/** What an executor has to know of a training to make a copy of its model. */
final class TrainingTask implements Serializable {
    private static final long serialVersionUID = 1L;

    final BaseReference base;
    /** Adapters and head, of which the numbers are replaced in each step. */
    final AdapterFiles files;

    private final double[] classWeights;
    final double dropout;
    final long seed;

    /** Keeps everything. */
    TrainingTask(BaseReference base, AdapterFiles files, Optional<double[]> classWeights, double dropout, long seed) {
        this.base = base;
        this.files = files;
        this.classWeights = classWeights.orElseGet(() -> new double[0]);
        this.dropout = dropout;
        this.seed = seed;
    }

    Optional<double[]> classWeights() {
        return Optional.of(classWeights).filter(weights -> weights.length > 0);
    }
}
