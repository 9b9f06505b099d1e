package org.lsradapt.tasks.official;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RetrievalData;

/**
 * The task of retrieving the words of a WordNet 3.1 synset by their definition.
 *
 * <p>A synset qualifies if its words occur in this sense in the texts that WordNet's authors annotated, all words consist
 * of lower-case letters (with spaces, hyphens and apostrophes), and the definition has four words or more, none of them
 * {@link #related} to a word that it defines. The most frequent synsets are taken first. Ties are broken by part of speech
 * (nouns, verbs, adjectives), then by offset. A synset that shares a word or its definition with an earlier one is left
 * out. The first 7,000 are put in a fixed pseudo-random order: the definitions of the first 500 are the queries, the words
 * of the first 2,500 are the documents, and the others are the training pairs. So no document occurs in training, not even
 * as a negative.
 */
public final class WordNetPairs {

    public static final int TRAIN_SIZE = 4500;
    public static final int CORPUS_SIZE = 2500;
    public static final int QUERIES = 500;

    private static final int SHORTEST_DEFINITION = 4;
    private static final Pattern SMALL_LETTERS = Pattern.compile("[a-z][a-z '-]*");
    private static final Pattern NO_LETTERS = Pattern.compile("[^a-z]+");

    private WordNetPairs() {}

    /** Reads the data; throws an {@link IOException} if the artifacts hold another version or damaged data. */
    public static PairData read() throws IOException {
        List<WordNetSynset> synsets = chosen(WordNetSynset.read(WordNetSynset.Part.values()));
        if (synsets.size() < TRAIN_SIZE + CORPUS_SIZE) {
            throw new IOException("WordNet: found " + synsets.size() + " synsets that qualify, expected at least "
                    + (TRAIN_SIZE + CORPUS_SIZE));
        }
        List<WordNetSynset> ordered = synsets.subList(0, TRAIN_SIZE + CORPUS_SIZE).stream()
                .sorted(Comparator.comparingLong(synset -> WordNetSynset.mixed(synset.number())))
                .toList();
        List<WordNetSynset> corpus = ordered.subList(0, CORPUS_SIZE);
        List<WordNetSynset> queries = corpus.subList(0, QUERIES);
        Map<String, Map<String, Integer>> judgements = new LinkedHashMap<>();
        queries.forEach(synset -> judgements.put(queryId(synset), Map.of(id(synset), 1)));
        RetrievalData evaluation = new RetrievalData(
                corpus.stream()
                        .map(synset -> new IdentifiedText(id(synset), words(synset)))
                        .toList(),
                queries.stream()
                        .map(synset -> new IdentifiedText(queryId(synset), synset.definition()))
                        .toList(),
                judgements);
        return PairData.of(
                ordered.subList(CORPUS_SIZE, ordered.size()).stream()
                        .map(synset -> TextPair.of(synset.definition(), words(synset)))
                        .toList(),
                evaluation);
    }

    /**
     * Whether two lower-case words may look alike to a search by words or stems: one begins with the other, the first four
     * letters are equal, or one of four letters or more is part of the other. Words of one or two letters are related to
     * none.
     */
    public static boolean related(String a, String b) {
        String shorter = a.length() < b.length() ? a : b;
        String longer = a.length() < b.length() ? b : a;
        if (shorter.length() < 4) {
            return shorter.length() == 3 && longer.startsWith(shorter);
        }
        return longer.startsWith(shorter.substring(0, 4)) || longer.contains(shorter);
    }

    private static List<WordNetSynset> chosen(List<WordNetSynset> synsets) {
        Set<String> words = new HashSet<>();
        Set<String> definitions = new HashSet<>();
        List<WordNetSynset> chosen = new ArrayList<>();
        List<WordNetSynset> byUses = synsets.stream()
                .filter(WordNetPairs::qualifies)
                .sorted(Comparator.comparingInt(WordNetSynset::uses)
                        .reversed()
                        .thenComparing(WordNetSynset::part)
                        .thenComparingLong(WordNetSynset::offset))
                .toList();
        for (WordNetSynset synset : byUses) {
            if (synset.words().stream().noneMatch(words::contains)
                    && definitions.add(synset.definition().toLowerCase(Locale.ROOT))) {
                words.addAll(synset.words());
                chosen.add(synset);
            }
        }
        return chosen;
    }

    private static boolean qualifies(WordNetSynset synset) {
        if (synset.uses() == 0
                || !synset.words().stream()
                        .allMatch(word -> SMALL_LETTERS.matcher(word).matches())) {
            return false;
        }
        List<String> defining = letters(synset.definition()).toList();
        return defining.size() >= SHORTEST_DEFINITION
                && synset.words().stream()
                        .flatMap(WordNetPairs::letters)
                        .noneMatch(word -> defining.stream().anyMatch(other -> related(word, other)));
    }

    private static Stream<String> letters(String text) {
        return NO_LETTERS.splitAsStream(text.toLowerCase(Locale.ROOT)).filter(word -> !word.isEmpty());
    }

    private static String words(WordNetSynset synset) {
        return String.join(", ", synset.words());
    }

    private static String id(WordNetSynset synset) {
        return String.format(Locale.ROOT, "%s-%08d", synset.part().name().toLowerCase(Locale.ROOT), synset.offset());
    }

    private static String queryId(WordNetSynset synset) {
        return "definition-of-" + id(synset);
    }
}
