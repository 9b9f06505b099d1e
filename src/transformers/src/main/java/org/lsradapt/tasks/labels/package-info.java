/**
 * Any number of labels for a text: {@link org.lsradapt.tasks.labels.MultiLabelClassifier}.
 */
package org.lsradapt.tasks.labels;
