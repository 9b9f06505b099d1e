package org.lsradapt.finetuning.validation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.RowLabels.Form;
import org.lsradapt.data.checks.DataFacts;
import org.lsradapt.data.checks.LabelIssues;

/**
 * The results of a {@link DataCheck}.
 *
 * @param facts repeated, contradicting and known rows, and numbers of labels
 * @param lengths the lengths of texts; empty for images
 * @param issues the labels that are probably wrong; empty if rows have numbers
 * @param folds the number of folds that gave the probabilities
 * @param headAlone whether a head on the frozen model gave them, without adapters
 */
public record DataReport(
        RowLabels<?> labels,
        DataFacts facts,
        Optional<TextLengths> lengths,
        Optional<LabelIssues> issues,
        int folds,
        boolean headAlone) {
    /** The number of rows below which little can be learned about a label. */
    private static final int FEW = 10;

    /** The share of labels that models agree with, below which most of what they list is difficult rather than wrong. */
    private static final double MOSTLY = 0.8;

    /** The most rows, or groups of rows, that a sentence names. */
    private static final int NAMED = 10;

    /** Returns what was found, a sentence each without its full stop. */
    public List<String> sentences() {
        List<String> all = new ArrayList<>();
        all.add(format("rows: %,d", facts.rows())
                + (facts.evaluationRows() == 0 ? "" : format("; evaluation rows: %,d", facts.evaluationRows())));
        all.add(format("texts that occur several times with the same label: %s", groups(facts.repeated())));
        if (labels.form() != Form.NUMBERS) {
            all.add(format("texts that occur with different labels: %s", groups(facts.contradicting())));
        }
        if (facts.evaluationRows() > 0) {
            all.add(format("evaluation rows whose text is also in the training data: %s", rows(facts.known())));
        }
        lengths.ifPresent(known -> all.addAll(lengths(known)));
        Map<String, Integer> scarce = facts.scarce(FEW);
        if (!scarce.isEmpty()) {
            all.add(format(
                    "labels with fewer than %d examples, of which little can be learned: %s", FEW, counts(scarce)));
        }
        all.add(issues.map(this::wrong).orElse("labels that are probably wrong: not checked, as rows have numbers"));
        if (headAlone && issues.isPresent() && issues.get().agreement() < MOSTLY) {
            all.add(
                    "as the head alone agrees with few labels, most of these may be difficult rows with the right label: look at"
                            + " the first ones only, or train adapters (--trained), which is slower and lists fewer");
        }
        return all;
    }

    private List<String> lengths(TextLengths known) {
        String cut = labels.form() == Form.WORDS ? "are read in several windows" : "are cut";
        String lost = known.lost() == 0
                ? ""
                : format(", with %.1f %% of all tokens lost", 100.0 * known.lost() / known.tokens());
        return List.of(
                format(
                        "tokens of a text: median %,d, at most %,d in 95 %% of the texts, longest %,d",
                        known.median(), known.most95(), known.longest()),
                format(
                        "texts of more than %,d tokens, which %s: %,d of %,d%s",
                        known.maxLength(), cut, known.longer(), known.texts(), lost));
    }

    private String wrong(LabelIssues found) {
        return format(
                "labels that are probably wrong: %,d of %,d (%.1f %%); models that had not seen them agree with %.1f %% of the"
                        + " labels (%d folds)",
                found.all().size(),
                found.checked(),
                100.0 * found.all().size() / found.checked(),
                100 * found.agreement(),
                folds);
    }

    private static String groups(List<List<Integer>> groups) {
        return groups.isEmpty()
                ? "0"
                : format("%,d (rows ", groups.size())
                        + groups.stream()
                                .limit(NAMED)
                                .map(group -> group.stream()
                                        .limit(NAMED)
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(", ")))
                                .collect(Collectors.joining("; "))
                        + (groups.size() > NAMED ? "; …)" : ")");
    }

    private static String rows(List<Integer> rows) {
        return rows.isEmpty()
                ? "0"
                : format("%,d (rows ", rows.size())
                        + rows.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "))
                        + (rows.size() > NAMED ? ", …)" : ")");
    }

    private static String counts(Map<String, Integer> labels) {
        return labels.entrySet().stream()
                .limit(NAMED)
                .map(label -> label.getKey() + " (" + label.getValue() + ")")
                .collect(Collectors.joining(", ", "", labels.size() > NAMED ? ", …" : ""));
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
