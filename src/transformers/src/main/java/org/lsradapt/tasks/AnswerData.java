package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.lsradapt.tasks.internal.StratifiedSplit;

/**
 * Questions about passages, with answers that occur in the passages, from files or lists.
 *
 * <pre>{@code
 * AnswerData squad = AnswerData.of(Path.of("train-v2.0.json")).dev(Path.of("dev-v2.0.json")).read();
 * AnswerData lines = AnswerData.of(Path.of("train.jsonl")).read();
 * AnswerData lists = AnswerData.questions(List.of(AnsweredQuestion.of("Who?", "Ada wrote it.", "Ada"), ...)).build();
 * }</pre>
 *
 * <p>Without evaluation data, a random tenth of the questions is held out, stratified by whether they have an answer. Questions about the
 * same passage stay together where possible.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class AnswerData extends SplitData<AnsweredQuestion, List<AnsweredQuestion>> {
    /** The default name of a task on such data. */
    public static final String NAME = "spans";

    private AnswerData(
            List<AnsweredQuestion> train,
            List<AnsweredQuestion> evaluation,
            Optional<HeldOut> heldOut,
            List<String> notes) {
        super(train, List.copyOf(evaluation), heldOut, notes);
    }

    /** Reads questions from a file: SQuAD JSON (1.1 or 2.0), or JSON lines with {@code question}, {@code context} and {@code answers}. */
    public static FromFile of(Path train) {
        return new FromFile(train);
    }

    /** Takes questions in memory; the list is copied. */
    public static FromQuestions questions(List<AnsweredQuestion> train) {
        return new FromQuestions(train);
    }

    /** Whether the training data has questions without an answer. */
    public boolean hasUnanswerable() {
        return train().stream().anyMatch(question -> !question.isAnswerable());
    }

    /**
     * Keeps a random part of the training questions.
     *
     * @param count the approximate number to train on, at least 2
     * @param seed the seed of the choice
     * @return this object if it has no more than {@code count}; otherwise data with the chosen questions in their order and all
     *     evaluation questions
     */
    public AnswerData limit(int count, long seed) {
        if (count < 2) {
            throw new IllegalArgumentException("limit: " + count + " training examples, expected at least 2");
        }
        if (count >= train().size()) {
            return this;
        }
        BitSet chosen =
                new StratifiedSplit((double) count / train().size(), seed).byClass(texts(train()), classes(train()));
        return new AnswerData(StratifiedSplit.part(train(), chosen, true), evaluation(), Optional.empty(), notes());
    }

    /**
     * Holds out training questions for evaluation, in place of the evaluation data.
     *
     * @param fraction the fraction to hold out, above 0 and below 1
     * @param seed the seed of the choice
     * @throws IllegalArgumentException if the fraction is out of range or no question can be held out
     */
    public AnswerData holdOut(double fraction, long seed) {
        AnswerData divided = questions(train()).heldOut(fraction).seed(seed).build();
        return new AnswerData(divided.train(), divided.evaluation(), divided.heldOut(), notes());
    }

    private static List<List<String>> texts(List<AnsweredQuestion> questions) {
        return questions.stream()
                .map(one -> List.of(one.question(), one.passage()))
                .toList();
    }

    private static int[] classes(List<AnsweredQuestion> questions) {
        return questions.stream().mapToInt(one -> one.isAnswerable() ? 1 : 0).toArray();
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {

        Settings(S train, UnaryOperator<S> kept) {
            super(train, kept);
        }

        static AnswerData assemble(
                DataBuilder<?, ?> settings, Rows<AnsweredQuestion> rows, Optional<Rows<AnsweredQuestion>> dev)
                throws IOException {
            if (rows.all().stream().noneMatch(AnsweredQuestion::isAnswerable)) {
                throw new IOException(rows.source() + ": no question has an answer, expected some that do");
            }
            List<List<String>> texts = texts(rows.all());
            List<String> notes = new ArrayList<>();
            if (dev.isPresent()) {
                repetitions(HeldOut.Unit.ROWS, rows, texts, "").ifPresent(notes::add);
                Set<String> trained =
                        rows.all().stream().map(AnsweredQuestion::passage).collect(Collectors.toUnmodifiableSet());
                addUnlessNone(
                        notes,
                        dev.get().all().stream()
                                .filter(one -> trained.contains(one.passage()))
                                .count(),
                        "questions of %2$s about a passage that is also in %3$s: %1$,d of %4$,d",
                        dev.get().source(),
                        rows.source(),
                        dev.get().size());
                return new AnswerData(rows.all(), dev.get().all(), Optional.empty(), notes);
            }
            BitSet chosen = settings.split()
                    .byClass(rows.all().stream().map(AnsweredQuestion::passage).toList(), classes(rows.all()));
            boolean together = !chosen.isEmpty();
            Divided<AnsweredQuestion> divided = settings.divide(
                    rows,
                    HeldOut.Unit.ROWS,
                    texts,
                    together ? chosen : settings.split().byClass(texts, classes(rows.all())),
                    1,
                    ", as one of each kind");
            notes.addAll(divided.notes());
            if (!together) {
                notes.add(rows.source() + ": there are too few passages to hold out whole ones, so that questions about"
                        + " one passage may be on both sides");
            }
            return new AnswerData(divided.train(), divided.evaluation(), Optional.of(divided.heldOut()), notes);
        }
    }

    /** Reads questions from files. */
    public static final class FromFile extends Settings<Path, FromFile> {
        private boolean jsonLines;
        private Offsets offsets = Offsets.CODE_POINTS;

        private FromFile(Path train) {
            super(train, DataBuilder::file);
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

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if the settings contradict each other
         * @throws IOException if a file cannot be read or has another form, or an answer is not at its position (the message names the
         *     file, what was found and what was expected), or if no question can be held out
         */
        public AnswerData read() throws IOException {
            dev().ifPresent(file -> requireNoFraction(file.toString()));
            return make(new AnswerFile(jsonLines, offsets)::read, Settings::assemble);
        }

        /** Reads this file only, to compare its answers with a model's. */
        public List<AnsweredQuestion> readAll() throws IOException {
            return new AnswerFile(jsonLines, offsets).read(train()).all();
        }
    }

    /** Takes questions from lists. */
    public static final class FromQuestions extends Settings<List<AnsweredQuestion>, FromQuestions> {

        private FromQuestions(List<AnsweredQuestion> train) {
            super(train, List::copyOf);
        }

        /**
         * Checks the lists and builds the data.
         *
         * @throws IllegalArgumentException if a list is empty, no training question has an answer, or no question can be held out
         */
        public AnswerData build() {
            return ofLists(this, "question", Settings::assemble);
        }
    }
}
