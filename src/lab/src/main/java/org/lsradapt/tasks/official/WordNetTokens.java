package org.lsradapt.tasks.official;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.PointerUtils;
import net.sf.extjwnl.data.Synset;
import net.sf.extjwnl.data.list.PointerTargetNode;
import org.lsradapt.data.WordSplitter;
import org.lsradapt.tasks.tokens.LabelledWords;
import org.lsradapt.tasks.tokens.TokenData;

/**
 * The task of finding the genus in the definition of a WordNet 3.1 noun: the words that name the kind of thing, such as
 * <em>container</em> in <em>a cylindrical container that holds liquids</em>. The label says whether the genus is an act, an
 * animal, an artifact, a communication, a person or a plant.
 *
 * <p>The labels follow from WordNet's own pointers. The genus is the place of a word, or several, of a direct hypernym in
 * the definition; its label is the lexicographer file of that hypernym. A definition qualifies if it has exactly one such
 * place, where the longer of two overlapping places counts, and the hypernym is of one of the six files. Of equal
 * definitions the one with the lowest offset is kept. The first 5,000 in a fixed pseudo-random order are the data; every
 * fifth is for evaluation.
 */
public final class WordNetTokens {
    /** The name of the task. */
    public static final String NAME = "wordnet-tokens";

    static final int TRAIN_SIZE = 4000;
    static final int EVALUATION_SIZE = 1000;

    private static final String PREFIX = "noun.";
    private static final Set<String> KINDS = Set.of("act", "animal", "artifact", "communication", "person", "plant");

    private WordNetTokens() {}

    private record Definition(WordNetSynset synset, LabelledWords words) {}

    /** The words of a definition from {@code from} to {@code to}, exclusive. */
    private record Place(int from, int to, String kind) {
        boolean isWithin(Place other) {
            return !equals(other) && other.from <= from && to <= other.to;
        }
    }

    /** Reads the data; throws an {@link IOException} if the artifacts hold another version or damaged data. */
    public static TokenData read() throws IOException {
        List<Definition> definitions = WordNetSynset.read(WordNetTokens::definition, WordNetSynset.Part.NOUN).stream()
                .flatMap(Optional::stream)
                .toList();
        int size = TRAIN_SIZE + EVALUATION_SIZE;
        List<Definition> all =
                WordNetSynset.mixed(definitions, Definition::synset, size, "definitions that name their genus");
        List<LabelledWords> train = new ArrayList<>();
        List<LabelledWords> evaluation = new ArrayList<>();
        int every = size / EVALUATION_SIZE;
        for (int i = 0; i < size; i++) {
            (i % every == every - 1 ? evaluation : train).add(all.get(i).words());
        }
        return TokenData.of(train).dev(evaluation).read();
    }

    private static Optional<Definition> definition(WordNetSynset synset, Synset data) throws JWNLException {
        String text = synset.definition();
        List<String> words = WordSplitter.split(text).stream()
                .map(word -> text.substring(word.start(), word.end()))
                .toList();
        Set<Place> found = new HashSet<>();
        for (PointerTargetNode node : PointerUtils.getDirectHypernyms(data)) {
            Synset hypernym = node.getSynset();
            String kind = hypernym.getLexFileName().replaceFirst("^" + PREFIX, "");
            hypernym.getWords().forEach(word -> found.addAll(places(words, word.getLemma(), kind)));
        }
        List<Place> places = found.stream()
                .filter(place -> found.stream().noneMatch(place::isWithin))
                .toList();
        if (places.size() != 1 || !KINDS.contains(places.get(0).kind())) {
            return Optional.empty();
        }
        Place genus = places.get(0);
        List<String> tags = new ArrayList<>(Collections.nCopies(words.size(), "O"));
        for (int i = genus.from(); i < genus.to(); i++) {
            tags.set(i, (i == genus.from() ? "B-" : "I-") + genus.kind());
        }
        return Optional.of(new Definition(synset, new LabelledWords(words, tags)));
    }

    private static List<Place> places(List<String> words, String lemma, String kind) {
        List<String> wanted = List.of(lemma.toLowerCase(Locale.ROOT).split(" "));
        List<Place> places = new ArrayList<>();
        for (int from = 0; from + wanted.size() <= words.size(); from++) {
            List<String> here = words.subList(from, from + wanted.size()).stream()
                    .map(word -> word.toLowerCase(Locale.ROOT))
                    .toList();
            if (here.equals(wanted)) {
                places.add(new Place(from, from + wanted.size(), kind));
            }
        }
        return places;
    }
}
