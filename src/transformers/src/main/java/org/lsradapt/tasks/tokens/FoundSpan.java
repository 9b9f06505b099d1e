package org.lsradapt.tasks.tokens;

import org.lsradapt.data.Offsets;

/**
 * A place in a text that a {@link TokenClassifier} has found.
 *
 * @param label the kind of the span, such as {@code LOC}
 * @param score the mean over its words of the probability of each word's tag, softmax of the logits
 * @param start index of its first code unit of UTF-16 in the text; {@link Offsets#CODE_POINTS} converts it
 * @param end index after its last one
 */
public record FoundSpan(String label, double score, int start, int end, String text) {}
