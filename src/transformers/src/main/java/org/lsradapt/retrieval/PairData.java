package org.lsradapt.retrieval;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.Folds;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.Notes;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.TextPair;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.StratifiedSplit;
import org.lsradapt.data.rules.TextProblem;

/**
 * Pairs of texts for training embeddings, with the data on which retrieval is measured.
 *
 * <pre>{@code
 * PairData own = PairData.of(Path.of("questions.csv")).anchor("question").positive("passage").read();
 * PairData lists = PairData.of(List.of(TextPair.of("opening hours?", "We are open from 9 to 5."), ...)).read();
 * PairData beir = PairData.beir(Path.of("scifact")).read();
 * }</pre>
 *
 * <p>Without evaluation data, a random tenth of the pairs is held out. Pairs connected by equal texts stay together, so that no anchor
 * and no positive is on both sides. In this case, and if evaluation pairs are given, the anchors are the queries. The documents are the
 * positives and negatives of these pairs and, up to a limit, the positives of the training pairs; equal documents are merged.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class PairData extends Dataset<TextPair, RetrievalData, PairData> {

    private static final int CORPUS_LIMIT = 10_000;

    private PairData(Division<TextPair, RetrievalData> division, Split<TextPair, RetrievalData> split) {
        super(division, split);
    }

    @Override
    protected PairData with(Split<TextPair, RetrievalData> parts) {
        return new PairData(division(), parts);
    }

    /** Reads pairs from the rows of a file. */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads pairs from the rows of a table, such as the result of a query. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes pairs in memory; the list is copied. */
    public static FromList of(List<TextPair> train) {
        return new FromList(train);
    }

    /**
     * Reads a folder in BEIR's format; see {@link RetrievalData#beir}. Each document that {@code qrels/train.tsv} judges 1 or more makes
     * a pair with its query.
     */
    public static FromBeir beir(Path folder) {
        return new FromBeir(folder);
    }

    /** Combines training pairs, copied, with evaluation data, both unchanged. */
    public static PairData of(List<TextPair> train, RetrievalData evaluation) {
        return given(new Connected(CORPUS_LIMIT), train, evaluation, List.of());
    }

    private static PairData given(
            Connected division, List<TextPair> train, RetrievalData evaluation, List<String> notes) {
        return new PairData(division, new Split<>(train, evaluation, Optional.empty(), notes));
    }

    /** Keeps pairs together that are connected by equal texts. */
    private static final class Connected extends Division<TextPair, RetrievalData> {
        private final int corpusLimit;

        Connected(int corpusLimit) {
            super(HeldOut.Unit.PAIRS, 1, ", as one");
            this.corpusLimit = corpusLimit;
        }

        @Override
        protected Object identity(TextPair pair) {
            return pair;
        }

        @Override
        protected BitSet chooseRows(List<TextPair> pairs, StratifiedSplit split) {
            return split.byClass(PairEvaluation.components(pairs), classes(pairs));
        }

        @Override
        protected Folds folds(List<TextPair> pairs, int count, long seed) {
            return Folds.byClass(PairEvaluation.components(pairs), classes(pairs), count, seed);
        }

        @Override
        protected RetrievalData evaluation(Rows<TextPair> dev, Rows<TextPair> train, long seed, Notes notes)
                throws IOException {
            List<String> positives =
                    train.all().stream().map(TextPair::positive).toList();
            RetrievalData measured = PairEvaluation.of(dev.all(), positives, corpusLimit, seed)
                    .orElseThrow(() -> new IOException(dev.source()
                            + ": every anchor to evaluate on equals its positive, expected different texts"));
            notes.addUnlessNone(
                    dev.all().stream()
                            .filter(pair -> pair.anchor().equals(pair.positive()))
                            .count(),
                    "pairs of %2$s that are not evaluated, as anchor and positive are equal: %1$,d of %3$,d",
                    dev.source(),
                    dev.size());
            notes.add(
                    "evaluated by %,d queries among %,d documents",
                    measured.queries().size(), measured.corpus().size());
            Set<String> trained = new HashSet<>(positives);
            notes.addUnlessNone(
                    dev.all().stream()
                            .filter(pair -> trained.contains(pair.positive()))
                            .count(),
                    "pairs of %2$s whose positive is also in %3$s: %1$,d of %4$,d",
                    dev.source(),
                    train.source(),
                    dev.size());
            noteKnownQueries(anchors(train.all()), measured, notes);
            return measured;
        }
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {

        private Optional<RetrievalData> evaluation = Optional.empty();
        private int corpusLimit = CORPUS_LIMIT;

        Settings(S train, UnaryOperator<S> kept) {
            super(train, kept);
        }

        public B evaluation(RetrievalData data) {
            evaluation = Optional.of(data);
            return self();
        }

        /**
         * Sets the number of documents to search if evaluation pairs are given or held out; 10,000 by default. All positives and
         * negatives of these pairs are included, even above this number.
         *
         * @param documents at least 1
         * @throws IllegalArgumentException if the number is less than 1
         */
        public B corpusLimit(int documents) {
            if (documents < 1) {
                throw new IllegalArgumentException("corpus limit is " + documents + ", expected 1 or more documents");
            }
            corpusLimit = documents;
            return self();
        }

        @Override
        protected void requireNoFraction(String pairs) {
            if (evaluation.isPresent()) {
                throw new IllegalArgumentException("both evaluation data and pairs to evaluate on were given (" + pairs
                        + "): expected one or the other");
            }
            super.requireNoFraction(pairs);
        }

        /** Checks that at most one kind of evaluation data is set. */
        void check() {
            evaluation.ifPresent(data -> super.requireNoFraction(data.queries().size() + " queries"));
        }

        public PairData assemble(Rows<TextPair> pairs, Optional<Rows<TextPair>> dev) throws IOException {
            Connected division = new Connected(corpusLimit);
            Notes notes = new Notes();
            if (evaluation.isEmpty()) {
                return new PairData(division, divide(division, pairs, dev, notes));
            }
            noteKnownQueries(anchors(pairs.all()), evaluation.get(), notes);
            return given(division, pairs.all(), evaluation.get(), notes.all());
        }
    }

    /** Reads pairs from a file. */
    public static final class FromFile extends Settings<Table, FromFile> {

        private String anchor = "anchor";
        private String positive = "positive";
        private List<String> negatives = List.of();

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Sets the column of the anchor; "anchor" by default. */
        public FromFile anchor(String column) {
            anchor = column;
            return this;
        }

        /** Sets the column of the positive; "positive" by default. In JSON lines it may be an array; each of its texts makes a pair. */
        public FromFile positive(String column) {
            positive = column;
            return this;
        }

        /** Sets the columns of negatives; none by default. A row may lack any of them. In JSON lines each may be an array. */
        public FromFile negatives(String... columns) {
            negatives = List.of(columns);
            return this;
        }

        /** Reads the files; see {@link DataBuilder}. */
        public PairData read() throws IOException {
            check();
            return make(this::read, this::assemble);
        }

        /**
         * Reads all pairs of the training file without holding any out.
         *
         * @throws IllegalArgumentException as {@link #read()}
         * @throws IOException if the file cannot be read, does not follow its format or has an unexpected value
         */
        public List<TextPair> all() throws IOException {
            return read(train()).all();
        }

        private Rows<TextPair> read(Table file) throws IOException {
            Set<String> filled = new HashSet<>();
            List<String> columns = Stream.concat(Stream.of(anchor, positive), negatives.stream())
                    .toList();
            Rows<TextPair> pairs = Rows.flat(file, columns, row -> pairs(row, filled));
            for (String column : negatives) {
                if (!filled.contains(column)) {
                    throw new IOException(file + ": no row has a text in column " + Quoted.value(column)
                            + ", expected negatives there");
                }
            }
            return pairs;
        }

        private List<TextPair> pairs(DataRow row, Set<String> filled) throws IOException {
            String query = row.filled(anchor);
            List<String> against = new ArrayList<>();
            for (String column : negatives) {
                for (String text : row.has(column) ? row.texts(column) : List.<String>of()) {
                    if (!text.isBlank()) {
                        row.refuse(column, TextProblem.ofText(text));
                        against.add(text);
                        filled.add(column);
                    }
                }
            }
            return row.allFilled(positive).stream()
                    .map(text -> new TextPair(query, text, against))
                    .toList();
        }
    }

    /** Takes pairs from lists. */
    public static final class FromList extends Settings<List<TextPair>, FromList> {
        private FromList(List<TextPair> train) {
            super(train, List::copyOf);
        }

        /**
         * Checks the lists and builds the data.
         *
         * @throws IllegalArgumentException if the settings contradict each other, a list is empty, or no pair can be held out
         */
        public PairData read() {
            check();
            return ofLists(this, "pair", this::assemble);
        }
    }

    /** Reads a folder in BEIR's format. */
    public static final class FromBeir {

        private final Path folder;
        private Optional<String> split = Optional.empty();

        private FromBeir(Path folder) {
            this.folder = Objects.requireNonNull(folder, "folder");
        }

        /** Sets the evaluation split; by default "dev" or, if the folder has none, "test". */
        public FromBeir evaluation(String newSplit) {
            split = Optional.of(newSplit);
            return this;
        }

        /**
         * Reads the folder.
         *
         * @throws IOException if a file is missing, cannot be read or does not follow its format (the message names the file, the line,
         *     what was found and what was expected), or if the training split judges no document with a text relevant
         */
        public PairData read() throws IOException {
            BeirFolder beir = BeirFolder.read(folder);
            String evaluated = split.orElse(beir.has("dev") ? "dev" : "test");
            List<TextPair> train = beir.pairs("train");
            RetrievalData evaluation = beir.split(evaluated);
            Notes notes = new Notes();
            notes.add("evaluated on the %,d queries of %s", evaluation.queries().size(), beir.qrels(evaluated));
            noteKnownQueries(anchors(train), evaluation, notes);
            return given(new Connected(CORPUS_LIMIT), train, evaluation, notes.all());
        }
    }

    private static List<String> anchors(List<TextPair> pairs) {
        return pairs.stream().map(TextPair::anchor).toList();
    }

    static void noteKnownQueries(List<String> train, RetrievalData evaluation, Notes notes) {
        Set<String> queries = new HashSet<>(train);
        notes.addUnlessNone(
                evaluation.queries().stream()
                        .filter(query -> queries.contains(query.text()))
                        .count(),
                "queries to evaluate on that are also trained on: %1$,d of %2$,d",
                evaluation.queries().size());
    }
}
