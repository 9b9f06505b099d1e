package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;

/** From texts and instructions to a trained generator and its continuations, by commands alone. */
class OwnTextCommandsIT extends OwnDataCommands {
    private static final String RAIN = "the sun is warm and the rain is cold. ".repeat(20);
    private static final String GENERATE = "generate --adapter {} --prompt {} --max-tokens 6";

    @Test
    void text_isLearned_andGenerated() throws Exception {
        CommandLineRun run = finetune(
                "llama",
                "--task text --train {} --targets all-linear --max-length 24 --epochs 8 --eval-every 10 --dropout 0.05",
                write("train.txt", RAIN));
        JsonNode metrics = metrics();
        double base = metrics.at("/base_metrics/perplexity").doubleValue();
        double trained = metrics.at("/results/0/metrics/perplexity").doubleValue();
        assertTrue(trained < base / 4, "perplexity " + trained + ", base model " + base + "\n" + run.out());

        String with = generated("");
        String without = generated(" --base");
        assertNotEquals(with, without);
        assertEquals(
                "--- base model\n" + without + "--- adapter " + adapter("lsr-1") + "\n" + with, generated(" --both"));
        String sampling = " --temperature 1 --top-p 0.9 --seed 3";
        assertEquals(generated(sampling), generated(sampling));
        assertEquals(with, generated(" --repetition-penalty 1"));
        assertNotEquals(with, generated(" --repetition-penalty 0.05"));
        assertRefused(
                "repetition penalty is 0.0, expected a finite number above 0",
                GENERATE + " --repetition-penalty 0",
                adapter("lsr-1"),
                "the sun");
        Path prompts = write("prompts.txt", "the sun\nthe rain\n");
        List<String> lines = succeed("generate --adapter {} --prompts {} --max-tokens 6", adapter("lsr-1"), prompts)
                .lines();
        assertEquals(2, lines.size());
        JsonNode first = new ObjectMapper().readTree(lines.get(0));
        assertEquals("the sun", first.get("prompt").asText());
        assertEquals(with.strip(), first.get("text").asText().strip());
        String stop = with.strip().substring(1, 2);
        String stopped = succeed(GENERATE + " --stop {}", adapter("lsr-1"), "the sun", stop)
                .out();
        assertFalse(stopped.contains(stop), stopped);
    }

    private String generated(String options) {
        return succeed(GENERATE + options, adapter("lsr-1"), "the sun").out();
    }

    @Test
    void quantize_measuresPerplexityOnOwnTexts() throws Exception {
        Path books = Files.createDirectory(parent.resolve("books"));
        for (int i = 0; i < 12; i++) {
            Files.writeString(books.resolve(i + ".txt"), "the sun is warm and the rain is cold " + "again ".repeat(i));
        }
        finetune("llama", "--task text --train {} --dev {} --epochs 1", books, books);
        List<String> lines = succeed("quantize --adapter {} --to fp16 --dev {}", adapter("lsr-1"), books)
                .lines();
        assertTrue(lines.get(0).endsWith("  perplexity"), lines.toString());
        double perplexity = metrics().at("/results/0/metrics/perplexity").doubleValue();
        JsonNode interval = metrics().at("/results/0/intervals/perplexity");
        assertTrue(
                interval.get(0).doubleValue() < perplexity
                        && perplexity < interval.get(1).doubleValue(),
                metrics()::toPrettyString);
        assertTrue(
                lines.get(1).endsWith(String.format(Locale.ROOT, "  %.4f", perplexity)), lines + " of " + perplexity);
        Path table = write("answers.jsonl", "{\"prompt\": \"the sun\", \"completion\": \" is warm\"}\n");
        assertTrue(succeed("quantize --adapter {} --to fp16 --dev {}", adapter("lsr-1"), table)
                .lines()
                .get(0)
                .endsWith("  perplexity"));
        assertRefused(
                "--text or --label with --dev " + table + ": the adapter continues texts, expected no columns",
                "quantize --adapter {} --dev {} --text prompt",
                adapter("lsr-1"),
                table);
    }

    @Test
    void examples_ofTextsWithoutLabels_areRefused() throws Exception {
        assertRefused(
                "--task text: found --examples, expected it with classify, ",
                "finetune --model {} --task text --train {} --out {} --examples=10",
                model("llama"),
                write("train.txt", RAIN),
                parent.resolve("run"));
    }

    @Test
    void instructions_areLearned_onTheirCompletions() throws Exception {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            rows.append("{\"instruction\": \"")
                    .append(i % 2 == 0 ? "sun" : "rain")
                    .append("\", \"output\": \"")
                    .append(i % 2 == 0 ? "warm" : "cold")
                    .append("\"}\n");
        }
        Path train = write("train.jsonl", rows.toString());
        finetune("llama", "--task instructions --train {} --dev {} --targets all-linear --epochs 25", train, train);
        String answer = succeed("generate --adapter {} --instruction rain --max-tokens 4", adapter("lsr-1"))
                .out();
        assertEquals("cold", answer.strip());
    }

    @Test
    void instructions_withHoldOut_chooseOnTrainingTexts_andMeasureOthersOnce() throws Exception {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            rows.append("{\"prompt\": \"the sun ")
                    .append("and ".repeat(i))
                    .append("\", \"completion\": \"is warm\"}\n");
        }
        Path train = write("train.jsonl", rows.toString());
        Path dev = write("dev.jsonl", "{\"prompt\": \"the rain\", \"completion\": \"is cold\"}\n");
        finetune(
                "llama",
                "--task instructions --train {} --dev {} --targets all-linear --epochs 6 --hold-out 0.2",
                train,
                dev);
        JsonNode result = metrics().at("/results/0");
        try (TextGenerator generator = TextGenerator.load(Path.of(adapter("lsr-1")))) {
            double measured = generator.perplexity(
                    LanguageModelData.instructions(train).dev(dev).read().evaluation());
            assertEquals(measured, result.at("/metrics/perplexity").doubleValue(), 1e-4 * measured);
            assertTrue(result.at("/held_out_metrics/perplexity").doubleValue() < measured / 2, result.toString());
        }
    }

    @Test
    void commands_forTheOtherKindOfModel_sayWhich() throws Exception {
        assertRefused(
                "continues texts, expected a classifier or a regression; see generate",
                "predict --model {} {}",
                model("llama"),
                "the sun");
        assertRefused("expected", "generate --model {} --prompt {}", model("bert"), "the sun");
        assertRefused(
                "model minilm has no trained head and predicts no tokens", "predict --model minilm {}", "the sun");
        Path none = parent.resolve("gone");
        assertRefused(none + ": there is no such file or folder", "predict --adapter {} {}", none, "the sun");
        assertRefused("no model: expected --adapter FOLDER", "generate --prompt {}", "the sun");
        assertRefused(
                "expected one of --prompt TEXT, --prompts FILE, --instruction TEXT and --chat TEXT",
                "generate --prompt a --instruction b");
    }
}
