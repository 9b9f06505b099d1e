package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RetrievalData;

class WordNetPairsTest {

    private static PairData data;

    @BeforeAll
    static void read() throws IOException {
        Locale before = Locale.getDefault();
        try {
            // A locale with other rules for upper and lower case and other digits: the data must not depend on it.
            Locale.setDefault(Locale.forLanguageTag("tr-u-nu-arab"));
            data = WordNetPairs.read();
        } finally {
            Locale.setDefault(before);
        }
    }

    /** The digests are those of src/transformers/src/test/resources/golden/retrieval/wordnet.py, which parses WordNet's own files. */
    @Test
    void wordNet_isTheFixedData() throws NoSuchAlgorithmException {
        assertEquals(
                "705824e8db595515d14ded1ae5d9901406c3f6fa717374d17896a27860716428",
                digest(data.train().stream().map(pair -> pair.anchor() + "\t" + pair.positive())));
        assertEquals(
                "ae09702939412e232afe9eb06af3c9c44854fabad24cbd68032ef68f0561488a",
                digest(data.evaluation().corpus().stream().map(text -> text.id() + "\t" + text.text())));
        assertEquals(
                "b359214021921db604f3b71a7a8e7eda5b06f9ff06eca02dc08843145d5f3bcf",
                digest(data.evaluation().queries().stream().map(text -> text.id() + "\t" + text.text())));
        data.evaluation()
                .judgements()
                .forEach(
                        (query, grades) -> assertEquals(Map.of(query.substring("definition-of-".length()), 1), grades));
    }

    @Test
    void wordNet_noWord_isInTwoSynsets() {
        Set<String> words = new HashSet<>();
        Stream.concat(
                        data.train().stream().map(TextPair::positive),
                        data.evaluation().corpus().stream().map(IdentifiedText::text))
                .flatMap(text -> Arrays.stream(text.split(", ")))
                .forEach(word -> assertTrue(words.add(word), word));
        assertTrue(words.size() > 7000);
    }

    @Test
    void wordNet_noDefinition_isOnBothSides() {
        Set<String> trained = data.train().stream().map(TextPair::anchor).collect(Collectors.toSet());
        assertEquals(4500, trained.size());
        data.evaluation().queries().forEach(query -> assertFalse(trained.contains(query.text()), query.text()));
    }

    /** Chance is a recall of 100 / 2,500 = 0.04 among the first 100. */
    @Test
    void wordNet_searchByWordsOrTheirParts_findsNextToNothing() {
        List<Double> recalls = Stream.<Function<String, List<String>>>of(
                        WordNetPairsTest::stems, WordNetPairsTest::fourLetters)
                .flatMap(terms -> Stream.of(recall(terms, 10), recall(terms, 100)))
                .toList();
        assertTrue(recalls.get(0) < 0.02 && recalls.get(1) < 0.08, recalls::toString);
        assertTrue(recalls.get(2) < 0.05 && recalls.get(3) < 0.15, recalls::toString);
    }

    @Test
    void lexicalSearch_definitionsThatShareWords_findsThem() {
        RetrievalData easy = new RetrievalData(
                List.of(new IdentifiedText("1", "abdication"), new IdentifiedText("2", "dog, hound")),
                List.of(new IdentifiedText("q", "the act of abdicating")),
                Map.of("q", Map.of("1", 1)));
        assertEquals(1, recall(easy, WordNetPairsTest::stems, 1));
        assertEquals(1, recall(easy, WordNetPairsTest::fourLetters, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "cat, cats, true",
        "cats, cat, true",
        "cat, at, false",
        "cat, concatenate, false",
        "an, analysis, false",
        "abdicate, abdication, true",
        "shop, bookshop, true",
        "bookshop, shop, true",
        "hop, bookshop, false",
        "decide, decision, true",
        "run, ran, false",
        "book, boat, false",
        "same, same, true",
        "to, to, false",
    })
    void related_words(String a, String b, boolean related) {
        assertEquals(related, WordNetPairs.related(a, b));
    }

    private static double recall(Function<String, List<String>> terms, int k) {
        return recall(data.evaluation(), terms, k);
    }

    /** The fraction of queries whose document BM25 (k1 = 1.2, b = 0.75) ranks among the first k and above 0. */
    private static double recall(RetrievalData data, Function<String, List<String>> terms, int k) {
        List<IdentifiedText> corpus = data.corpus();
        List<List<String>> documents =
                corpus.stream().map(text -> terms.apply(text.text())).toList();
        double length = documents.stream().mapToInt(List::size).average().orElseThrow();
        Map<String, Map<Integer, Integer>> index = new HashMap<>();
        for (int i = 0; i < documents.size(); i++) {
            int document = i;
            documents
                    .get(i)
                    .forEach(term ->
                            index.computeIfAbsent(term, any -> new HashMap<>()).merge(document, 1, Integer::sum));
        }
        int found = 0;
        for (IdentifiedText query : data.queries()) {
            double[] scores = new double[documents.size()];
            for (String term : terms.apply(query.text())) {
                Map<Integer, Integer> occurrences = index.getOrDefault(term, Map.of());
                double weight =
                        Math.log(1 + (documents.size() - occurrences.size() + 0.5) / (occurrences.size() + 0.5));
                occurrences.forEach((document, count) -> scores[document] += weight
                        * count
                        * 2.2
                        / (count + 1.2 * (0.25 + 0.75 * documents.get(document).size() / length)));
            }
            Map<String, Integer> grades = data.judgements().get(query.id());
            double wanted = IntStream.range(0, scores.length)
                    .filter(i -> grades.containsKey(corpus.get(i).id()))
                    .mapToDouble(i -> scores[i])
                    .max()
                    .orElseThrow();
            found += wanted > 0
                            && Arrays.stream(scores)
                                            .filter(score -> score > wanted)
                                            .count()
                                    < k
                    ? 1
                    : 0;
        }
        return (double) found / data.queries().size();
    }

    /** Words without the endings of inflection and derivation. */
    private static List<String> stems(String text) {
        return words(text)
                .map(word -> word.replaceFirst(
                        "(?<=...)(izations?|ations?|ating|ates?|ments?|ness|ings?|ions?|edly|ers?|ors?|ed|es|ly|s|e)$",
                        ""))
                .toList();
    }

    /** All runs of four characters of words with a space before and behind. */
    private static List<String> fourLetters(String text) {
        return words(text)
                .map(word -> " " + word + " ")
                .flatMap(word -> IntStream.rangeClosed(0, word.length() - 4).mapToObj(i -> word.substring(i, i + 4)))
                .toList();
    }

    private static Stream<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z]+")).filter(word -> !word.isEmpty());
    }

    private static String digest(Stream<String> lines) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        lines.forEach(line -> digest.update((line + "\n").getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }
}
