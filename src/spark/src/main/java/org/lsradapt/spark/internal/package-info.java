/**
 * The objects that driver and executors exchange and keep: a training's passes, base models, adapters' files. The package
 * knows neither stages of Spark ML nor tables.
 */
@NullMarked
package org.lsradapt.spark.internal;

import org.jspecify.annotations.NullMarked;
