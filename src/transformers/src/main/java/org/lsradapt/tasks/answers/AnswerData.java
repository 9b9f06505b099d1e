package org.lsradapt.tasks.answers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.Folds;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.ListBuilder;
import org.lsradapt.data.Notes;
import org.lsradapt.data.Offsets;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.rules.StratifiedSplit;

/**
 * Questions about passages, with answers that occur in the passages, from files or lists.
 *
 * <pre>{@code
 * AnswerData squad = AnswerData.of(Path.of("train-v2.0.json")).dev(Path.of("dev-v2.0.json")).read();
 * AnswerData lines = AnswerData.of(Path.of("train.jsonl")).read();
 * AnswerData lists = AnswerData.of(List.of(AnsweredQuestion.of("Who?", "Ada wrote it.", "Ada"), ...)).read();
 * }</pre>
 *
 * <p>Without evaluation data, a random tenth of the questions is held out, stratified by whether they have an answer. Questions about the
 * same passage stay together where possible.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class AnswerData extends Dataset<AnsweredQuestion, List<AnsweredQuestion>, AnswerData> {
    /** The default name of a task on such data. */
    public static final String NAME = "spans";

    private static final Division<AnsweredQuestion, List<AnsweredQuestion>> BY_PASSAGE = new ByPassage();

    private AnswerData(Split<AnsweredQuestion, List<AnsweredQuestion>> split) {
        super(BY_PASSAGE, split);
    }

    @Override
    protected AnswerData with(Split<AnsweredQuestion, List<AnsweredQuestion>> parts) {
        return new AnswerData(parts);
    }

    /** Reads questions from a file: SQuAD JSON (1.1 or 2.0), or JSON lines with {@code question}, {@code context} and {@code answers}. */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads questions from a file or a stream of the same forms; a query is refused. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes questions in memory; the list is copied. */
    public static ListBuilder<AnsweredQuestion, AnswerData> of(List<AnsweredQuestion> train) {
        return ListBuilder.of(train, "question", BY_PASSAGE, AnswerData::new);
    }

    /** Whether the training data has questions without an answer. */
    public boolean hasUnanswerable() {
        return train().stream().anyMatch(question -> !question.isAnswerable());
    }

    private static final class ByPassage extends Division.IntoRows<AnsweredQuestion> {

        ByPassage() {
            super(HeldOut.Unit.ROWS, 1, ", as one of each kind");
        }

        @Override
        protected Object identity(AnsweredQuestion one) {
            return List.of(one.question(), one.passage());
        }

        @Override
        protected void requireRows(Rows<AnsweredQuestion> rows) throws IOException {
            if (rows.all().stream().noneMatch(AnsweredQuestion::isAnswerable)) {
                throw new IOException(rows.source() + ": no question has an answer, expected some that do");
            }
        }

        /** Divides whole passages if possible. */
        @Override
        protected Folds folds(List<AnsweredQuestion> questions, int count, long seed) {
            List<String> passages =
                    questions.stream().map(AnsweredQuestion::passage).toList();
            return passages.stream().distinct().count() < count
                    ? super.folds(questions, count, seed)
                    : Folds.byClass(passages, classes(questions), count, seed);
        }

        @Override
        protected int[] classes(List<AnsweredQuestion> questions) {
            return questions.stream()
                    .mapToInt(one -> one.isAnswerable() ? 1 : 0)
                    .toArray();
        }

        /** Holds out whole passages if possible. */
        @Override
        protected BitSet chooseHeldOut(Rows<AnsweredQuestion> rows, StratifiedSplit split, Notes notes) {
            BitSet chosen = split.byClass(
                    rows.all().stream().map(AnsweredQuestion::passage).toList(), classes(rows.all()));
            if (!chosen.isEmpty()) {
                return chosen;
            }
            notes.add(
                    "%s: there are too few passages to hold out whole ones, so that questions about one passage may be on"
                            + " both sides",
                    rows.source());
            return chooseRows(rows.all(), split);
        }

        @Override
        protected void compare(Rows<AnsweredQuestion> train, Rows<AnsweredQuestion> dev, Notes notes) {
            noteRepetitions(train, notes, "");
            Set<String> trained =
                    train.all().stream().map(AnsweredQuestion::passage).collect(Collectors.toUnmodifiableSet());
            notes.addUnlessNone(
                    dev.all().stream()
                            .filter(one -> trained.contains(one.passage()))
                            .count(),
                    "questions of %2$s about a passage that is also in %3$s: %1$,d of %4$,d",
                    dev.source(),
                    train.source(),
                    dev.size());
        }
    }

    /** Reads questions from files. */
    public static final class FromFile extends DataBuilder<Table, FromFile> {
        private boolean jsonLines;
        private Offsets offsets = Offsets.CODE_POINTS;

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Reads JSON lines regardless of the extension. */
        public FromFile jsonLines() {
            jsonLines = true;
            return this;
        }

        /** Sets the unit of the answer positions; code points by default, as in Python. */
        public FromFile offsets(Offsets counted) {
            offsets = counted;
            return this;
        }

        /** Reads the files; see {@link DataBuilder}. An answer is at its position. */
        public AnswerData read() throws IOException {
            return make(
                    new AnswerFile(jsonLines, offsets)::read,
                    (train, dev) -> new AnswerData(divide(BY_PASSAGE, train, dev, new Notes())));
        }

        /** Reads this file only, to compare its answers with a model's. */
        public List<AnsweredQuestion> readAll() throws IOException {
            return new AnswerFile(jsonLines, offsets).read(train()).all();
        }
    }
}
