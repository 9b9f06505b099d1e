package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelNameTest {

    private static String complaint(String name) {
        return assertThrows(IllegalArgumentException.class, () -> Models.load(name))
                .getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "minilmm, minilm",
        "MiniLM, minilm",
        "all-MiniLM-L6-v2, minilm",
        "sentence-transformers/all-MiniLM-L6-v2, minilm",
        "bge-smal, bge-small",
        "google-bert/bert-base-uncased, bert-base",
        "bert_base, bert-base"
    })
    void misspeltName_andTheHubsName_tellWhichIsMeant(String name, String meant) {
        assertTrue(complaint(name).endsWith("; did you mean " + meant + "?"), complaint(name));
    }

    @Test
    void nameOnTheHub_tellsHowToGetIt() {
        assertEquals(
                "model 'answerdotai/ModernBERT-base': there is no such folder, and nothing is downloaded; if it is a name"
                        + " on Hugging Face's hub, run hf download answerdotai/ModernBERT-base --local-dir"
                        + " ModernBERT-base, and give that folder: ModernBERT-base",
                complaint("answerdotai/ModernBERT-base"));
    }

    @ParameterizedTest
    @CsvSource({"none", "maxi", "a/b/c", "./gone", "../x/y"})
    void otherName_isGivenTheNames(String name) {
        assertEquals(
                "model '" + name + "': there is no such folder or file; expected " + Models.description(),
                complaint(name));
    }

    @ParameterizedTest
    @CsvSource({"'', abc, 3", "abc, abc, 0", "kitten, sitting, 3", "minilm, mniilm, 2"})
    void distance_countsChangedLetters(String one, String other, int distance) {
        assertEquals(distance, ModelName.distance(one, other));
        assertEquals(distance, ModelName.distance(other, one));
    }
}
