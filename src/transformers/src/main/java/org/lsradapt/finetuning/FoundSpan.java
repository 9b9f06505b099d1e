package org.lsradapt.finetuning;

import org.lsradapt.tasks.Offsets;

/**
 * A place in a text that a {@link TokenClassifier} has found.
 *
 * @param label what it is, such as {@code LOC}
 * @param score the mean over its words of the probability of each word's tag, softmax of the logits
 * @param start index of its first code unit of UTF-16 in the text; {@link Offsets#CODE_POINTS} converts it
 * @param end index behind its last one
 * @param text the text between these
 */
public record FoundSpan(String label, double score, int start, int end, String text) {}
