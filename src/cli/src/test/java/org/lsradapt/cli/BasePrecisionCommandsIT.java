package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;

/** {@code --base-precision}, from training to merging. */
class BasePrecisionCommandsIT {
    private static final String MODEL = "src/transformers/src/test/resources/golden/families/bert";

    @TempDir
    Path parent;

    private Path trained(String options) throws IOException {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < 20; i++) {
            rows.append("the sun ")
                    .append(i)
                    .append(",good\nthe rain ")
                    .append(i)
                    .append(",bad\n");
        }
        Path data = Files.writeString(parent.resolve("train.csv"), rows);
        Path run = parent.resolve("run");
        succeed(
                "finetune --model {} --task classify --train {} --epochs 1 --methods lsr --s 2 --out {} " + options,
                MODEL,
                data,
                run);
        return run;
    }

    @Test
    void bf16_isRecordedKeptAndSaidWhenMerged() throws IOException {
        Path run = trained("--base-precision bf16");
        String adapter = run.resolve("lsr-1").toString();
        JsonNode config = JsonFile.readObject(run.resolve("lsr-1").resolve("adapter_config.json"));
        assertEquals("bf16", config.get("base_precision").textValue());
        assertTrue(Files.readString(run.resolve("report.md")).contains("precision of the base model"));
        String kept = succeed("predict --adapter {} {}", adapter, "the sun 3").out();
        String asked = succeed("predict --adapter {} --base-precision bf16 {}", adapter, "the sun 3")
                .out();
        assertEquals(asked, kept);
        CommandLineRun full = succeed("predict --adapter {} --base-precision f32 {}", adapter, "the sun 3");
        assertEquals(kept.split("\t")[0], full.out().split("\t")[0]);
        CommandLineRun merged = succeed("merge --adapter {} --out {}", adapter, parent.resolve("merged"));
        merged.says("note: the adapter was trained on a base model kept in bf16; here the base" + " model is used");
    }

    @Test
    void reduceAndQuantize_measureOnWhatTheAdapterWasTrainedOn() throws IOException {
        StringBuilder rows = new StringBuilder("index\tsentence1\tsentence2\tscore\n");
        for (int i = 0; i < 12; i++) {
            rows.append(i)
                    .append("\ta plane ")
                    .append(i)
                    .append("\tan aircraft ")
                    .append(i * i % 7)
                    .append('\t')
                    .append(i * 5 % 6)
                    .append('\n');
        }
        Path data = Files.createDirectory(parent.resolve("stsb"));
        Files.writeString(data.resolve("train.tsv"), rows);
        Files.writeString(data.resolve("dev.tsv"), rows);
        Path run = parent.resolve("run");
        succeed(
                "finetune --task stsb --data {} --base-precision int4 --epochs 1 --head-steps 0 --methods "
                        + "lsr --out {}",
                data,
                run);
        String trained = String.format(
                Locale.ROOT,
                "%.4f",
                JsonFile.readObject(run.resolve("metrics.json"))
                        .at("/results/0/metrics/pearson")
                        .doubleValue());
        for (String command : List.of("reduce", "quantize")) {
            List<String> lines = succeed("{} --adapter {} --data {}", command, run.resolve("lsr-1"), data)
                    .lines();
            int pearson = List.of(lines.get(0).trim().split(" {2,}")).indexOf("pearson");
            int columns = lines.get(0).trim().split(" {2,}").length;
            String[] cells = lines.get(1).trim().split(" {2,}");
            assertEquals(trained, cells[cells.length - columns + pearson], lines::toString);
        }
    }

    @Test
    void notAsked_isWrittenAsStored() throws IOException {
        JsonNode config = JsonFile.readObject(trained("").resolve("lsr-1").resolve("adapter_config.json"));
        assertEquals("stored", config.get("base_precision").textValue());
    }

    @Test
    void int8Dynamic_answersAndDoesNotTrain() throws IOException {
        String adapter = trained("").resolve("lsr-1").toString();
        String exact = succeed("predict --adapter {} {}", adapter, "the sun 3").out();
        String rounded = succeed("predict --adapter {} --base-precision int8-dynamic {}", adapter, "the sun 3")
                .out();
        assertEquals(exact.split("\t")[0], rounded.split("\t")[0]);
        CommandLineRun refused = CommandLineRun.line(
                "finetune --model {} --task classify --train {} --base-precision int8-dynamic --out {}",
                MODEL,
                parent.resolve("train.csv"),
                parent.resolve("other"));
        assertEquals(
                "error: training: the base model is kept in int8-dynamic, which is for inference alone; expected f32,"
                        + " bf16, int8, int4 or stored (an adapter trained on any of them can then be used in"
                        + " int8-dynamic)",
                refused.err().strip().lines().reduce((a, b) -> b).orElse(""));
        assertTrue(!Files.exists(parent.resolve("other")));
    }

    @Test
    void unknownPrecision_isNamedWithThoseThereAre() {
        CommandLineRun run = CommandLineRun.line("finetune --model {} --base-precision int3", MODEL);
        assertEquals(
                "error: precision of the base model is 'int3', expected f32, bf16, int8, int4, int8-dynamic or stored",
                run.err().strip().lines().reduce((a, b) -> b).orElse(""));
    }

    @Test
    void ggufFile_isContinuedAsItIsAndInFloat() throws IOException {
        String command = "generate --model src/transformers/src/test/resources/golden/gguf/blocks.gguf --prompt the"
                + " --max-tokens 5";
        String kept = succeed(command).out();
        assertTrue(!kept.isBlank(), kept);
        assertTrue(!succeed(command + " --base-precision f32").out().isBlank());
    }

    @Test
    void widthThatBlocksDoNotDivide_isOneLine() {
        assertRefused(
                "INT8 is in blocks of 32, expected a multiple of that",
                "generate --model src/transformers/src/test/resources/golden/families/llama "
                        + "--base-precision int8 --prompt The");
    }
}
