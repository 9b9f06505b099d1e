package org.lsradapt.retrieval;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.Notes;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * Queries with judged passages, for training and measuring rerankers.
 *
 * <pre>{@code
 * RankingData judged = RankingData.of(Path.of("train.csv")).query("question").passage("passage").label("label").read();
 * RankingData mined = RankingData.of(Path.of("train.jsonl")).query("question").positive("answer").negatives("negative").read();
 * }</pre>
 *
 * <p>Rows with equal queries are merged. Without evaluation data, a random tenth of the queries is held out, so that no query is on both
 * sides. A reranker is measured by its order of each query's candidates: the documents that a first stage found, or otherwise the
 * passages of the query's own rows.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class RankingData extends Dataset<JudgedQuery, Candidates, RankingData> {
    private static final int CORPUS_LIMIT = 10_000;
    private static final String GIVEN_ORDER = "given order";

    private RankingData(Split<JudgedQuery, Candidates> split) {
        super(new ByQuery(GIVEN_ORDER), split);
    }

    @Override
    protected RankingData with(Split<JudgedQuery, Candidates> parts) {
        return new RankingData(parts);
    }

    /** Reads queries from the rows of a file. */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads judged passages from the rows of a table, such as the result of a query. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes distinct queries in memory, with passages in the first stage's order; the list is copied. */
    public static FromList of(List<JudgedQuery> train) {
        return new FromList(train);
    }

    /** Returns data with the same training queries, measured on other candidates, such as those that a first stage found. */
    public RankingData withEvaluation(Candidates candidates) {
        return new RankingData(new Split<>(train(), candidates, heldOut(), notes()));
    }

    /** Returns data with the same evaluation data and other training queries, such as the same queries with a teacher's scores. */
    public RankingData withTrain(List<JudgedQuery> queries) {
        return new RankingData(new Split<>(queries, evaluation(), heldOut(), notes()));
    }

    /** Keeps each query on one side. */
    private static final class ByQuery extends Division<JudgedQuery, Candidates> {
        private final String stage;

        ByQuery(String stage) {
            super(HeldOut.Unit.QUERIES, 1, ", as one");
            this.stage = stage;
        }

        @Override
        protected Object identity(JudgedQuery query) {
            return query.query();
        }

        @Override
        protected void compare(Rows<JudgedQuery> train, Rows<JudgedQuery> dev, Notes notes) {
            noteKnown(train, dev, "queries", notes);
        }

        @Override
        protected Candidates evaluation(Rows<JudgedQuery> dev, Rows<JudgedQuery> train, long seed, Notes notes)
                throws IOException {
            List<String> others = train.all().stream()
                    .flatMap(query -> query.passages().stream())
                    .toList();
            Candidates measured = QueryEvaluation.of(dev.all(), others, CORPUS_LIMIT, seed, stage)
                    .orElseThrow(() -> new IOException(
                            dev.source() + ": no query to evaluate on has a relevant passage, expected one at least"));
            notes.addUnlessNone(
                    dev.size() - measured.data().queries().size(),
                    "queries of %2$s that are not evaluated, as they have no relevant passage: %1$,d of %3$,d",
                    dev.source(),
                    dev.size());
            notes.add(
                    "evaluated by %,d queries with %,d candidates",
                    measured.data().queries().size(), measured.size());
            return measured;
        }
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {
        private Optional<Candidates> evaluation = Optional.empty();

        Settings(S train, UnaryOperator<S> kept) {
            super(train, kept);
        }

        /** Sets the evaluation data; without it, part of the queries is held out. */
        public B evaluation(Candidates candidates) {
            evaluation = Optional.of(candidates);
            return self();
        }

        @Override
        protected void requireNoFraction(String queries) {
            if (evaluation.isPresent()) {
                throw new IllegalArgumentException("candidates to measure on were given and so were queries (" + queries
                        + "): expected one or the other");
            }
            super.requireNoFraction(queries);
        }

        /** Checks that at most one kind of evaluation data is set. */
        void check() {
            evaluation.ifPresent(given -> super.requireNoFraction(given.size() + " candidates"));
        }

        RankingData assemble(Rows<JudgedQuery> train, Optional<Rows<JudgedQuery>> dev, String stage)
                throws IOException {
            Notes notes = new Notes();
            if (evaluation.isEmpty()) {
                return new RankingData(divide(new ByQuery(stage), train, dev, notes));
            }
            PairData.noteKnownQueries(
                    train.all().stream().map(JudgedQuery::query).toList(),
                    evaluation.get().data(),
                    notes);
            return new RankingData(new Split<>(train.all(), evaluation.get(), Optional.empty(), notes.all()));
        }
    }

    /** Reads queries from a file. */
    public static final class FromFile extends Settings<Table, FromFile> {
        private String query = "query";
        private String passage = "passage";
        private String label = "label";
        private Optional<String> positive = Optional.empty();
        private List<String> negatives = List.of("negative");
        private Optional<String> scores = Optional.empty();

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Sets the column of the query; "query" by default. */
        public FromFile query(String column) {
            query = column;
            return this;
        }

        /** Sets the column of the passage; "passage" by default. In JSON lines it may be an array. */
        public FromFile passage(String column) {
            passage = column;
            positive = Optional.empty();
            return this;
        }

        /**
         * Sets the column of the passage's label: 0 or 1, a relevance in between, or a grade from 0; "label" by default. If passages are
         * an array, labels are too.
         */
        public FromFile label(String column) {
            label = column;
            return this;
        }

        /**
         * Sets the column of the passage that answers the query, instead of passages with labels; the passages in the columns of
         * negatives do not answer it. In JSON lines it may be an array.
         */
        public FromFile positive(String column) {
            positive = Optional.of(column);
            return this;
        }

        /**
         * Sets the columns of negatives, in addition to positives; "negative" by default. A row may lack any of them. In JSON lines each
         * may be an array.
         */
        public FromFile negatives(String... columns) {
            negatives = List.of(columns);
            return this;
        }

        /**
         * Sets the column of a teacher's scores; none by default. It has one score per passage of a row, positives before negatives;
         * several scores are an array in JSON lines.
         */
        public FromFile scores(String column) {
            scores = Optional.of(column);
            return this;
        }

        /** Reads the files; see {@link DataBuilder}. A query may repeat a passage only with equal labels and scores. */
        public RankingData read() throws IOException {
            check();
            String stage = positive.isPresent() ? "random order" : "order of the rows";
            return make(this::read, (train, dev) -> assemble(train, dev, stage));
        }

        private Rows<JudgedQuery> read(Table file) throws IOException {
            List<String> columns = Stream.of(
                            Stream.of(query),
                            positive.stream(),
                            positive.isPresent() ? negatives.stream() : Stream.of(passage, label),
                            scores.stream())
                    .flatMap(Function.identity())
                    .toList();
            QueryRows queries = new QueryRows(file.toString());
            Rows.of(file, columns, row -> {
                queries.add(row.filled(query), positive.isPresent() ? contrasted(row) : labelled(row));
                return row;
            });
            return new Rows<>(
                    file.toString(),
                    queries.merged(positive.isPresent() ? OptionalLong.of(split().seed()) : OptionalLong.empty()));
        }

        private List<QueryRows.Passage> labelled(DataRow row) throws IOException {
            List<String> texts = row.allFilled(passage);
            List<Double> grades = numbers(row, label, texts.size());
            for (double grade : grades) {
                if (grade < 0) {
                    throw row.failure(label, "is " + grade + ", expected a relevance or a grade of 0 or more");
                }
            }
            return passages(row, texts, grades);
        }

        private List<QueryRows.Passage> contrasted(DataRow row) throws IOException {
            List<String> texts = new ArrayList<>(row.allFilled(positive.orElseThrow()));
            int positives = texts.size();
            for (String column : negatives) {
                for (String text : row.has(column) ? row.texts(column) : List.<String>of()) {
                    if (!text.isBlank()) {
                        row.refuse(column, TextProblem.ofText(text));
                        texts.add(text);
                    }
                }
            }
            List<Double> grades = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                grades.add(i < positives ? 1.0 : 0.0);
            }
            return passages(row, texts, grades);
        }

        private List<QueryRows.Passage> passages(DataRow row, List<String> texts, List<Double> grades)
                throws IOException {
            List<Double> ofTeacher = scores.isPresent() ? numbers(row, scores.get(), texts.size()) : List.of();
            List<QueryRows.Passage> passages = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                passages.add(new QueryRows.Passage(
                        texts.get(i),
                        grades.get(i),
                        ofTeacher.isEmpty() ? Optional.empty() : Optional.of(ofTeacher.get(i))));
            }
            return passages;
        }

        private static List<Double> numbers(DataRow row, String column, int count) throws IOException {
            List<Double> numbers = row.numbers(column);
            if (numbers.size() != count) {
                throw row.failure(
                        column, "has " + numbers.size() + " numbers, expected one for each of " + count + " passages");
            }
            return numbers;
        }
    }

    /** Takes queries from lists. */
    public static final class FromList extends Settings<List<JudgedQuery>, FromList> {
        private FromList(List<JudgedQuery> train) {
            super(train, List::copyOf);
        }

        /**
         * Checks the lists and builds the data.
         *
         * @throws IllegalArgumentException if the settings contradict each other, a list is empty, a query occurs twice, or no query can
         *     be held out
         */
        public RankingData read() {
            check();
            return ofLists(this, "query", (train, dev) -> {
                requireDifferent(train);
                if (dev.isPresent()) {
                    requireDifferent(dev.get());
                }
                return assemble(train, dev, GIVEN_ORDER);
            });
        }

        private static void requireDifferent(Rows<JudgedQuery> rows) throws IOException {
            Set<String> known = new HashSet<>();
            for (JudgedQuery query : rows.all()) {
                if (!known.add(query.query())) {
                    throw new IOException(rows.source() + ": query " + Quoted.value(query.query())
                            + " is there twice, expected different ones");
                }
            }
        }
    }
}
