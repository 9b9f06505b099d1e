package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.models.Models;
import org.lsradapt.models.TinyModels;

/** {@code models} and {@code tasks}. */
class ListingCommandsTest {
    private static final String CACHE = "HF_HUB_CACHE";

    @TempDir
    Path folder;

    @BeforeEach
    void useCache() {
        System.setProperty(CACHE, folder.resolve("hub").toString());
    }

    @AfterEach
    void forgetCache() {
        System.clearProperty(CACHE);
    }

    @Test
    void tasks_listsEveryTaskWithALine() {
        String out = succeed("tasks").out();
        for (var type : TaskOptionSpecs.types()) {
            assertTrue(out.matches("(?s).*\\b" + type.name() + "\\b.*"), type.name());
            assertTrue(!out.contains("  " + String.format("%-16s", type.name()) + System.lineSeparator()), type.name());
        }
        String options = succeed("tasks classify").out();
        assertTrue(options.contains("--label COLUMN"), options);
        assertTrue(CommandLineRun.line("tasks sort").err().contains("unknown task \"sort\""));
    }

    @Test
    void models_saysWhatTheCacheHas() throws Exception {
        Path snapshot = Files.createDirectories(folder.resolve("hub/models--some--bert/snapshots/main"));
        TinyModels.writeBert(snapshot, 1);
        Files.createDirectories(folder.resolve("hub/models--some--part/snapshots/main"));
        List<String> lines = succeed("models").lines();
        assertTrue(lines.contains("  minilm  sentence-transformers/all-MiniLM-L6-v2"), lines::toString);
        assertTrue(lines.contains("  some/bert  bert"), lines::toString);
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.startsWith("  some/part  ") && line.contains("hf download some/part")),
                lines::toString);
        assertEquals(
                "some/bert: " + snapshot + System.lineSeparator(),
                succeed("models some/bert").out());
        assertTrue(CommandLineRun.line("models some/bird").err().contains("did you mean some/bert?"));
        assertTrue(CommandLineRun.line("tasks clasify").err().contains("did you mean classify?"));
    }

    @Test
    void models_ofAFolder_areListedWithTheirTypes() throws Exception {
        Path models = Files.createDirectory(folder.resolve("models"));
        TinyModels.writeBert(Files.createDirectory(models.resolve("minilm")), 1);
        Files.writeString(
                Files.createDirectory(models.resolve("speech")).resolve("config.json"),
                "{\"model_type\": \"whisper\"}");
        Files.writeString(models.resolve("small.gguf"), "");
        List<String> found = Models.list(models).stream()
                .filter(one -> one.place() == Models.Place.FOLDER)
                .map(one -> one.name() + " " + one.note())
                .toList();
        assertEquals(
                List.of("./minilm bert", "small.gguf GGUF file", "speech whisper, which is not supported"),
                found.stream().map(line -> line.replace('\\', '/')).toList());
    }
}
