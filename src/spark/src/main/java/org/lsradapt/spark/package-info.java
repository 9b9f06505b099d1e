/**
 * Stages of Apache Spark ML: estimators that train data-parallel on executors, and models that score datasets. A task adds
 * its columns and its losses to {@link org.lsradapt.spark.LsrEstimator} and {@link org.lsradapt.spark.LsrModel}.
 * {@link org.lsradapt.training.Trainer} in the driver does batching, optimizer, schedule and early stopping; parameters
 * travel to the executors and summed gradients back. See docs/guides/spark.md.
 */
@NullMarked
package org.lsradapt.spark;

import org.jspecify.annotations.NullMarked;
