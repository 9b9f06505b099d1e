/**
 * Text classifiers as stages of Apache Spark ML: an estimator that trains data-parallel on executors, and a model that scores
 * datasets. Parameters travel to the executors and summed gradients back; batches, optimizer, schedule and early stopping are
 * those of {@link org.lsradapt.training.Trainer}, in the driver. See docs/guides/spark.md.
 */
@NullMarked
package org.lsradapt.spark;

import org.jspecify.annotations.NullMarked;
