package org.lsradapt.tasks;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.tasks.internal.FiniteNumber;
import org.lsradapt.tasks.internal.LabelSet;
import org.lsradapt.tasks.internal.Quoted;
import org.lsradapt.tasks.internal.Target;

/**
 * Makes a task of rows that have been read.
 *
 * @param <X> what is thrown where the rows as a whole are no task
 */
final class OwnDataAssembly<X extends Exception> {

    private final OwnData.Settings<?, ?> settings;
    private final String source;
    private final Function<String, X> failure;
    private final List<String> labels;
    private final Target target;
    private final List<Example> rows;
    private final List<String> notes = new ArrayList<>();

    /**
     * Finds the classes.
     *
     * @param train the training rows; of a regression, all with numbers for labels
     * @param source where they come from, for messages
     * @param title the same in words, such as "training file train.csv"
     * @param classes the classes where they are known beforehand; else those that occur
     * @param failure makes an exception of a message
     * @throws X if there are fewer than two classes
     */
    OwnDataAssembly(
            OwnData.Settings<?, ?> settings,
            List<LabelledText> train,
            String source,
            String title,
            Optional<LabelSet> classes,
            Function<String, X> failure)
            throws X {
        this.settings = settings;
        this.source = source;
        this.failure = failure;
        if (settings.kind() == TaskKind.REGRESSION) {
            labels = List.of();
            target = new FiniteNumber();
        } else {
            LabelSet found = classes.orElseGet(() ->
                    LabelSet.occurring(train.stream().map(LabelledText::label).toList()));
            labels = found.names();
            target = new TrainingLabels(found, title);
            if (labels.size() < 2) {
                throw failure.apply(source + ": every row has the label " + Quoted.value(labels.get(0))
                        + ", expected at least two different labels");
            }
        }
        rows = train.stream().map(row -> row.example(target)).toList();
    }

    /** What the label of an evaluation row may be. */
    Target target() {
        return target;
    }

    /** The task with evaluation rows, whose labels the target has accepted. */
    OwnData with(List<LabelledText> dev, String devSource) {
        List<Example> evaluation = dev.stream().map(row -> row.example(target)).toList();
        describeRepetitions("");
        Set<HeldOutChoice.Key> trained =
                new HashSet<>(rows.stream().map(HeldOutChoice.Key::of).toList());
        long known = evaluation.stream()
                .filter(row -> trained.contains(HeldOutChoice.Key.of(row)))
                .count();
        if (known > 0) {
            note("texts of %s that are also in %s: %,d of %,d rows", devSource, source, known, evaluation.size());
        }
        return assembled(new TaskData(rows, evaluation), Optional.empty());
    }

    /** The task with part of its rows held out to evaluate on. */
    OwnData holdOut() throws X {
        BitSet chosen = HeldOutChoice.of(rows, settings.kind(), settings.fraction(), settings.seed());
        if (chosen.isEmpty()) {
            throw failure.apply(source + ": of " + rows.size() + (rows.size() == 1 ? " row" : " rows")
                    + " none can be held out to evaluate on, as "
                    + (labels.isEmpty() ? "one" : "one of each class") + " is to train on and equal texts stay"
                    + " together; expected more rows, or evaluation data");
        }
        TaskData data = new TaskData(HeldOutChoice.part(rows, chosen, false), HeldOutChoice.part(rows, chosen, true));
        int duplicates = rows.size() - groups().size();
        HeldOut heldOut =
                new HeldOut(chosen.cardinality(), rows.size(), HeldOut.Unit.ROWS, duplicates, settings.seed());
        notes.add(heldOut.describe(source));
        describeRepetitions("; equal texts are on the same side");
        return assembled(data, Optional.of(heldOut));
    }

    /** The rows of equal texts. */
    private Collection<List<Integer>> groups() {
        return HeldOutChoice.groups(rows.stream().map(HeldOutChoice.Key::of).toList());
    }

    private OwnData assembled(TaskData data, Optional<HeldOut> heldOut) {
        if (labels.size() > 2 && 2 * labels.size() > rows.size()) {
            note(
                    "different labels in %s: %,d in %,d rows; for numbers to predict, choose a regression",
                    source, labels.size(), rows.size());
        }
        Set<Double> seen = data.evaluation().stream().map(Example::label).collect(Collectors.toSet());
        List<String> unseen = IntStream.range(0, labels.size())
                .filter(label -> !seen.contains((double) label))
                .mapToObj(labels::get)
                .toList();
        if (!unseen.isEmpty()) {
            note("labels that no evaluation row has: %s", Quoted.shortened(String.join(", ", unseen)));
        }
        return new OwnData(new OwnTask(settings.name(), labels, data), data, heldOut, notes);
    }

    private void describeRepetitions(String consequence) {
        Collection<List<Integer>> groups = groups();
        if (groups.size() < rows.size()) {
            note(
                    "texts of %s that repeat an earlier one: %,d of %,d rows%s",
                    source, rows.size() - groups.size(), rows.size(), consequence);
        }
        long contradictory = groups.stream()
                .filter(group -> group.stream()
                                .mapToDouble(row -> rows.get(row).label())
                                .distinct()
                                .count()
                        > 1)
                .count();
        if (contradictory > 0) {
            note("texts of %s that have different labels in different rows: %,d", source, contradictory);
        }
    }

    private void note(String format, Object... values) {
        notes.add(String.format(Locale.ROOT, format, values));
    }
}
