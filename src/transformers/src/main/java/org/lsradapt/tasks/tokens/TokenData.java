package org.lsradapt.tasks.tokens;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.data.DataBuilder;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.Division;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.Notes;
import org.lsradapt.data.Offsets;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Split;
import org.lsradapt.data.Table;
import org.lsradapt.data.rules.Quoted;

/**
 * Words with tags, such as those of named entities, from files or lists.
 *
 * <pre>{@code
 * TokenData columns = TokenData.of(Path.of("train.conll")).dev(Path.of("dev.conll")).read();
 * TokenData texts = TokenData.of(Path.of("train.jsonl")).offsets(Offsets.UTF_16).read();
 * TokenData lists = TokenData.of(List.of(new LabelledWords(List.of("in", "Rome"), List.of("O", "B-LOC")), ...)).read();
 * }</pre>
 *
 * <p>Tags may have the forms IOB1, IOB2 (BIO), IOBES and BILOU; they are converted to IOB2. The labels are {@code O} and, for each kind
 * of span in the training data in alphabetical order, {@code B-} and {@code I-}; tags without prefixes are themselves the labels. Without
 * evaluation data, a random tenth of the sentences is held out, stratified by the rarest kind of span in a sentence. Sentences with equal
 * words stay together.
 *
 * <p>Immutable and thread-safe; each builder is for one thread.
 */
public final class TokenData extends Dataset<LabelledWords, List<LabelledWords>, TokenData> {
    /** The default name of a task on such data. */
    public static final String NAME = "tokens";

    private final List<String> labels;

    private TokenData(List<String> labels, Split<LabelledWords, List<LabelledWords>> split) {
        super(new BySpan(), split);
        this.labels = List.copyOf(labels);
    }

    @Override
    protected TokenData with(Split<LabelledWords, List<LabelledWords>> parts) {
        return new TokenData(labels, parts);
    }

    /**
     * Reads sentences from a file: words and tags in columns, or, if its name ends in .jsonl, .ndjson or .json, JSON lines of
     * {@code tokens} and {@code ner_tags}, or of {@code text} and {@code spans}.
     */
    public static FromFile of(Path train) {
        return new FromFile(Table.of(train));
    }

    /** Reads sentences from a file or a stream of the same forms; a query is refused. */
    public static FromFile of(Table train) {
        return new FromFile(train);
    }

    /** Takes words with tags in memory; the list is copied. */
    public static FromWords of(List<LabelledWords> train) {
        return new FromWords(train);
    }

    /** Takes texts with spans in memory; the list is copied. */
    public static FromWords spans(List<LabelledSpans> train) {
        return new FromWords(ofSpans(train)).widened(train);
    }

    static List<LabelledWords> ofSpans(List<LabelledSpans> texts) {
        return texts.stream().map(LabelledSpans::words).toList();
    }

    @Override
    public Optional<RowLabels<LabelledWords>> rowLabels() {
        return Optional.of(labels(rows()));
    }

    @Override
    public Optional<RowLabels<LabelledWords>> evaluationLabels() {
        return heldOut().isPresent() ? Optional.empty() : Optional.of(labels(evaluation()));
    }

    private RowLabels<LabelledWords> labels(List<LabelledWords> rows) {
        return new RowLabels<>(
                rows,
                RowLabels.Form.WORDS,
                labels,
                sentence -> IntStream.range(0, sentence.words().size())
                        .mapToObj(word -> new RowLabels.Cell(
                                sentence.words().get(word),
                                Optional.empty(),
                                List.of(labels.indexOf(sentence.tags().get(word)))))
                        .toList(),
                (sentence, word, changed) -> sentence.tagged(word, labels.get(changed.get(0))));
    }

    /** The tags that a model chooses from, in the order of its outputs; unmodifiable. */
    public List<String> labels() {
        return labels;
    }

    /**
     * The scores of a lexicon on the evaluation data. Each word gets its most frequent tag in the training data, the first in label order
     * of several equally frequent ones. An unknown word gets {@code O} or, if there is no such label, the most frequent tag of all.
     */
    public EntityScores lexiconBaseline() {
        Map<String, int[]> counts = new HashMap<>();
        int[] all = new int[labels.size()];
        for (LabelledWords sentence : train()) {
            for (int i = 0; i < sentence.words().size(); i++) {
                int label = labels.indexOf(sentence.tags().get(i));
                counts.computeIfAbsent(sentence.words().get(i), word -> new int[labels.size()])[label]++;
                all[label]++;
            }
        }
        String other = labels.contains(Tags.NONE) ? Tags.NONE : labels.get(most(all));
        List<List<String>> said = evaluation().stream()
                .map(sentence -> sentence.words().stream()
                        .map(word -> counts.containsKey(word) ? labels.get(most(counts.get(word))) : other)
                        .toList())
                .toList();
        return EntityScores.of(evaluation().stream().map(LabelledWords::tags).toList(), said);
    }

    private static int most(int[] counts) {
        int best = 0;
        for (int i = 1; i < counts.length; i++) {
            best = counts[i] > counts[best] ? i : best;
        }
        return best;
    }

    /** Divides sentences by the rarest kind of span in them. */
    private static final class BySpan extends Division.IntoRows<LabelledWords> {

        BySpan() {
            super(HeldOut.Unit.TEXTS, 1, ", as one of each kind");
        }

        @Override
        protected Object identity(LabelledWords sentence) {
            return sentence.words();
        }

        @Override
        protected int[] classes(List<LabelledWords> sentences) {
            return byRarest(
                    sentences,
                    sentence -> sentence.spans().stream().map(WordSpan::label).toList());
        }

        @Override
        protected void compare(Rows<LabelledWords> train, Rows<LabelledWords> dev, Notes notes) {
            noteRepetitions(train, notes, "");
            noteKnown(train, dev, "texts", notes);
        }

        @Override
        protected void describe(
                Rows<LabelledWords> rows, List<LabelledWords> train, List<LabelledWords> evaluation, Notes notes) {
            Set<String> kinds = kinds(train);
            kinds.removeAll(kinds(evaluation));
            if (!kinds.isEmpty()) {
                notes.add(
                        "labels that no evaluation text has, whose F1 cannot be measured: %s",
                        Quoted.shortened(String.join(", ", kinds)));
            }
        }
    }

    private static Set<String> kinds(List<LabelledWords> texts) {
        return texts.stream()
                .flatMap(text -> text.spans().stream())
                .map(WordSpan::label)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    abstract static class Settings<S, B extends Settings<S, B>> extends DataBuilder<S, B> {

        Settings(S train, UnaryOperator<S> kept) {
            super(train, kept);
        }

        /** Builds data from sentences; refuses unknown forms, training data without spans, and other labels in evaluation data. */
        public TokenData assemble(Rows<Tags.Sentence> train, Optional<Rows<Tags.Sentence>> dev, Notes notes)
                throws IOException {
            Tags tags = Tags.of(train.all());
            Rows<LabelledWords> rows = new Rows<>(train.source(), tags.converted());
            List<String> labels = labelsOf(rows, tags.form() == Tags.Form.PLAIN);
            tags.note(train.source()).ifPresent(notes::addOnce);
            Optional<Rows<LabelledWords>> evaluated = dev.isPresent()
                    ? Optional.of(new Rows<>(
                            dev.get().source(), converted(dev.get(), labels, "training data " + train.source(), notes)))
                    : Optional.empty();
            return new TokenData(labels, divide(new BySpan(), rows, evaluated, notes));
        }

        private static List<String> labelsOf(Rows<LabelledWords> rows, boolean plain) throws IOException {
            Set<String> kinds = kinds(rows.all());
            boolean outside =
                    rows.all().stream().anyMatch(sentence -> sentence.tags().contains(Tags.NONE));
            if (kinds.isEmpty()) {
                throw new IOException(rows.source() + ": every word has the tag " + Tags.NONE
                        + ", expected words with others, such as B-LOC");
            }
            List<String> labels = new ArrayList<>();
            if (outside || !plain) {
                labels.add(Tags.NONE);
            }
            kinds.forEach(kind -> labels.addAll(plain ? List.of(kind) : List.of("B-" + kind, "I-" + kind)));
            if (labels.size() < 2) {
                throw new IOException(rows.source() + ": every word has the tag " + Quoted.value(labels.get(0))
                        + ", expected at least two different ones");
            }
            return labels;
        }
    }

    private static List<LabelledWords> converted(
            Rows<Tags.Sentence> rows, List<String> labels, String known, Notes notes) throws IOException {
        Tags tags = Tags.of(rows.all());
        tags.note(rows.source()).ifPresent(notes::addOnce);
        List<LabelledWords> all = tags.converted();
        for (int i = 0; i < all.size(); i++) {
            Tags.Sentence sentence = rows.all().get(i);
            List<String> own = all.get(i).tags();
            int unknown = IntStream.range(0, own.size())
                    .filter(word -> !labels.contains(own.get(word)))
                    .findFirst()
                    .orElse(own.size());
            // A tag O is always accepted, even if the model has parts of speech only and never predicts it.
            if (unknown < own.size() && !own.get(unknown).equals(Tags.NONE)) {
                throw sentence.failure(
                        unknown,
                        "the tag " + Quoted.value(sentence.words().tags().get(unknown)) + " does not occur in the "
                                + known + " (labels: " + Quoted.shortened(String.join(", ", labels)) + ")");
            }
        }
        return all;
    }

    /** Reads words with tags from files. */
    public static final class FromFile extends Settings<Table, FromFile> {
        private Optional<Boolean> jsonLines = Optional.empty();
        private int wordColumn = 1;
        private Optional<Integer> tagColumn = Optional.empty();
        private Optional<String> text = Optional.empty();
        private Optional<String> label = Optional.empty();
        private Offsets offsets = Offsets.CODE_POINTS;

        private FromFile(Table train) {
            super(train, UnaryOperator.identity());
        }

        /** Sets the evaluation file, in the form of the training file. */
        public FromFile dev(Path file) {
            return dev(train().at(file));
        }

        /** Sets whether the files are JSON lines; by default the extensions determine it. */
        public FromFile jsonLines(boolean are) {
            jsonLines = Optional.of(are);
            return this;
        }

        /** Sets the column of the words, from 1; the first one by default. */
        public FromFile wordColumn(int column) {
            wordColumn = column;
            return this;
        }

        /** Sets the column of the tags, from 1; the last one by default. */
        public FromFile tagColumn(int column) {
            tagColumn = Optional.of(column);
            return this;
        }

        /**
         * Sets the field of the words or of the text in JSON lines; by default {@code tokens} or {@code words}, or else {@code text}. The
         * field's values determine whether it holds words or a text.
         */
        public FromFile text(String field) {
            text = Optional.of(field);
            return this;
        }

        /** Sets the field of the tags or of the spans in JSON lines; by default {@code ner_tags} or {@code tags}, or {@code spans}. */
        public FromFile label(String field) {
            label = Optional.of(field);
            return this;
        }

        /** Sets the unit of the span positions; code points by default. */
        public FromFile offsets(Offsets counted) {
            offsets = counted;
            return this;
        }

        /** Reads the files; see {@link DataBuilder}. A column's number is 1 or more. */
        public TokenData read() throws IOException {
            Notes notes = new Notes();
            return make(file -> sentences(file, notes), (train, dev) -> assemble(train, dev, notes));
        }

        /**
         * Reads this file only, to compare its tags with a model's.
         *
         * @return the file's sentences
         * @throws IOException as {@link #read}, or if a tag is not one of the model's
         */
        public List<LabelledWords> readAll(List<String> labels) throws IOException {
            return converted(sentences(train(), new Notes()), labels, "model", new Notes());
        }

        private Rows<Tags.Sentence> sentences(Table file, Notes notes) throws IOException {
            TokenFile.Read read = new TokenFile(jsonLines, wordColumn, tagColumn, text, label, offsets).read(file);
            noteWidened(notes, read.widened(), file.toString());
            return new Rows<>(file.toString(), read.sentences());
        }
    }

    private static void noteWidened(Notes notes, long widened, String source) {
        notes.addUnlessNone(
                widened, "spans of %2$s that begin or end inside of a word and have the whole word: %1$,d", source);
    }

    /** Takes words with tags from lists. */
    public static final class FromWords extends Settings<List<LabelledWords>, FromWords> {
        private long widened;

        private FromWords(List<LabelledWords> train) {
            super(train, List::copyOf);
        }

        private FromWords widened(List<LabelledSpans> texts) {
            widened = texts.stream().mapToLong(LabelledSpans::widened).sum();
            return this;
        }

        /** Like {@link #dev}, with texts and spans. */
        public FromWords devSpans(List<LabelledSpans> texts) {
            return dev(ofSpans(texts));
        }

        /**
         * Checks the lists and builds the data.
         *
         * @throws IllegalArgumentException if a list is empty, the tags have no known form, the training data has no span, the evaluation
         *     data has a span with another label, or no sentence can be held out
         */
        public TokenData read() {
            Notes notes = new Notes();
            noteWidened(notes, widened, "train");
            return ofLists(
                    this, "sentence", (train, dev) -> assemble(sentences(train), dev.map(FromWords::sentences), notes));
        }

        private static Rows<Tags.Sentence> sentences(Rows<LabelledWords> rows) {
            List<Tags.Sentence> sentences = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                int index = i;
                sentences.add(new Tags.Sentence(
                        rows.all().get(i), word -> rows.source() + "[" + index + "], word " + (word + 1)));
            }
            return new Rows<>(rows.source(), sentences);
        }
    }
}
