package org.lsradapt.tasks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.POS;
import net.sf.extjwnl.data.Synset;
import net.sf.extjwnl.dictionary.Dictionary;
import org.lsradapt.artifacts.OptionalArtifact;

/**
 * The definition of one noun synset of WordNet 3.1, read from the class path.
 *
 * @param offset the place of the synset in WordNet's file of nouns, which identifies it
 * @param text the gloss without its example sentences, not empty
 * @param label the index in {@link #LEXICOGRAPHER_FILES} of the file that the synset was written in
 */
record WordNetGloss(long offset, String text, int label) {

    /** The files of the nouns, in the order of WordNet's file numbers 3 to 28; see lexnames(5WN). */
    static final List<String> LEXICOGRAPHER_FILES = List.of(
            "noun.Tops", "noun.act", "noun.animal", "noun.artifact", "noun.attribute", "noun.body", "noun.cognition",
            "noun.communication", "noun.event", "noun.feeling", "noun.food", "noun.group", "noun.location",
            "noun.motive", "noun.object", "noun.person", "noun.phenomenon", "noun.plant", "noun.possession",
            "noun.process", "noun.quantity", "noun.relation", "noun.shape", "noun.state", "noun.substance",
            "noun.time");

    private static final double VERSION = 3.1;
    private static final String DATA = OptionalArtifact.WORDNET_DATA.coordinates();

    /** The gloss as a row of a task. */
    Example example() {
        return new Example(text, null, label);
    }

    /**
     * Reads the definitions of all noun synsets; those that are empty are left out.
     *
     * @throws org.lsradapt.artifacts.MissingArtifactException if an artifact is not on the class path
     * @throws IOException if the artifacts hold another version or damaged data
     */
    static List<WordNetGloss> readNouns() throws IOException {
        OptionalArtifact.EXTJWNL.require();
        OptionalArtifact.WORDNET_DATA.require();
        return Reader.nouns();
    }

    /** What stands before the examples of a gloss, without white space and separators at the end. */
    static String definition(String gloss) {
        int quote = gloss.indexOf('"');
        String text = quote < 0 ? gloss : gloss.substring(0, quote);
        return text.strip().replaceAll("[\\s;:,-]+$", "");
    }

    /** All that touches extjwnl, so that the other tasks do without it. */
    private static final class Reader {

        static List<WordNetGloss> nouns() throws IOException {
            List<WordNetGloss> glosses = new ArrayList<>();
            try {
                Dictionary dictionary = Dictionary.getDefaultResourceInstance();
                try {
                    requireVersion(dictionary.getVersion().getNumber());
                    Iterator<Synset> synsets = dictionary.getSynsetIterator(POS.NOUN);
                    while (synsets.hasNext()) {
                        Synset synset = synsets.next();
                        String text = definition(synset.getGloss());
                        if (!text.isEmpty()) {
                            glosses.add(new WordNetGloss(synset.getOffset(), text, label(synset)));
                        }
                    }
                } finally {
                    dictionary.close();
                }
            } catch (JWNLException e) {
                throw new IOException("WordNet: cannot read the data of " + DATA + ": " + e.getMessage(), e);
            }
            return glosses;
        }

        /** Another WordNet on the class path would be another data set under the same name. */
        private static void requireVersion(double found) throws IOException {
            if (found != VERSION) {
                throw new IOException("WordNet: found version " + found + " on the class path, expected " + VERSION
                        + " (" + DATA + ")");
            }
        }

        private static int label(Synset synset) throws IOException {
            int label = LEXICOGRAPHER_FILES.indexOf(synset.getLexFileName());
            if (label < 0) {
                throw new IOException("WordNet: the noun synset at offset " + synset.getOffset() + " is of file \""
                        + synset.getLexFileName() + "\", expected one of " + String.join(", ", LEXICOGRAPHER_FILES));
            }
            return label;
        }
    }
}
