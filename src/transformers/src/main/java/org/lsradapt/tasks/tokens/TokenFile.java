package org.lsradapt.tasks.tokens;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.Offsets;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.ColumnFile;
import org.lsradapt.data.files.JsonRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * The layout of a file of words with tags, or of texts with spans.
 *
 * @param jsonLines whether the file is JSON lines; empty to take it from the extension
 * @param wordColumn the word's column in a file of columns, from 1
 * @param tagColumn the tag's column in a file of columns, from 1; empty for the last one
 * @param first the field of the words or of the text in JSON lines; empty for the usual ones
 * @param second the field of the tags or of the spans in JSON lines; empty for the usual ones
 * @param offsets the unit of positions in a text
 */
record TokenFile(
        Optional<Boolean> jsonLines,
        int wordColumn,
        Optional<Integer> tagColumn,
        Optional<String> first,
        Optional<String> second,
        Offsets offsets) {
    private static final List<String> EXTENSIONS = List.of(".jsonl", ".ndjson", ".json");
    private static final List<String> WORDS = List.of("tokens", "words");
    private static final List<String> TAGS = List.of("ner_tags", "tags");
    private static final List<String> SPAN = List.of("start", "end", "label");

    /** Sentences, and the number of spans that begin or end inside a word. */
    record Read(List<Tags.Sentence> sentences, long widened) {}

    TokenFile {
        if (wordColumn < 1 || tagColumn.orElse(1) < 1) {
            throw new IllegalArgumentException("word column " + wordColumn
                    + tagColumn.map(column -> ", tag column " + column).orElse("") + ": expected numbers from 1");
        }
        if (tagColumn.isPresent() && tagColumn.get() == wordColumn) {
            throw new IllegalArgumentException(
                    "word column and tag column are both " + wordColumn + ", expected different ones");
        }
    }

    Read read(Table file) throws IOException {
        boolean json = jsonLines.isPresent() ? jsonLines.get() : isJson(file);
        if (json && (wordColumn != 1 || tagColumn.isPresent())) {
            throw new IllegalArgumentException(
                    file + ": a word column or a tag column was given, and these are JSON lines,"
                            + " expected names of fields");
        }
        if (!json && (first.isPresent() || second.isPresent())) {
            throw new IllegalArgumentException(
                    file + ": fields of JSON lines were given, and this is a file of columns, expected their numbers");
        }
        return json ? ofJson(file) : ofColumns(file);
    }

    private static boolean isJson(Table file) throws IOException {
        return file.file().isPresent()
                ? EXTENSIONS.stream().anyMatch(DataFormat.name(file.file().get())::endsWith)
                : file.format() == DataFormat.JSON_LINES;
    }

    private Read ofColumns(Table file) throws IOException {
        List<Tags.Sentence> sentences = new ArrayList<>();
        for (List<ColumnFile.Line> lines : ColumnFile.readAll(file.text())) {
            List<String> words = new ArrayList<>();
            List<String> tags = new ArrayList<>();
            for (ColumnFile.Line line : lines) {
                words.add(column(file, line, wordColumn));
                tags.add(column(file, line, tagColumn.orElse(line.columns().size())));
            }
            IntFunction<String> place = word -> lines.get(word).place(file);
            sentences.add(new Tags.Sentence(labelled(words, tags, place), place));
        }
        return new Read(sentences, 0);
    }

    private static String column(Table file, ColumnFile.Line line, int column) throws IOException {
        if (column > line.columns().size()) {
            throw new IOException(
                    line.place(file) + ": has " + line.columns().size() + " columns, expected one number " + column);
        }
        return line.columns().get(column - 1);
    }

    private static LabelledWords labelled(List<String> words, List<String> tags, IntFunction<String> place)
            throws IOException {
        for (int i = 0; i < words.size(); i++) {
            Optional<String> problem = TextProblem.ofText(words.get(i))
                    .map(found -> "the word " + found)
                    .or(tagProblem(tags.get(i)));
            if (problem.isPresent()) {
                throw new IOException(place.apply(i) + ": " + problem.get());
            }
        }
        return new LabelledWords(words, tags);
    }

    private static Supplier<Optional<String>> tagProblem(String tag) {
        return () -> TextProblem.ofLabel(tag).map(found -> "the tag " + found);
    }

    private Read ofJson(Table file) throws IOException {
        long[] widened = new long[1];
        List<Tags.Sentence> sentences = JsonRow.readAll(file.text(), (row, number) -> {
            String texts = first.orElseGet(() -> Stream.concat(WORDS.stream(), Stream.of("text"))
                    .filter(row::has)
                    .findFirst()
                    .orElse("tokens"));
            if (row.isArray(texts)) {
                return List.of(ofWords(row, texts));
            }
            LabelledSpans spans = ofText(row, texts);
            widened[0] += spans.widened();
            String place = row.place();
            try {
                return List.of(new Tags.Sentence(
                        spans.words(),
                        word -> place + ", word "
                                + Quoted.value(spans.words().words().get(word))));
            } catch (IllegalArgumentException e) {
                throw row.failure(e.getMessage());
            }
        });
        return new Read(sentences, widened[0]);
    }

    private Tags.Sentence ofWords(JsonRow row, String field) throws IOException {
        String tagField = second.orElseGet(
                () -> TAGS.stream().filter(row::has).findFirst().orElse(TAGS.get(0)));
        List<String> words = row.texts(field);
        List<String> tags = row.texts(tagField);
        if (words.isEmpty() || words.size() != tags.size()) {
            throw row.failure("there are " + words.size() + " words in \"" + field + "\" and " + tags.size()
                    + " tags in \"" + tagField + "\", expected as many, at least one");
        }
        String at = row.place();
        IntFunction<String> place = word -> at + ", word " + (word + 1);
        return new Tags.Sentence(labelled(words, tags, place), place);
    }

    private LabelledSpans ofText(JsonRow row, String field) throws IOException {
        String text = row.filled(field);
        List<LabelledSpans.Span> spans = new ArrayList<>();
        for (JsonRow span : row.objects(second.orElse("spans"), SPAN)) {
            int start = offsets.toIndex(text, span.integer("start"));
            int end = offsets.toIndex(text, span.integer("end"));
            if (start < 0 || end <= start) {
                throw span.failure("a span from " + span.integer("start") + " to " + span.integer("end")
                        + ", expected one inside of the text, of " + offsets.ofIndex(text, text.length()) + " "
                        + (offsets == Offsets.UTF_16 ? "UTF-16 units" : "characters (code points)"));
            }
            spans.add(new LabelledSpans.Span(start, end, span.filledLabel("label")));
        }
        try {
            return new LabelledSpans(text, spans);
        } catch (IllegalArgumentException e) {
            throw row.failure(e.getMessage());
        }
    }
}
