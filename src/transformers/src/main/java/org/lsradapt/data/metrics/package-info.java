/** Metrics of classification and regression, with bootstrap confidence intervals. */
package org.lsradapt.data.metrics;
