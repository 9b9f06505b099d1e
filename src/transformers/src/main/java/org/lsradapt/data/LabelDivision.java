package org.lsradapt.data;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.rules.StratifiedSplit;

/** Divides rows by class, by set of labels or by value. */
final class LabelDivision extends Division.IntoRows<Example> {
    private final List<String> labels;

    LabelDivision(List<String> labels) {
        super(HeldOut.Unit.ROWS, 1, labels.isEmpty() ? ", as one" : ", as one of each class");
        this.labels = labels;
    }

    @Override
    protected Object identity(Example row) {
        return row.identity();
    }

    @Override
    protected int[] classes(List<Example> rows) {
        Map<Label, Integer> sets = new HashMap<>();
        return rows.stream()
                .mapToInt(one -> one.label() instanceof Label.Several several
                        ? sets.computeIfAbsent(several, first -> sets.size())
                        : one.category())
                .toArray();
    }

    @Override
    protected BitSet chooseRows(List<Example> rows, StratifiedSplit split) {
        return hasValues(rows) ? split.byValue(identities(rows), values(rows)) : super.chooseRows(rows, split);
    }

    @Override
    protected Folds folds(List<Example> rows, int count, long seed) {
        return hasValues(rows)
                ? Folds.byValue(identities(rows), values(rows), count, seed)
                : super.folds(rows, count, seed);
    }

    private static boolean hasValues(List<Example> rows) {
        return rows.stream().anyMatch(one -> one.label() instanceof Label.Value);
    }

    private static double[] values(List<Example> rows) {
        return rows.stream().mapToDouble(Example::value).toArray();
    }

    @Override
    protected BitSet chooseHeldOut(Rows<Example> rows, StratifiedSplit split, Notes notes) {
        noteContradictions(rows, notes);
        return chooseRows(rows.all(), split);
    }

    @Override
    protected void compare(Rows<Example> train, Rows<Example> dev, Notes notes) {
        noteRepetitions(train, notes, "");
        noteContradictions(train, notes);
        noteKnown(train, dev, "texts", notes);
    }

    private void noteContradictions(Rows<Example> rows, Notes notes) {
        notes.addUnlessNone(
                StratifiedSplit.groups(identities(rows.all())).stream()
                        .map(group ->
                                group.stream().map(row -> rows.all().get(row).label()))
                        .filter(values -> values.distinct().count() > 1)
                        .count(),
                "texts of %2$s that have different labels in different rows: %1$,d",
                rows.source());
    }

    @Override
    protected void describe(Rows<Example> rows, List<Example> train, List<Example> evaluation, Notes notes) {
        if (labels.size() > 2 && 2 * labels.size() > rows.size()) {
            notes.add(
                    "different labels in %s: %,d in %,d rows; for numbers to predict, choose a regression",
                    rows.source(), labels.size(), rows.size());
        }
        Set<Label> seen = evaluation.stream().map(Example::label).collect(Collectors.toSet());
        LabelScores.unmeasured(labels, index -> seen.contains(new Label.Category(index)))
                .ifPresent(notes::addOnce);
    }
}
