/**
 * Experiments: several methods with several seeds on the same data, compared in a table and written to a folder with
 * all that is needed to use or to repeat them. {@link org.lsradapt.runs.Run} is what the command line's
 * {@code finetune} runs; each method is trained through {@link org.lsradapt.finetuning}.
 */
package org.lsradapt.runs;
