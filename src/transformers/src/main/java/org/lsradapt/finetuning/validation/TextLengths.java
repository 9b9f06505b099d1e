package org.lsradapt.finetuning.validation;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Cell;
import org.lsradapt.data.RowLabels.Form;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * The lengths of texts in tokens, with special ones.
 *
 * @param maxLength the longest input; longer texts are cut, except those of words, which are read in several windows
 * @param texts the number of texts or pairs
 * @param longer the number of texts that are longer than the longest input
 * @param tokens the number of tokens of all texts
 * @param lost the number of tokens that are cut off
 * @param most95 the length that 95 % of the texts do not exceed
 */
public record TextLengths(
        int maxLength, int texts, int longer, long tokens, long lost, int median, int most95, int longest) {

    static TextLengths of(RowLabels<?> labels, Tokenizer tokenizer, int maxLength) {
        int[] lengths = Parallel.map(labels.all(), row -> length(tokenizer, row)).stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
        long lost = Arrays.stream(lengths)
                .mapToLong(length -> Math.max(0, length - maxLength))
                .sum();
        return new TextLengths(
                maxLength,
                lengths.length,
                (int) Arrays.stream(lengths)
                        .filter(length -> length > maxLength)
                        .count(),
                Arrays.stream(lengths).asLongStream().sum(),
                labels.form() == Form.WORDS ? 0 : lost,
                lengths[(lengths.length - 1) / 2],
                lengths[(int) Math.ceil(0.95 * lengths.length) - 1],
                lengths[lengths.length - 1]);
    }

    private static int length(Tokenizer tokenizer, List<Cell> row) {
        String text = row.stream().map(Cell::text).collect(Collectors.joining(" "));
        Optional<String> second = row.get(0).secondText();
        return tokenizer.ids(text).length
                + second.map(other -> tokenizer.ids(other).length).orElse(0)
                + tokenizer.specialTokens(second.isPresent());
    }
}
