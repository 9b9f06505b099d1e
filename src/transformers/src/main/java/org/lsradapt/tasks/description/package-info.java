/**
 * What a saved model is for. {@link org.lsradapt.tasks.description.TaskDescription} has a record per kind of task, which answers the questions
 * of adapter folders, heads, model cards, PEFT and ONNX. This package is below models and adapters.
 */
package org.lsradapt.tasks.description;
