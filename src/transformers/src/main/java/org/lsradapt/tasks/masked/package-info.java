/**
 * Masked words of texts: {@link org.lsradapt.tasks.masked.MaskedLanguageModel} learns from texts without labels, and other tasks continue from its
 * adapters.
 */
package org.lsradapt.tasks.masked;
