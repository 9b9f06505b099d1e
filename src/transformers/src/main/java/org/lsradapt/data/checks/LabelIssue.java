package org.lsradapt.data.checks;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Labels of a row, or of a word of it, that are probably wrong.
 *
 * @param row the number of the row, from 1
 * @param word the number of the word in its row, from 1; empty unless words have labels
 * @param suggested the labels that the model gives
 * @param givenProbability the model's probability of the given label; for several labels, the aggregated probability that each given
 *     one is there and each other one is not
 * @param suggestedProbability the model's probability of the suggested label; for several labels, the smallest one of a label that
 *     is added or removed
 * @param score the score by which issues are ranked, from 0 (certainly wrong) to 1
 */
public record LabelIssue(
        int row,
        OptionalInt word,
        String text,
        Optional<String> secondText,
        List<String> given,
        List<String> suggested,
        double givenProbability,
        double suggestedProbability,
        double score) {}
