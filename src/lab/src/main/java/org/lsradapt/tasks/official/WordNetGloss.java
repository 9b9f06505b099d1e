package org.lsradapt.tasks.official;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.tasks.Example;

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
            "noun.Tops",
            "noun.act",
            "noun.animal",
            "noun.artifact",
            "noun.attribute",
            "noun.body",
            "noun.cognition",
            "noun.communication",
            "noun.event",
            "noun.feeling",
            "noun.food",
            "noun.group",
            "noun.location",
            "noun.motive",
            "noun.object",
            "noun.person",
            "noun.phenomenon",
            "noun.plant",
            "noun.possession",
            "noun.process",
            "noun.quantity",
            "noun.relation",
            "noun.shape",
            "noun.state",
            "noun.substance",
            "noun.time");

    /** The gloss as a row of a task. */
    Example example() {
        return new Example(text, null, label);
    }

    /**
     * Reads the definitions of all noun synsets; those that are empty are left out.
     *
     * @throws IOException if the artifacts hold another version or damaged data
     */
    static List<WordNetGloss> readNouns() throws IOException {
        List<WordNetGloss> glosses = new ArrayList<>();
        for (WordNetSynset noun : WordNetSynset.read(WordNetSynset.Part.NOUN)) {
            if (!noun.definition().isEmpty()) {
                glosses.add(new WordNetGloss(noun.offset(), noun.definition(), label(noun)));
            }
        }
        return glosses;
    }

    private static int label(WordNetSynset noun) throws IOException {
        int label = LEXICOGRAPHER_FILES.indexOf(noun.file());
        if (label < 0) {
            throw new IOException("WordNet: the noun synset at offset " + noun.offset() + " is of file \"" + noun.file()
                    + "\", expected one of " + String.join(", ", LEXICOGRAPHER_FILES));
        }
        return label;
    }
}
