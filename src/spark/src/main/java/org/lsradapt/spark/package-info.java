/**
 * Text classifiers as stages of Apache Spark ML: an estimator that trains data-parallel on executors, and a model that
 * scores datasets. Parameters travel to the executors and summed gradients back. {@link org.lsradapt.training.Trainer} in
 * the driver does batching, optimizer, schedule and early stopping. See docs/guides/spark.md.
 */
@NullMarked
package org.lsradapt.spark;

import org.jspecify.annotations.NullMarked;
