/**
 * Experiments: several methods with several seeds on the same data, compared in a table and written to a folder with
 * everything that is needed to use or to repeat them. The command line's {@code finetune} runs {@link
 * org.lsradapt.runs.Run}, which trains each method through {@link org.lsradapt.finetuning}.
 */
package org.lsradapt.runs;
