package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {

    @TempDir
    Path runs;

    @Test
    void fresh_isNamedAfterTaskAndModel_andNumberedWhereThatIsTaken() throws IOException {
        assertEquals(runs.resolve("wordnet-minilm"), OutputFolder.fresh(runs, "wordnet", "minilm"));
        Files.createDirectory(runs.resolve("wordnet-minilm"));
        assertEquals(runs.resolve("wordnet-minilm"), OutputFolder.fresh(runs, "wordnet", "minilm"), "empty is free");
        Files.writeString(runs.resolve("wordnet-minilm/metrics.json"), "{}");
        Files.writeString(runs.resolve("wordnet-minilm-2"), "a file");
        assertEquals(runs.resolve("wordnet-minilm-3"), OutputFolder.fresh(runs, "wordnet", "minilm"));
    }

    @Test
    void fresh_forAFolderModel_takesItsLastName() throws IOException {
        assertEquals(runs.resolve("mrpc-bert"), OutputFolder.fresh(runs, "mrpc", "../models/bert/"));
        assertEquals(runs.resolve("mrpc-bert"), OutputFolder.fresh(runs, "mrpc", "models/bert/."));
        assertEquals(runs.resolve("mrpc-model"), OutputFolder.fresh(runs, "mrpc", "/"));
    }

    @Test
    void removeIfEmpty_removesNothingElse() throws IOException {
        Path full = Files.createDirectory(runs.resolve("full"));
        Files.writeString(full.resolve("note"), "");
        OutputFolder.removeIfEmpty(full);
        assertTrue(Files.exists(full));
        Path empty = Files.createDirectory(runs.resolve("empty"));
        OutputFolder.removeIfEmpty(empty);
        assertTrue(Files.notExists(empty));
    }
}
