package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.internal.JsonFile;

/** From a file of preferences to an adapter that generates, by commands alone. */
class PreferenceCommandsIT {
    @TempDir
    Path parent;

    private Path train;
    private String model;

    @BeforeEach
    void writeRows() throws Exception {
        StringBuilder rows = new StringBuilder("prompt,chosen,rejected\n");
        for (int i = 0; i < 24; i++) {
            boolean sun = i % 2 == 0;
            rows.append("and ".repeat(i / 2))
                    .append(sun ? "the sun, is warm, is cold\n" : "the rain, is cold, is warm\n");
        }
        train = Files.writeString(parent.resolve("train.csv"), rows);
        model = Path.of(getClass().getResource("/golden/families/llama").toURI())
                .toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dpo", "orpo"})
    void preferences_areLearned_andTheAdapterGenerates(String loss) throws Exception {
        Path out = parent.resolve(loss);
        CommandLineRun run = CommandLineRun.of(
                        "finetune",
                        "--task",
                        "preferences",
                        "--model",
                        model,
                        "--train",
                        train.toString(),
                        "--targets",
                        "all-linear",
                        "--loss",
                        loss,
                        "--beta",
                        "0.25",
                        "--lr",
                        "0.01",
                        "--epochs",
                        "6",
                        "--hold-out",
                        "0.25",
                        "--dev",
                        train.toString(),
                        "--out",
                        out.toString())
                .succeeded();
        assertTrue(run.out().contains("24 training and 24 evaluation pairs of answers, loss "), run.out());
        JsonNode metrics = JsonFile.readObject(out.resolve("metrics.json"));
        JsonNode result = metrics.get("results").get(0);
        assertTrue(result.at("/metrics/accuracy").doubleValue() > 0.9, result::toString);
        assertTrue(result.at("/metrics/margin").doubleValue() > 0, result::toString);
        assertEquals(
                (loss.equals("dpo") ? "DPO" : "ORPO") + ", beta 0.25",
                metrics.at("/settings/training/loss").textValue());
        String answer = CommandLineRun.of(
                        "generate",
                        "--adapter",
                        out.resolve("lsr-1").toString(),
                        "--prompt",
                        "the sun",
                        "--max-tokens",
                        "4")
                .succeeded()
                .out();
        assertFalse(answer.isBlank());
    }

    @ParameterizedTest
    @CsvSource({
        "llama, --loss contrast, 'unknown loss ''contrast'', expected one of dpo, orpo'",
        "llama, --beta -1, 'beta is -1.0, expected a finite positive number'",
        "llama, --chunk 2, 'the loss is of two answers together'",
        "llama, --loss orpo --label-smoothing 0.1, 'the loss is ORPO, beta 0.1, expected DPO or no smoothing'",
        "minilm, --loss dpo, predicts no tokens",
    })
    void options_thatDoNotFit_areRefusedBeforeTraining(String base, String options, String message) {
        String[] common = {
            "finetune",
            "--task",
            "preferences",
            "--model",
            base.equals("llama") ? model : base,
            "--train",
            train.toString(),
            "--out",
            parent.resolve("refused").toString()
        };
        String[] more = options.split(" ");
        String[] all = new String[common.length + more.length];
        System.arraycopy(common, 0, all, 0, common.length);
        System.arraycopy(more, 0, all, common.length, more.length);
        CommandLineRun run = CommandLineRun.of(all);
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains(message), run.err());
        assertFalse(Files.exists(parent.resolve("refused/lsr-1")));
    }

    @Test
    void beta_ofAnotherTask_isRefused() {
        CommandLineRun run = CommandLineRun.of(
                "finetune", "--task", "instructions", "--model", model, "--train", train.toString(), "--beta", "0.1");
        assertTrue(run.err().contains("found --beta, expected it with preferences"), run.err());
    }
}
