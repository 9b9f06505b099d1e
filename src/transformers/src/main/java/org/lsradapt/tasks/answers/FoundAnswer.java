package org.lsradapt.tasks.answers;

import org.lsradapt.data.Offsets;

/**
 * An answer that an {@link AnswerExtractor} has found in a passage.
 *
 * @param score its probability, softmax over the scores of the compared answers, including no answer
 * @param start index of its first code unit of UTF-16 in the passage; {@link Offsets#CODE_POINTS} converts it
 * @param end index after its last one
 */
public record FoundAnswer(String text, double score, int start, int end) {}
