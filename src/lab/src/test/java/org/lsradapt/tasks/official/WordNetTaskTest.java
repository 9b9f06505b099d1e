package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;

class WordNetTaskTest {

    private static LabelledData data;

    @BeforeAll
    static void load() throws IOException {
        Locale before = Locale.getDefault();
        try {
            // A locale with other rules for upper and lower case: the split must not depend on it.
            Locale.setDefault(new Locale.Builder().setLanguage("tr").build());
            data = Tasks.named("wordnet").load();
        } finally {
            Locale.setDefault(before);
        }
    }

    /**
     * The digests were computed once from the artifact's data.noun by a separate program that parsed that file itself,
     * in the order offset, file number, text after the bar, and followed the rule in the Javadoc of WordNetTask.
     */
    @Test
    void load_split_isTheFixedOne() throws NoSuchAlgorithmException {
        assertEquals("fce059e3f99819b235f1ada0fa8db94ed5e1f719d5a37b71dff67de2b0b8de02", digest(data.train()));
        assertEquals("51ab1e99497242a84ebfb872e163d7dd9cf72c67e4959b1e7318a4f946bf8eb4", digest(data.evaluation()));
    }

    /** As above. */
    @Test
    void load_tenThousand_trainsOnTheSameAndEvaluatesOnOthers() throws IOException, NoSuchAlgorithmException {
        LabelledData large = Tasks.named("wordnet-10k").load();
        assertEquals(data.train(), large.train());
        assertEquals(10_000, large.evaluation().size());
        assertEquals("9ba4d2d2170e32bd2c175b4b753b7500e531b0ad9a5ff22590724dd8a3258880", digest(large.evaluation()));
        Set<String> texts = new HashSet<>();
        data.train().forEach(row -> texts.add(row.first().toLowerCase(Locale.ROOT)));
        data.evaluation().forEach(row -> texts.add(row.first().toLowerCase(Locale.ROOT)));
        large.evaluation().forEach(row -> assertTrue(texts.add(row.first().toLowerCase(Locale.ROOT)), row.first()));
    }

    @Test
    void load_again_givesTheSame() throws IOException {
        assertEquals(data.train(), Tasks.named("WordNet").load().train());
    }

    @Test
    void load_sizes() {
        assertEquals(4000, data.train().size());
        assertEquals(1000, data.evaluation().size());
    }

    @Test
    void load_noText_isInBothPartsOrTwice() {
        Set<String> texts = new HashSet<>();
        data.train().forEach(row -> assertTrue(texts.add(row.first().toLowerCase(Locale.ROOT)), row.first()));
        data.evaluation().forEach(row -> assertTrue(texts.add(row.first().toLowerCase(Locale.ROOT)), row.first()));
    }

    @Test
    void load_classFrequencies_areNaturalInBothParts() {
        // In all of WordNet the largest class, noun.artifact, has 11,605 of 82,192 synsets: 0.141.
        assertEquals(0.141, LabelledData.majorityBaseline(data.train()), 0.01);
        assertEquals(0.141, LabelledData.majorityBaseline(data.evaluation()), 0.01);
        for (int label = 0; label < 26; label++) {
            assertEquals(count(data.train(), label) / 4.0, count(data.evaluation(), label), 1.25, "class " + label);
        }
    }

    @Test
    void load_rows_areCleanSingleTexts() {
        for (Example row : data.train()) {
            assertFalse(row.first().isBlank());
            assertFalse(row.first().contains("\""), row.first());
            assertTrue(row.first().matches(".*[^\\s;:,-]"), row.first());
            assertNull(row.second());
            assertEquals(Example.NO_GROUP, row.group());
        }
    }

    @Test
    void labels_areTheTwentySixLexicographerFiles() {
        List<String> labels = Tasks.named("wordnet").labels();
        assertEquals(26, labels.size());
        assertEquals("noun.Tops", labels.get(0));
        assertEquals("noun.animal", labels.get(2));
        assertEquals("noun.time", labels.get(25));
    }

    @Test
    void load_knownGlosses_haveTheirClass() throws IOException {
        List<WordNetSynset> nouns = WordNetTask.glosses();
        assertEquals(82_192, nouns.size());
        assertEquals(
                11_605,
                nouns.stream().filter(noun -> WordNetTask.label(noun) == 3).count());
        // The first synset of WordNet: entity.
        assertEquals(1740, nouns.get(0).offset());
        assertEquals(0, WordNetTask.label(nouns.get(0)));
        assertEquals(
                "that which is perceived or known or inferred to have its own distinct existence (living or nonliving)",
                nouns.get(0).definition());
    }

    @Test
    void definition_examplesAndSeparators_areCutOff() {
        assertEquals("a small cat", WordNetSynset.definition("a small cat; \"the kitten slept\"; \"two kittens\""));
        assertEquals("female cattle", WordNetSynset.definition("female cattle: \"moo\""));
        assertEquals("cloth; of wool", WordNetSynset.definition(" cloth; of wool \"a wool suit\" "));
        assertEquals("forms, etc.", WordNetSynset.definition("forms, etc.; "));
        assertEquals("", WordNetSynset.definition("; \"only an example\""));
    }

    private static double count(List<Example> rows, int label) {
        return rows.stream().filter(row -> row.category() == label).count();
    }

    private static String digest(List<Example> rows) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        rows.forEach(
                row -> digest.update((row.category() + "\t" + row.first() + "\n").getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }
}
