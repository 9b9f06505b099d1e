/**
 * Texts that are continued: {@link org.lsradapt.tasks.generation.TextGenerator}, trained on plain texts, instructions, conversations or
 * preferences.
 */
package org.lsradapt.tasks.generation;
