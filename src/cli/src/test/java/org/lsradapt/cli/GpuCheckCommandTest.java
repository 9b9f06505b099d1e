package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.models.TinyModels;

class GpuCheckCommandTest {
    private static final String DRIVER = "lsradapt.cuda.driver";

    @TempDir
    Path folder;

    @BeforeEach
    void hideTheDriver() {
        System.setProperty(DRIVER, folder.resolve("libcuda.so.1").toString());
    }

    @AfterEach
    void showTheDriver() {
        System.clearProperty(DRIVER);
    }

    @Test
    void gpuCheck_withoutADriver_saysSoInEachStage() throws Exception {
        Path file = folder.resolve("check.json");
        CommandLineRun run = CommandLineRun.line("gpu-check --json {}", file);
        String missing =
                "NVIDIA's driver not found: -D" + DRIVER + "=" + folder.resolve("libcuda.so.1") + " is not a file";
        run.says("FAILED  libraries" + System.lineSeparator() + "        " + missing);
        assertTrue(run.err().contains("gpu-check: 4 of 4 stages failed"), run.err());
        JsonNode stages = new ObjectMapper().readTree(file.toFile()).get("stages");
        List<String> names = List.of("libraries", "device", "modules", "models");
        for (int i = 0; i < names.size(); i++) {
            assertEquals(names.get(i), stages.get(i).get("name").textValue());
            assertFalse(stages.get(i).get("passed").booleanValue());
            assertEquals(1, stages.get(i).get("lines").size());
            assertEquals(missing, stages.get(i).get("lines").get(0).textValue());
        }
    }

    /** They open the device before the model, which is not there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "predict --model none hello",
                "embed --model none hello",
                "search --model none --passages texts.txt hello",
                "mine-negatives --model none --train rows.csv --out mined.jsonl",
                "rerank --model none --query hello --passages texts.txt",
                "zero-shot --model none --labels a,b image.png",
                "generate --model none --prompt hello",
                "store predict --store missing --adapter texts.txt --data rows.csv --per anchor"
            })
    void command_onAGpuWithoutADriver_saysSoInOneLine(String command) throws Exception {
        Files.writeString(folder.resolve("texts.txt"), "hello\n");
        Files.writeString(folder.resolve("image.png"), "");
        Files.writeString(folder.resolve("rows.csv"), "anchor,positive\nhello,world\n");
        assertRefused(
                "--device cuda: NVIDIA's driver not found: -D" + DRIVER + "=",
                command.replaceAll("(\\S+[.]\\S+)", folder + "/$1") + " --device cuda");
    }

    @Test
    void embed_onAnyDeviceWithoutADriver_computesOnTheCpuAndSaysWhy() throws Exception {
        Path model = TinyModels.writeBert(Files.createDirectory(folder.resolve("model")), 5);
        CommandLineRun run = CommandLineRun.line("embed --model {} --device auto hello", model);
        assertTrue(run.err().startsWith("device: cpu; no GPU is used: NVIDIA's driver not found: "), run.err());
        assertTrue(run.out().startsWith("{\"text\":\"hello\",\"embedding\":["), run.out());
    }

    @Test
    void finetune_onAGpuWithoutADriver_saysSoInOneLine() throws Exception {
        Path rows = Files.writeString(
                folder.resolve("rows.csv"), "text,label\nsun,warm\nrain,cold\nsnow,cold\nheat,warm\n");
        assertRefused(
                "--device cuda: NVIDIA's driver not found: -D" + DRIVER + "=" + folder.resolve("libcuda.so.1")
                        + " is not a file",
                "finetune --task classify --train {} --text text --label label --out {} --device cuda",
                rows,
                folder.resolve("run"));
    }
}
