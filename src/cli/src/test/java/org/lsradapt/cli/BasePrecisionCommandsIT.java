package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;

/** {@code --base-precision}, from training to merging. */
class BasePrecisionCommandsIT {
    private static final String MODEL = "src/transformers/src/test/resources/golden/families/bert";

    @TempDir
    Path parent;

    private Path trained(String... options) throws IOException {
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
        String[] command = {
            "finetune",
            "--model",
            MODEL,
            "--task",
            "classify",
            "--train",
            data.toString(),
            "--epochs",
            "1",
            "--methods",
            "lsr",
            "--s",
            "2",
            "--out",
            run.toString()
        };
        String[] all =
                Stream.concat(Arrays.stream(command), Arrays.stream(options)).toArray(String[]::new);
        CommandLineRun.of(all).succeeded();
        return run;
    }

    @Test
    void bf16_isRecordedKeptAndSaidWhenMerged() throws IOException {
        Path run = trained("--base-precision", "bf16");
        String adapter = run.resolve("lsr-1").toString();
        JsonNode config = JsonFile.readObject(run.resolve("lsr-1").resolve("adapter_config.json"));
        assertEquals("bf16", config.get("base_precision").textValue());
        assertTrue(Files.readString(run.resolve("report.md")).contains("precision of the base model"));
        String kept = CommandLineRun.line("predict --adapter {} {}", adapter, "the sun 3")
                .succeeded()
                .out();
        String asked = CommandLineRun.line("predict --adapter {} --base-precision bf16 {}", adapter, "the sun 3")
                .succeeded()
                .out();
        assertEquals(asked, kept);
        CommandLineRun full = CommandLineRun.line("predict --adapter {} --base-precision f32 {}", adapter, "the sun 3")
                .succeeded();
        assertEquals(kept.split("\t")[0], full.out().split("\t")[0]);
        CommandLineRun merged = CommandLineRun.line("merge --adapter {} --out {}", adapter, parent.resolve("merged"))
                .succeeded();
        assertTrue(
                merged.out()
                        .contains("note: the adapter was trained on a base model kept in bf16; here the base"
                                + " model is used"),
                merged.out());
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
        CommandLineRun.line(
                        "finetune --task stsb --data {} --base-precision int4 --epochs 1 --head-steps 0 --methods "
                                + "lsr --out {}",
                        data,
                        run)
                .succeeded();
        String trained = String.format(
                Locale.ROOT,
                "%.4f",
                JsonFile.readObject(run.resolve("metrics.json"))
                        .at("/results/0/metrics/pearson")
                        .doubleValue());
        for (String command : List.of("reduce", "quantize")) {
            List<String> lines = CommandLineRun.line("{} --adapter {} --data {}", command, run.resolve("lsr-1"), data)
                    .succeeded()
                    .lines();
            int pearson = List.of(lines.get(0).trim().split(" {2,}")).indexOf("pearson");
            int columns = lines.get(0).trim().split(" {2,}").length;
            String[] cells = lines.get(1).trim().split(" {2,}");
            assertEquals(trained, cells[cells.length - columns + pearson], lines::toString);
        }
    }

    @Test
    void notAsked_isWrittenAsStored() throws IOException {
        JsonNode config = JsonFile.readObject(trained().resolve("lsr-1").resolve("adapter_config.json"));
        assertEquals("stored", config.get("base_precision").textValue());
    }

    @Test
    void int8Dynamic_answersAndDoesNotTrain() throws IOException {
        String adapter = trained().resolve("lsr-1").toString();
        String exact = CommandLineRun.line("predict --adapter {} {}", adapter, "the sun 3")
                .succeeded()
                .out();
        String rounded = CommandLineRun.line(
                        "predict --adapter {} --base-precision int8-dynamic {}", adapter, "the sun 3")
                .succeeded()
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
        String file = "src/transformers/src/test/resources/golden/gguf/blocks.gguf";
        String[] command = {"generate", "--model", file, "--prompt", "the", "--max-tokens", "5"};
        String kept = CommandLineRun.of(command).succeeded().out();
        String[] wide = Stream.concat(Arrays.stream(command), Stream.of("--base-precision", "f32"))
                .toArray(String[]::new);
        assertTrue(!kept.isBlank(), kept);
        assertTrue(!CommandLineRun.of(wide).succeeded().out().isBlank());
    }

    @Test
    void widthThatBlocksDoNotDivide_isOneLine() {
        CommandLineRun run =
                CommandLineRun.line("generate --model src/transformers/src/test/resources/golden/families/llama "
                        + "--base-precision int8 --prompt The");
        assertTrue(run.err().contains("INT8 is in blocks of 32, expected a multiple of that"), run.err());
    }
}
