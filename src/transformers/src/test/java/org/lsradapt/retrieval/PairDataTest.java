package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.Table;
import org.lsradapt.data.TextPair;
import org.lsradapt.tasks.TestFiles;

class PairDataTest {

    private static final String HELD_OUT = " none can be held out to evaluate on, as one is to train on and equal texts"
            + " stay together; expected more pairs, or evaluation data";

    @TempDir
    Path folder;

    @Test
    void read_csv_hasPairsWithTheNegativesThatAreThere() throws IOException {
        Path file = TestFiles.write(folder, "a.csv", """
                hard,question,passage,easy
                no,what?,"this, here",never
                ,who?,you,not
                 ,when?,now,
                """);
        PairData data = PairData.of(file)
                .dev(file)
                .anchor("question")
                .positive("passage")
                .negatives("easy", "hard")
                .read();
        assertEquals(
                List.of(
                        TextPair.of("what?", "this, here", "never", "no"),
                        TextPair.of("who?", "you", "not"),
                        TextPair.of("when?", "now")),
                data.train());
    }

    @Test
    void read_jsonLines_takesArraysOfTexts() throws IOException {
        Path file = TestFiles.write(folder, "a.jsonl", """
                {"query": "what?", "pos": ["this", "that"], "neg": ["never", "", "no"]}
                {"query": "who?", "pos": "you", "neg": null}
                {"query": "when?", "pos": "now"}
                """);
        PairData data = PairData.of(file)
                .dev(file)
                .anchor("query")
                .positive("pos")
                .negatives("neg")
                .read();
        assertEquals(
                List.of(
                        TextPair.of("what?", "this", "never", "no"),
                        TextPair.of("what?", "that", "never", "no"),
                        TextPair.of("who?", "you"),
                        TextPair.of("when?", "now")),
                data.train());
    }

    @Test
    void read_otherFormats_haveTheSamePairs() throws IOException {
        List<TextPair> pairs = List.of(TextPair.of("a \"b", "c"), TextPair.of("d", "e"));
        Path tsv = TestFiles.write(folder, "a.tsv", "anchor\tpositive\n\"a \"\"b\"\tc\nd\te\n");
        assertEquals(pairs, PairData.of(tsv).dev(tsv).read().train());
        Path plain = TestFiles.write(folder, "b.tsv", "anchor\tpositive\na \"b\tc\nd\te\n");
        assertEquals(
                pairs,
                PairData.of(Table.of(plain).format(DataFormat.TSV_UNQUOTED))
                        .dev(plain)
                        .read()
                        .train());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.csv|,b|column \"anchor\" is empty, expected a text",
                "a.csv|a, |column \"positive\" is empty, expected a text",
                "a.csv|a|found 1 column, expected 2 (anchor, positive)",
                "a.jsonl|{\"anchor\": \"a\", \"positive\": []}|field \"positive\" is an empty array, expected a text",
                "a.jsonl|{\"anchor\": \"a\", \"positive\": [\"b\", \" \"]}|field \"positive\" is empty, expected a text",
                "a.jsonl|{\"anchor\": \"a\", \"positive\": [1]}"
                        + "|field \"positive\" is [1], expected a string or an array of strings",
                "a.jsonl|{\"anchor\": [\"a\"], \"positive\": \"b\"}|field \"anchor\" is [\"a\"], expected a string",
                "a.jsonl|{\"anchor\": \"a\"}|there is no field \"positive\", found anchor",
            })
    void read_badRow_isNamedByFileAndLine(String name, String row, String message) throws IOException {
        String first = name.endsWith("csv") ? "anchor,positive" : "{\"anchor\": \"x\", \"positive\": \"y\"}";
        Path file = TestFiles.write(folder, name, first + "\n" + row + "\n");
        assertEquals(
                file + ", line 2: " + message,
                assertThrows(IOException.class, () -> PairData.of(file).read()).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.jsonl"})
    void read_columnWithoutAnyNegative_isRefused(String name) throws IOException {
        Path file = TestFiles.write(
                folder,
                name,
                name.endsWith("csv")
                        ? "anchor,positive,other\na,b,c\n"
                        : "{\"anchor\": \"a\", \"positive\": \"b\", \"other\": \"c\"}\n");
        assertEquals(
                file + ": no row has a text in column \"negative\", expected negatives there",
                assertThrows(
                                IOException.class,
                                () -> PairData.of(file)
                                        .negatives("other", "negative")
                                        .read())
                        .getMessage());
    }

    @Test
    void read_settingsThatContradict_areRefused() {
        Path file = folder.resolve("a.csv");
        RetrievalData data = new RetrievalData(
                List.of(new IdentifiedText("d", "d")),
                List.of(new IdentifiedText("q", "q")),
                Map.of("q", Map.of("d", 1)));
        refused(
                "columns a, a: expected different ones",
                () -> PairData.of(file).anchor("a").positive("a").read());
        refused(
                "a column's name is empty, expected one of the header",
                () -> PairData.of(file).anchor("").read());
        refused(
                "held-out fraction 0.2 and evaluation data (" + file + "): expected one or the other",
                () -> PairData.of(file).heldOut(0.2).dev(file).read());
        refused(
                "held-out fraction 0.2 and evaluation data (1 queries): expected one or the other",
                () -> PairData.of(file).heldOut(0.2).evaluation(data).read());
        refused(
                "both evaluation data and pairs to evaluate on were given (" + file + "): expected one or the other",
                () -> PairData.of(file).evaluation(data).dev(file).read());
        refused(
                "corpus limit is 0, expected 1 or more documents",
                () -> PairData.of(file).corpusLimit(0));
    }

    @Test
    void build_heldOut_sharesNoTextWithTheTrainingPairs() {
        Random random = TestFiles.random();
        List<TextPair> pairs = random.ints(2000, 0, 1500)
                .mapToObj(
                        i -> TextPair.of("q" + i, random.nextInt(4) == 0 ? "q" + (i + 1) : "d" + random.nextInt(3000)))
                .toList();
        PairData data = PairData.of(pairs).seed(7).read();
        List<TextPair> dev =
                pairs.stream().filter(pair -> !data.train().contains(pair)).toList();
        assertEquals(200, dev.size(), 20);
        assertEquals(dev.size(), data.heldOut().orElseThrow().count());
        assertEquals(2000, dev.size() + data.train().size());
        Set<String> trained = new HashSet<>(texts(data.train()));
        texts(dev).forEach(text -> assertFalse(trained.contains(text), text));
        assertEquals(data.train(), PairData.of(pairs).seed(7).read().train());
        assertNotEquals(data.train(), PairData.of(pairs).seed(8).read().train());
        assertEquals(
                data.train(), pairs.stream().filter(pair -> !dev.contains(pair)).toList());
    }

    @Test
    void build_heldOut_isSearchedForAmongAllPositives() {
        List<TextPair> pairs = IntStream.range(0, 100)
                .mapToObj(i -> TextPair.of("q" + i / 2, "d" + i, "n" + i))
                .toList();
        PairData data = PairData.of(pairs).read();
        List<TextPair> dev =
                pairs.stream().filter(pair -> !data.train().contains(pair)).toList();
        assertEquals(10, dev.size());
        assertEquals(5, data.evaluation().queries().size());
        Map<String, String> texts = new HashMap<>();
        data.evaluation().corpus().forEach(text -> texts.put(text.id(), text.text()));
        assertEquals(
                Stream.of(
                                dev.stream().map(TextPair::positive),
                                dev.stream().flatMap(pair -> pair.negatives().stream()),
                                data.train().stream().map(TextPair::positive))
                        .flatMap(part -> part)
                        .collect(Collectors.toSet()),
                Set.copyOf(texts.values()));
        assertEquals(110, texts.size());
        for (IdentifiedText query : data.evaluation().queries()) {
            assertEquals(
                    dev.stream()
                            .filter(pair -> pair.anchor().equals(query.text()))
                            .map(TextPair::positive)
                            .collect(Collectors.toSet()),
                    data.evaluation().judgements().get(query.id()).keySet().stream()
                            .map(texts::get)
                            .collect(Collectors.toSet()));
        }
        assertEquals(
                List.of("held out 10 of 100 pairs of train (seed 0)", "evaluated by 5 queries among 110 documents"),
                data.notes());
    }

    @Test
    void build_corpusLimit_keepsWhatIsJudgedAndAsMuchElseAsFits() {
        List<TextPair> train = IntStream.range(0, 100)
                .mapToObj(i -> TextPair.of("q" + i, "d" + i))
                .toList();
        List<TextPair> dev = List.of(TextPair.of("a", "b", "c"), TextPair.of("e", "f"));
        List<String> twenty =
                corpus(PairData.of(train).dev(dev).corpusLimit(20).seed(1).read());
        assertEquals(List.of("b", "c", "f"), twenty.subList(0, 3));
        assertEquals(20, Set.copyOf(twenty).size());
        assertNotEquals(
                twenty,
                corpus(PairData.of(train).dev(dev).corpusLimit(20).seed(2).read()));
        assertEquals(
                List.of("b", "c", "f"),
                corpus(PairData.of(train).dev(dev).corpusLimit(2).read()));
        assertEquals(
                "d0",
                corpus(PairData.of(train).dev(dev).corpusLimit(103).read()).get(3));
    }

    @Test
    void build_devThatIsAlsoTrainedOn_isNoted() {
        List<TextPair> train = List.of(TextPair.of("a", "b"), TextPair.of("c", "d"));
        List<TextPair> dev = List.of(TextPair.of("a", "x"), TextPair.of("e", "d"), TextPair.of("same", "same"));
        PairData data = PairData.of(train).dev(dev).read();
        assertEquals(
                List.of(
                        "pairs of dev that are not evaluated, as anchor and positive are equal: 1 of 3",
                        "evaluated by 2 queries among 4 documents",
                        "pairs of dev whose positive is also in train: 1 of 3",
                        "queries to evaluate on that are also trained on: 1 of 2"),
                data.notes());
        assertTrue(data.heldOut().isEmpty());
    }

    @Test
    void build_queryThatIsADocumentToo_hasItsId() {
        RetrievalData data = PairData.of(List.of(TextPair.of("x", "y")))
                .dev(List.of(TextPair.of("a", "b"), TextPair.of("b", "a")))
                .read()
                .evaluation();
        assertEquals(
                List.of("b", "a", "y"),
                data.corpus().stream().map(IdentifiedText::text).toList());
        assertEquals(
                data.corpus().subList(0, 2),
                List.of(data.queries().get(1), data.queries().get(0)));
    }

    @Test
    void build_evaluationData_isTaken() {
        RetrievalData evaluation = new RetrievalData(
                List.of(new IdentifiedText("d", "d")),
                List.of(new IdentifiedText("1", "q"), new IdentifiedText("2", "a")),
                Map.of("1", Map.of("d", 1), "2", Map.of("d", 1)));
        PairData data = PairData.of(List.of(TextPair.of("a", "b")))
                .evaluation(evaluation)
                .read();
        assertEquals(evaluation, data.evaluation());
        assertEquals(List.of(TextPair.of("a", "b")), data.train());
        assertEquals(List.of("queries to evaluate on that are also trained on: 1 of 2"), data.notes());
    }

    @Test
    void build_nothingToHoldOut_isRefused() {
        refused(
                "train: of 1 pair" + HELD_OUT,
                () -> PairData.of(List.of(TextPair.of("a", "b"))).read());
        refused(
                "train: of 3 pairs" + HELD_OUT,
                () -> PairData.of(List.of(TextPair.of("a", "b"), TextPair.of("c", "b"), TextPair.of("c", "d")))
                        .read());
        refused(
                "train: the list is empty, expected at least one pair",
                () -> PairData.of(List.of()).read());
        refused(
                "dev: the list is empty, expected at least one pair",
                () -> PairData.of(List.of(TextPair.of("a", "b"))).dev(List.of()).read());
        refused(
                "dev: every anchor to evaluate on equals its positive, expected different texts",
                () -> PairData.of(List.of(TextPair.of("a", "b")))
                        .dev(List.of(TextPair.of("a", "a")))
                        .read());
    }

    @Test
    void textPair_badTexts_areRefused() {
        refused("text pair: the anchor is empty, expected a text", () -> TextPair.of(" ", "b"));
        refused("text pair: the positive is empty, expected a text", () -> TextPair.of("a", ""));
        refused("text pair: the negative is empty, expected a text", () -> TextPair.of("a", "b", "c", "\n"));
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static List<String> corpus(PairData data) {
        return data.evaluation().corpus().stream().map(IdentifiedText::text).toList();
    }

    private static Collection<String> texts(List<TextPair> pairs) {
        return pairs.stream()
                .flatMap(pair -> Stream.of(pair.anchor(), pair.positive()))
                .collect(Collectors.toSet());
    }
}
