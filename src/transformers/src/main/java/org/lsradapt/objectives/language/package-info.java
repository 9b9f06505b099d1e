/** Objectives over the vocabulary (next token, masked token, preferences) and the generation of tokens. */
package org.lsradapt.objectives.language;
