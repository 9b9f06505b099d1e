/**
 * What driver and executors exchange and keep: a training's passes, base models, adapters' files. It does not know stages
 * of Spark ML or tables.
 */
@NullMarked
package org.lsradapt.spark.internal;

import org.jspecify.annotations.NullMarked;
