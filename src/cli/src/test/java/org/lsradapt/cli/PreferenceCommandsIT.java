package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
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
        CommandLineRun run = succeed(
                "finetune --task preferences --model {} --train {} --targets all-linear --loss {} --beta "
                        + "0.25 --lr 0.01 --epochs 6 --hold-out 0.25 --dev {} --out {}",
                model,
                train,
                loss,
                train,
                out);
        run.says("24 training and 24 evaluation pairs of answers, loss ");
        JsonNode metrics = JsonFile.readObject(out.resolve("metrics.json"));
        JsonNode result = metrics.get("results").get(0);
        assertTrue(result.at("/metrics/accuracy").doubleValue() > 0.9, result::toString);
        assertTrue(result.at("/metrics/margin").doubleValue() > 0, result::toString);
        assertEquals(
                (loss.equals("dpo") ? "DPO" : "ORPO") + ", beta 0.25",
                metrics.at("/settings/training/loss").textValue());
        JsonNode base = metrics.get("base_metrics");
        assertTrue(base.get("perplexity").doubleValue() > 1, base::toString);
        assertEquals(loss.equals("orpo"), base.has("accuracy"), base::toString);
        assertTrue(Files.readString(out.resolve("report.md")).contains("| base model | "));
        String adapter = out.resolve("lsr-1").toString();
        String answer = generated("--adapter {}", adapter);
        assertFalse(answer.isBlank());
        Path merged = parent.resolve("merged");
        succeed("merge --adapter {} --out {}", adapter, merged);
        assertEquals(answer, generated("--model {}", merged));
        Path gguf = parent.resolve("gguf");
        succeed("merge --adapter {} --format gguf --out {}", adapter, gguf);
        assertEquals(answer, generated("--model {}", gguf.resolve("model.gguf")));
        String card = Files.readString(gguf.resolve("README.md"));
        assertTrue(card.contains("library_name: \"gguf\"") && card.contains("llama-cli -m FOLDER/model.gguf"), card);
        Path peft = parent.resolve("peft");
        succeed("export --adapter {} --out {}", adapter, peft);
        Path back = parent.resolve("back");
        succeed("import --from {} --model {} --out {}", peft, model, back);
        assertEquals(answer, generated("--adapter {}", back));
        Path alone = parent.resolve("alone");
        succeed("export --adapter {} --to gguf --out {}", adapter, alone);
        assertTrue(Files.size(alone.resolve("adapter.gguf")) > 0);
        assertTrue(Files.readString(alone.resolve("README.md")).contains("--lora FOLDER/adapter.gguf"));
    }

    private static String generated(String options, Object... values) {
        return CommandLineRun.of(
                        CommandLineRun.arguments("generate --prompt {} --max-tokens 4", "the sun"),
                        CommandLineRun.arguments(options, values))
                .succeeded()
                .out();
    }

    /** With a chat template, the prompt is a question and the answers are turns of it. */
    @Test
    void conversations_areLearnedFromMessages_andAnsweredByGenerateChat() throws Exception {
        Path chat = Files.createDirectory(parent.resolve("chat"));
        try (Stream<Path> files = Files.list(Path.of(model))) {
            for (Path file : files.toList()) {
                Files.copy(file, chat.resolve(file.getFileName()));
            }
        }
        Files.writeString(chat.resolve("chat_template.jinja"), "{% for m in messages %}{{ m.content }} {% endfor %}");
        String rows = """
                {"messages": [{"role": "user", "content": "the sun"}, {"role": "assistant", "content": "is warm"}]}
                {"messages": [{"role": "user", "content": "the rain"}, {"role": "assistant", "content": "is cold"}]}
                """;
        Path talks = Files.writeString(parent.resolve("talks.jsonl"), rows);
        Path out = parent.resolve("talked");
        succeed(
                "finetune --task instructions --model {} --train {} --dev {} --targets all-linear --lr "
                        + "0.01 --epochs 6 --out {}",
                chat,
                talks,
                talks,
                out);
        String adapter = out.resolve("lsr-1").toString();
        JsonNode epochs = JsonFile.readObject(out.resolve("metrics.json")).at("/results/0/epochs");
        double first = epochs.at("/0/metrics/perplexity").doubleValue();
        assertTrue(epochs.at("/5/metrics/perplexity").doubleValue() < 0.8 * first, epochs::toString);
        assertNotEquals("", answered(adapter, "the sun").strip());
        Path gguf = parent.resolve("chat-gguf");
        succeed("merge --adapter {} --format gguf --out {}", adapter, gguf);
        assertEquals(
                answered(adapter, "the sun"),
                succeed("generate --model {} --chat {} --max-tokens 12", gguf.resolve("model.gguf"), "the sun")
                        .out());
    }

    private static String answered(String adapter, String question) {
        return succeed("generate --adapter {} --chat {} --max-tokens 12", adapter, question)
                .out();
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
        assertRefused(
                message,
                "finetune --task preferences --model {} --train {} --out {} " + options,
                base.equals("llama") ? model : base,
                train,
                parent.resolve("refused"));
        assertFalse(Files.exists(parent.resolve("refused/lsr-1")));
    }

    @Test
    void beta_ofAnotherTask_isRefused() {
        assertRefused(
                "found --beta, expected it with preferences",
                "finetune --task instructions --model {} --train {} --beta 0.1",
                model,
                train);
    }
}
