package org.lsradapt.tasks.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.Offsets;

/** Words with tags out of files and lists: what is read, and what each mistake is called. */
class TokenDataTest {
    private static final List<String> TAGS = List.of("B-PER", "I-PER", "O", "B-LOC", "B-LOC", "O");

    @TempDir
    Path folder;

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    /** A sentence of six words with such tags, a word a line, twice. */
    private Path columns(String name, String separator, List<String> tags) throws IOException {
        StringBuilder text = new StringBuilder("-DOCSTART- -X- O O\n\n");
        for (String last : List.of(".", "!")) {
            List<String> words = List.of("Ada", "Lovelace", "saw", "Rome", "Paris", last);
            for (int i = 0; i < words.size(); i++) {
                text.append(String.join(separator, words.get(i), "X", tags.get(i)))
                        .append("\r\n");
            }
            text.append("\n");
        }
        return write(name, text.toString());
    }

    private static TokenData read(Path file) throws IOException {
        return TokenData.of(file).dev(file).read();
    }

    @ParameterizedTest
    @CsvSource({
        "B-PER I-PER O B-LOC B-LOC O, ''",
        "I-PER I-PER O I-LOC B-LOC O, are IOB1; read as IOB2",
        "B-PER E-PER O S-LOC S-LOC O, are IOBES; read as IOB2",
        "B-PER L-PER O U-LOC U-LOC O, are BILOU; read as IOB2",
        "B-PER I-PER O I-LOC B-LOC O, begin spans with B- and with I-"
    })
    void everyForm_becomesIob2(String tags, String note) throws IOException {
        for (String separator : List.of(" ", "\t", "  ")) {
            Path file = columns("train.conll", separator, List.of(tags.split(" ")));
            TokenData data = read(file);
            assertEquals(2, data.train().size());
            assertEquals(TAGS, data.train().get(0).tags());
            assertEquals(
                    List.of("Ada", "Lovelace", "saw", "Rome", "Paris", "!"),
                    data.train().get(1).words());
            assertEquals(List.of("O", "B-LOC", "I-LOC", "B-PER", "I-PER"), data.labels());
            assertEquals(
                    !note.isEmpty(),
                    data.notes().stream().anyMatch(one -> one.contains("tags of " + file) && one.contains(note)),
                    data.notes()::toString);
        }
    }

    @Test
    void tagsWithoutPrefixes_staySo() throws IOException {
        TokenData data =
                read(write("pos.tsv", "# text = dogs run\ndogs\tNOUN\nrun\tVERB\n\n# sent_id = 2\nrun\tVERB\n"));
        assertEquals(List.of("NOUN", "VERB"), data.labels());
        assertEquals(List.of("dogs", "run"), data.train().get(0).words());
        assertTrue(data.notes().get(0).contains("have no prefixes"), data.notes()::toString);
        // run is a verb each time, which a list of words knows
        assertEquals(1.0, data.lexiconBaseline().accuracy());
    }

    @Test
    void columns_canBeOthers() throws IOException {
        Path file = write("train.conll", "1 Rome B-LOC x\n2 is O y\n");
        TokenData data = TokenData.of(file).wordColumn(2).tagColumn(3).dev(file).read();
        assertEquals(List.of("Rome", "is"), data.train().get(0).words());
        assertRefused(
                file + ", line 1: has 4 columns, expected one number 5",
                () -> TokenData.of(file).tagColumn(5).dev(file).read());
        assertRefused(
                "word column and tag column are both 2, expected different ones",
                () -> TokenData.of(file).wordColumn(2).tagColumn(2).dev(file).read());
        assertRefused(
                file + ": fields of JSON lines were given, and this is a file of columns, expected their numbers",
                () -> TokenData.of(file).text("tokens").dev(file).read());
    }

    /** A word that begins with # is one in a file with spaces, and a comment only where it can be no row. */
    @Test
    void numberSign_isAWordWhereItHasATag() throws IOException {
        assertEquals(
                List.of("#", "Rome"),
                read(write("a.conll", "# O\nRome B-LOC\n")).train().get(0).words());
        assertEquals(
                List.of("#", "Rome"),
                read(write("b.conll", "#\tO\nRome\tB-LOC\n")).train().get(0).words());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Rome B-LOC;is|line 2: found 1 column separated by spaces, expected 2 as on line 1",
                "Rome;is|line 1: found one column, expected a word and its tag, separated by a tab or spaces",
                "Rome B-LOC;is O;;a b c|line 4: found 3 columns separated by spaces, expected 2 as on line 1",
                "Rome\tB-LOC;\tO|line 2: column 1 is empty, expected a word, a tag or another text",
                "Rome B-LOC;is PER|line 2: the tag is \"PER\", expected O or one that begins with B- or I- as other tags do",
                "Rome B-LOC;is B-|line 2: the tag is \"B-\", expected a type behind the prefix, such as B-LOC, or O",
                "Rome O;is I-|line 2: the tag is \"I-\", expected a type behind the prefix, such as I-LOC, or O",
                "Rome B-LOC;is X-PER|line 2: the tag is \"X-PER\", expected O or one that begins with B- or I- as other tags do",
                "Rome S-LOC;is U-LOC|line 2: the tag is \"U-LOC\", expected O or one that begins with B-, I-, E- or S- as other tags do",
                "Rome S-LOC;is E-LOC|line 2: the tag is \"E-LOC\", expected one that begins a span before it",
                "Rome B-LOC;is S-PER|line 2: the tag is \"S-PER\", expected one that continues or ends the span of label \"LOC\"",
                "Rome B-LOC;is E-PER|line 2: the tag is \"E-PER\", expected one that continues or ends the span of label \"LOC\"",
                "Rome S-LOC;is B-PER|line 2: the sentence ends inside of the span of label \"PER\", expected its last word"
            })
    void malformedRow_isNamedByFileAndLine(String rows, String message) throws IOException {
        Path file = write("train.conll", rows.replace(';', '\n') + "\n");
        assertRefused(file + ", " + message, () -> read(file));
    }

    @Test
    void emptyFiles_andSpansOfNoKind() throws IOException {
        Path empty = write("empty.conll", "\n-DOCSTART- O\n");
        assertRefused(empty + ": there is no word, expected one on each line, with its tag", () -> read(empty));
        Path none = write("none.conll", "it O\nrains O\n");
        assertRefused(none + ": every word has the tag O, expected words with others, such as B-LOC", () -> read(none));
    }

    @Test
    void evaluationDataWithAnotherLabel_isRefused() throws IOException {
        Path train = write("train.conll", "Rome B-LOC\nis O\n");
        Path dev = write("dev.conll", "Rome B-LOC\n\nnow O\nAda B-PER\n");
        assertRefused(
                dev + ", line 4: the tag \"B-PER\" does not occur in the training data " + train
                        + " (labels: O, B-LOC, I-LOC)",
                () -> TokenData.of(train).dev(dev).read());
        Path more = write("more.conll", "New I-LOC\nYork I-LOC\n");
        assertEquals(
                List.of("B-LOC", "I-LOC"),
                TokenData.of(train).dev(more).read().evaluation().get(0).tags(),
                "an I-LOC that no training word has is one of its labels");
        assertEquals(
                1, TokenData.of(more).readAll(List.of("O", "B-LOC", "I-LOC")).size());
        assertRefused(
                dev + ", line 4: the tag \"B-PER\" does not occur in the model (labels: O, B-LOC, I-LOC)",
                () -> TokenData.of(dev).readAll(List.of("O", "B-LOC", "I-LOC")));
    }

    @Test
    void jsonLines_ofWords() throws IOException {
        Path file = write("train.jsonl", """
                {"tokens": ["Rome", "is"], "ner_tags": ["B-LOC", "O"]}
                {"tokens": ["New York"], "ner_tags": ["B-LOC"], "id": 7}
                """);
        assertEquals(List.of("New York"), read(file).train().get(1).words());
        Path named = write("named.json", "{\"w\": [\"Rome\", \"is\"], \"t\": [\"U-LOC\", \"O\"]}\n");
        assertEquals(
                List.of("B-LOC", "O"),
                TokenData.of(named)
                        .text("w")
                        .label("t")
                        .dev(named)
                        .read()
                        .train()
                        .get(0)
                        .tags());
        Path counts = write("counts.jsonl", "{\"tokens\": [\"Rome\", \"is\"], \"tags\": [\"B-LOC\"]}\n");
        assertRefused(
                counts
                        + ", line 1: there are 2 words in \"tokens\" and 1 tags in \"tags\", expected as many, at least one",
                () -> read(counts));
        Path numbers = write("numbers.jsonl", "{\"tokens\": [\"Rome\"], \"ner_tags\": [3]}\n");
        assertRefused(
                numbers + ", line 1: field \"ner_tags\" is [3], expected a string or an array of strings",
                () -> read(numbers));
        Path tag = write("tag.jsonl", "{\"tokens\": [\"Rome\", \"is\"], \"tags\": [\"B-LOC\", \"LOC\"]}\n");
        assertRefused(
                tag
                        + ", line 1, word 2: the tag is \"LOC\", expected O or one that begins with B- or I- as other tags do",
                () -> read(tag));
        assertRefused(
                file + ": a word column or a tag column was given, and these are JSON lines, expected names of fields",
                () -> TokenData.of(file).tagColumn(2).dev(file).read());
    }

    /** The character before the span is two units of UTF-16, and one code point. */
    @Test
    void jsonLines_ofTextsWithSpans_countAsTold() throws IOException {
        String text = "\ud83d\ude00 New York's mayor";
        Path points = write("points.jsonl", "{\"text\": \"" + text + "\", \"spans\": [[2, 10, \"LOC\"]]}\n");
        Path units = write(
                "units.jsonl",
                "{\"text\": \"" + text + "\", \"spans\": [{\"start\": 3, \"end\": 11, \"label\": \"LOC\"}]}\n");
        TokenData read = read(points);
        assertEquals(
                List.of("\ud83d\ude00", "New", "York's", "mayor"),
                read.train().get(0).words());
        assertEquals(List.of("O", "B-LOC", "I-LOC", "O"), read.train().get(0).tags());
        assertTrue(
                read.notes().stream().anyMatch(note -> note.contains("inside of a word and have the whole word: 1")),
                read.notes()::toString);
        assertEquals(
                read.train(),
                TokenData.of(units).offsets(Offsets.UTF_16).dev(units).read().train());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[[0, 40, 'LOC']]|a span from 0 to 40, expected one inside of the text, of 10 characters (code points)",
                "[[3, 3, 'LOC']]|a span from 3 to 3, expected one inside of the text, of 10 characters (code points)",
                "[[0, 4, 'LOC'], [3, 7, 'PER']]|the span \"e in\" of label \"PER\" and another one share the word \"Rome\","
                        + " expected spans of different words",
                "[[4, 5, 'LOC']]|the span \" \" of label \"LOC\" has no word, expected at least one",
                "[[0, 4]]|field \"spans\" has [0,4], expected an array of objects with start, end, label",
                "[[0, 4, ' ']]|field \"spans[0].label\" is empty, expected a label"
            })
    void malformedSpans_areNamedByFileAndLine(String row) throws IOException {
        String[] parts = row.split("\\|");
        Path file =
                write("train.jsonl", "{\"text\": \"Rome in it\", \"spans\": " + parts[0].replace('\'', '"') + "}\n");
        assertRefused(file + ", line 1: " + parts[1], () -> read(file));
    }

    @Test
    void heldOut_isATenth_withTheRareKinds_andEqualTextsTogether() {
        List<LabelledWords> sentences = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String kind = i % 5 == 0 ? "RARE" : "COMMON";
            sentences.add(new LabelledWords(List.of("word" + i / 2, "x"), List.of("B-" + kind, "O")));
        }
        TokenData data = TokenData.of(sentences).seed(3).read();
        assertTrue(
                Math.abs(data.evaluation().size() - 10) <= 2,
                () -> data.evaluation().size() + " held out");
        assertTrue(data.evaluation().stream().anyMatch(one -> one.tags().contains("B-RARE")));
        data.evaluation()
                .forEach(one -> assertTrue(
                        data.train().stream().noneMatch(other -> other.words().equals(one.words()))));
        assertEquals(data.train(), TokenData.of(sentences).seed(3).read().train());
        TokenData limited = data.limit(20, 0);
        assertTrue(
                Math.abs(limited.train().size() - 20) <= 4,
                () -> limited.train().size() + " left");
        assertEquals(data.evaluation(), limited.evaluation());
        TokenData other = data.holdOut(0.5, 4);
        assertEquals(data.labels(), other.labels());
        assertTrue(data.train().containsAll(other.evaluation()));
    }

    @Test
    void lists_areCheckedAsFilesAre() {
        LabelledWords odd = new LabelledWords(List.of("a", "b"), List.of("S-X", "E-X"));
        assertEquals(
                "train[1], word 2: the tag is \"E-X\", expected one that begins a span before it",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TokenData.of(List.of(new LabelledWords(List.of("a"), List.of("O")), odd))
                                        .read())
                        .getMessage());
        assertEquals(
                "labelled words: 1 words and 2 tags, expected as many, at least one",
                assertThrows(IllegalArgumentException.class, () -> new LabelledWords(List.of("a"), List.of("O", "O")))
                        .getMessage());
        TokenData spans = TokenData.spans(List.of(
                        new LabelledSpans("in Rome.", List.of(new LabelledSpans.Span(3, 7, "LOC"))),
                        new LabelledSpans("in Paris.", List.of(new LabelledSpans.Span(3, 8, "LOC")))))
                .devSpans(List.of(new LabelledSpans("Oslo", List.of(new LabelledSpans.Span(0, 4, "LOC")))))
                .read();
        assertEquals(List.of("O", "B-LOC", "O"), spans.train().get(0).tags());
        assertThrows(
                IllegalArgumentException.class,
                () -> new LabelledSpans("Oslo", List.of(new LabelledSpans.Span(0, 5, "LOC"))));
        assertThrows(
                IllegalArgumentException.class,
                () -> new LabelledSpans("Oslo", List.of(new LabelledSpans.Span(0, 4, "O"))));
    }

    private static void assertRefused(String message, Executable read) {
        assertEquals(message, assertThrows(Exception.class, read).getMessage());
    }

    @Test
    void dev_withoutAKindOfSpan_isNoted() {
        List<LabelledWords> train = List.of(
                new LabelledWords(List.of("Ada", "in", "Rome"), List.of("B-PER", "O", "B-LOC")),
                new LabelledWords(List.of("Oslo"), List.of("B-LOC")));
        List<LabelledWords> dev = List.of(new LabelledWords(List.of("Paris"), List.of("B-LOC")));
        assertEquals(
                List.of("labels that no evaluation text has, whose F1 cannot be measured: PER"),
                TokenData.of(train).dev(dev).read().notes());
    }
}
