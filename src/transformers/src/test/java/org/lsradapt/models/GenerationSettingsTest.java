package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;

class GenerationSettingsTest {
    private static final int VOCABULARY = 100;

    @TempDir
    private Path folder;

    private final ObjectNode config =
            JsonFile.newObject().put("eos_token_id", 7).put("top_p", 0.5);

    private GenerationSettings with(ObjectNode generation) throws IOException {
        JsonFile.write(folder.resolve("generation_config.json"), generation);
        return GenerationSettings.of(folder, config, VOCABULARY);
    }

    @Test
    void of_withTheFile_readsItAlone() throws IOException {
        assertEquals(
                Set.of(7), GenerationSettings.of(folder, config, VOCABULARY).endTokens());
        assertEquals(Set.of(), with(JsonFile.newObject()).endTokens());
        ObjectNode several = JsonFile.newObject();
        several.putArray("eos_token_id").add(3).add(VOCABULARY).add(-1);
        assertEquals(Set.of(3), with(several).endTokens());
    }

    @Test
    void of_aPenaltyThatIsNone_isRefused() throws IOException {
        assertEquals(1, with(JsonFile.newObject().putNull("repetition_penalty")).repetitionPenalty());
        String message = assertThrows(
                        IOException.class, () -> with(JsonFile.newObject().put("repetition_penalty", 0)))
                .getMessage();
        assertEquals(
                folder.resolve("generation_config.json")
                        + ": field \"repetition_penalty\": found 0.0, expected a finite number above 0",
                message);
    }

    @Test
    void unread_namesWhatChangesTexts_andNothingElse() throws IOException {
        ObjectNode harmless = JsonFile.newObject()
                .put("bos_token_id", 1)
                .put("do_sample", false)
                .put("temperature", 0.6)
                .put("top_p", 0.9)
                .put("repetition_penalty", 1.1)
                .put("num_beams", 1)
                .put("no_repeat_ngram_size", 0)
                .put("max_length", 4096)
                .putNull("suppress_tokens")
                .put("transformers_version", "5.24.0");
        harmless.putArray("bad_words_ids");
        assertEquals("", with(harmless).unread());
        ObjectNode more =
                harmless.deepCopy().put("do_sample", true).put("top_k", 0).put("no_repeat_ngram_size", 3);
        more.putArray("suppress_tokens").add(5);
        assertEquals(
                folder.resolve("generation_config.json")
                        + ": do_sample true, no_repeat_ngram_size 3, suppress_tokens [5],"
                        + " temperature 0.6, top_p 0.9",
                with(more).unread());
    }
}
