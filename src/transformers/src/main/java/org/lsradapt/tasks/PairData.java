package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Pairs of texts to train embeddings on, and what retrieval is measured on.
 *
 * <pre>{@code
 * PairData own = PairData.pairs(Path.of("questions.csv")).anchor("question").positive("passage").read();
 * PairData lists = PairData.pairs(List.of(TextPair.of("opening hours?", "We are open from 9 to 5."), ...)).build();
 * PairData beir = PairData.beir(Path.of("scifact")).read();
 * }</pre>
 *
 * <p>Without evaluation data a tenth of the pairs is held out, at random. Pairs that are connected by equal texts stay
 * together, so that no anchor and no positive is on both sides. Then, and with pairs to evaluate on, the anchors are
 * the queries, and the documents are the positives and negatives of these pairs and, up to a limit of documents, the
 * positives of the training pairs; each is there once.
 *
 * <p>Immutable, and safe for use by many threads; its builders are for one thread.
 */
public final class PairData {

    private static final int CORPUS_LIMIT = 10_000;

    private final List<TextPair> train;
    private final RetrievalData evaluation;
    private final Optional<HeldOut> heldOut;
    private final List<String> notes;

    PairData(List<TextPair> train, RetrievalData evaluation, Optional<HeldOut> heldOut, List<String> notes) {
        this.train = List.copyOf(train);
        this.evaluation = evaluation;
        this.heldOut = heldOut;
        this.notes = List.copyOf(notes);
    }

    /** Pairs that are the rows of a file. */
    public static FromFile pairs(Path train) {
        return new FromFile(train);
    }

    /** Pairs in memory; the list is copied. */
    public static FromList pairs(List<TextPair> train) {
        return new FromList(train);
    }

    /**
     * A folder in the form of BEIR; see {@link RetrievalData#beir}. Each document that {@code qrels/train.tsv} judges 1
     * or more makes a pair with its query.
     */
    public static FromBeir beir(Path folder) {
        return new FromBeir(folder);
    }

    /**
     * Pairs as they are, with what they are evaluated on.
     *
     * @param train what is learned from; copied
     * @param evaluation what is measured on
     */
    public static PairData of(List<TextPair> train, RetrievalData evaluation) {
        return new PairData(train, evaluation, Optional.empty(), List.of());
    }

    /** What is learned from, in the order of file or list; at least one. Cannot be modified. */
    public List<TextPair> train() {
        return train;
    }

    /** What is measured on. */
    public RetrievalData evaluation() {
        return evaluation;
    }

    /** How much was held out; empty where evaluation data was given. */
    public Optional<HeldOut> heldOut() {
        return heldOut;
    }

    /** What the owner of the data should know, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /**
     * What files and lists have in common.
     *
     * @param <S> a file, or a list
     * @param <B> the builder
     */
    abstract static class Settings<S, B extends Settings<S, B>> extends Sources<S, B> {

        private Optional<RetrievalData> evaluation = Optional.empty();
        private int corpusLimit = CORPUS_LIMIT;

        Settings(S train, UnaryOperator<S> kept) {
            super(train, kept);
        }

        /**
         * What to evaluate on; without it, part of the pairs is held out.
         *
         * @return this
         */
        public B evaluation(RetrievalData data) {
            evaluation = Optional.of(data);
            return self();
        }

        /**
         * How many documents to search in where the pairs to evaluate on are given or held out; 10,000 by default. The
         * positives and negatives of these pairs are there however many they are.
         *
         * @param documents at least 1
         * @return this
         * @throws IllegalArgumentException if it is less
         */
        public B corpusLimit(int documents) {
            if (documents < 1) {
                throw new IllegalArgumentException("corpus limit is " + documents + ", expected 1 or more documents");
            }
            corpusLimit = documents;
            return self();
        }

        Optional<RetrievalData> evaluation() {
            return evaluation;
        }

        /** Checks that at most one kind of evaluation data was asked for. */
        void requireOneEvaluation(Optional<String> dev) {
            if (dev.isPresent() && evaluation.isPresent()) {
                throw new IllegalArgumentException("evaluation data was given and so were pairs to evaluate on ("
                        + dev.get() + "): expected one or the other");
            }
            dev.ifPresent(this::requireNoFraction);
            evaluation.ifPresent(data -> requireNoFraction(data.queries().size() + " queries"));
        }

        int corpusLimit() {
            return corpusLimit;
        }
    }

    /** Reads pairs from a file. */
    public static final class FromFile extends Settings<Path, FromFile> {

        private Optional<DataFormat> format = Optional.empty();
        private String anchor = "anchor";
        private String positive = "positive";
        private List<String> negatives = List.of();

        private FromFile(Path train) {
            super(train, Sources::file);
        }

        @Override
        FromFile self() {
            return this;
        }

        /**
         * The format of the files, where their extensions do not tell it.
         *
         * @return this
         */
        public FromFile format(DataFormat newFormat) {
            format = Optional.of(newFormat);
            return this;
        }

        /**
         * The column of the anchor; "anchor" by default.
         *
         * @return this
         */
        public FromFile anchor(String column) {
            anchor = column;
            return this;
        }

        /**
         * The column of the positive; "positive" by default. In JSON lines it may be an array, each text of which makes
         * a pair.
         *
         * @return this
         */
        public FromFile positive(String column) {
            positive = column;
            return this;
        }

        /**
         * The columns of negatives; none by default. A row may lack any of them. In JSON lines each may be an array.
         *
         * @return this
         */
        public FromFile negatives(String... columns) {
            negatives = List.of(columns);
            return this;
        }

        /**
         * Reads the files.
         *
         * @throws IllegalArgumentException if the settings contradict each other or an extension tells no format
         * @throws IOException if a file cannot be read, does not follow its format, or holds something unexpected,
         *     with file, line, what was found and what was expected; or if no pair can be held out
         */
        public PairData read() throws IOException {
            PairColumns columns = new PairColumns(anchor, positive, negatives);
            requireOneEvaluation(dev().map(Path::toString));
            PairAssembly<IOException> assembly =
                    new PairAssembly<>(this, read(train(), columns), train().toString(), IOException::new);
            return dev().isPresent()
                    ? assembly.with(read(dev().get(), columns), dev().get().toString())
                    : assembly.withoutPairs();
        }

        private List<TextPair> read(Path file, PairColumns columns) throws IOException {
            return columns.read(file, format.orElseGet(() -> DataFormat.of(file)));
        }
    }

    /** Takes pairs from lists. */
    public static final class FromList extends Settings<List<TextPair>, FromList> {
        private String trainSource = "train";
        private String devSource = "dev";

        private FromList(List<TextPair> train) {
            super(train, List::copyOf);
        }

        /** What messages call the lists, where they come out of files. */
        FromList sources(String ofTrain, String ofDev) {
            trainSource = ofTrain;
            devSource = ofDev;
            return this;
        }

        @Override
        FromList self() {
            return this;
        }

        /**
         * Checks the lists.
         *
         * @throws IllegalArgumentException if the settings contradict each other, a list is empty, or no pair can be
         *     held out
         */
        public PairData build() {
            requireOneEvaluation(dev().map(pairs -> pairs.size() + " pairs"));
            requireFilled(this, "pair");
            PairAssembly<IllegalArgumentException> assembly =
                    new PairAssembly<>(this, train(), trainSource, IllegalArgumentException::new);
            return dev().isPresent() ? assembly.with(dev().get(), devSource) : assembly.withoutPairs();
        }
    }

    /** Reads a folder in the form of BEIR. */
    public static final class FromBeir {

        private final Path folder;
        private Optional<String> split = Optional.empty();

        private FromBeir(Path folder) {
            this.folder = Objects.requireNonNull(folder, "folder");
        }

        /**
         * The split to evaluate on; by default "dev" or, where the folder has none, "test".
         *
         * @return this
         */
        public FromBeir evaluation(String newSplit) {
            split = Optional.of(newSplit);
            return this;
        }

        /**
         * Reads the folder.
         *
         * @throws IOException if a file is missing, cannot be read or does not follow its form, with file, line, what
         *     was found and what was expected; or if no document with a text is judged relevant in the training split
         */
        public PairData read() throws IOException {
            BeirFolder beir = BeirFolder.read(folder);
            String evaluated = split.orElse(beir.has("dev") ? "dev" : "test");
            List<TextPair> train = beir.pairs("train");
            RetrievalData evaluation = beir.split(evaluated);
            String note = String.format(
                    Locale.ROOT,
                    "evaluated on the %,d queries of %s",
                    evaluation.queries().size(),
                    beir.qrels(evaluated));
            return new PairData(
                    train,
                    evaluation,
                    Optional.empty(),
                    Stream.concat(Stream.of(note), knownQueries(train, evaluation).stream())
                            .toList());
        }
    }

    /** What there is to say where queries are anchors of the training data. */
    static Optional<String> knownQueries(List<TextPair> train, RetrievalData evaluation) {
        Set<String> anchors = new HashSet<>(train.stream().map(TextPair::anchor).toList());
        long known = evaluation.queries().stream()
                .filter(query -> anchors.contains(query.text()))
                .count();
        return known == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "queries to evaluate on that are also trained on: %,d of %,d",
                        known,
                        evaluation.queries().size()));
    }
}
