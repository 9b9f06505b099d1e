package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.Samples;

/** Answers in passages from a file to a saved adapter, and what commands do with that, on a small random model. */
class SpansCommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUESTION = "is the sun a smile?";
    private static final String PASSAGE = "\ud83d\ude00 the rain is a warm smile and cold";

    @TempDir
    static Path parent;

    private static Path train;
    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        train = lines("train.jsonl", 0, 48);
        run = parent.resolve("run");
        trained = finetune("bert", train, run, "--epochs 40 --methods frozen,lora")
                .succeeded();
    }

    private static CommandLineRun finetune(String model, Path data, Path out, String more) throws IOException {
        return CommandLineRun.line(
                "finetune --task spans --model {} --train {} --dev {} --out {} " + more,
                Samples.model(model),
                data,
                lines("dev.jsonl", 0, 15),
                out);
    }

    /** What is asked for is a smile with the word before it; a third of the passages has none. */
    private static Path lines(String name, int from, int to) throws IOException {
        StringBuilder lines = new StringBuilder();
        String[] parts = {"the", "rain", "is", "cold", "and", "sun", ",", "\ud83d\ude00", "a"};
        for (int i = from; i < to; i++) {
            Random random = new Random(i);
            List<String> words = new ArrayList<>();
            for (int k = 0; k < 8; k++) {
                words.add(parts[random.nextInt(parts.length)]);
            }
            String answers = "{\"text\": [], \"answer_start\": []}";
            if (i % 3 != 0) {
                words.add(random.nextInt(8), "warm smile");
                String passage = String.join(" ", words);
                int start = passage.codePointCount(0, passage.indexOf("warm"));
                answers = "{\"text\": [\"warm smile\"], \"answer_start\": [" + start + "]}";
            }
            lines.append("{\"question\": \"" + QUESTION + "\", \"context\": \"" + String.join(" ", words)
                    + "\", \"answers\": " + answers + "}\n");
        }
        return Files.writeString(parent.resolve(name), lines);
    }

    private static String adapter() {
        return run.resolve("lora-1").toString();
    }

    private static JsonNode answer(String option, Object from) throws IOException {
        return JSON.readTree(
                succeed("predict {} " + option, QUESTION + "\t" + PASSAGE, from).out());
    }

    @Test
    void finetune_printsAndWritesF1() throws IOException {
        trained.says("no answer");
        JsonNode metrics = JSON.readTree(run.resolve("metrics.json").toFile());
        assertEquals("f1", metrics.get("primary_metric").textValue());
        JsonNode lora = metrics.get("results").get(1).get("metrics");
        assertTrue(lora.get("f1").doubleValue() > 0.8, metrics::toString);
        assertTrue(lora.has("accuracy_unanswerable"), metrics::toString);
        CommandLineRun inspected = succeed("inspect --adapter {}", adapter());
        inspected.says("spans, answers in passages (none above ");
    }

    @Test
    void predict_printsAnswersWithTheirPlaces() throws IOException {
        JsonNode found = answer("--adapter {}", adapter());
        assertEquals("warm smile", found.get("answer").textValue());
        assertEquals(16, found.get("start").intValue());
        assertEquals(26, found.get("end").intValue());
        assertEquals(
                17,
                answer("--adapter {} --offsets utf-16", adapter()).get("start").intValue());
        JsonNode none =
                JSON.readTree(succeed("predict --adapter {} {}", adapter(), QUESTION + "\tthe rain is cold and the sun")
                        .out());
        assertTrue(none.get("answer").isNull() && !none.has("start"), none::toString);
    }

    @Test
    void predict_comparesAFile() throws IOException {
        CommandLineRun compared = CommandLineRun.line("predict --adapter {} --data {}", adapter(), train);
        assertEquals(0, compared.code(), compared.err());
        assertEquals(48, compared.out().lines().count());
        assertTrue(
                compared.err().matches("(?s).*f1 [01]\\.\\d{4}  exact_match [01]\\.\\d{4}  f1_answerable .*"),
                compared.err());
    }

    @Test
    void predict_ofQuestionsWithIds_keepsThem_alsoAsSquadReadsThem() throws IOException {
        Path data = Files.writeString(parent.resolve("ids.json"), """
                {"data": [{"paragraphs": [{"context": "the rain is a warm smile and cold", "qas": [
                  {"id": "q-7", "question": "is the sun a smile?", "answers": [{"text": "warm smile", "answer_start": 14}]}]},
                  {"context": "the rain is cold and the sun", "qas": [
                  {"id": "q-8", "question": "is the sun a smile?", "answers": []}]}]}]}
                """);
        Path answers = parent.resolve("answers.json");
        List<String> command =
                CommandLineRun.arguments("predict --adapter {} --data {} --squad {}", adapter(), data, answers);
        CommandLineRun predicted = CommandLineRun.of(command);
        assertEquals(0, predicted.code(), predicted.err());
        assertEquals("q-7", JSON.readTree(predicted.lines().get(0)).get("id").textValue());
        assertEquals(
                "{\"q-7\":\"warm smile\",\"q-8\":\"\"}",
                JSON.readTree(answers.toFile()).toString());
        Files.writeString(data, Files.readString(data).replace("q-8", "q-7"));
        CommandLineRun.of(command).refused("--squad " + answers + ": the file exists");
        Files.delete(answers);
        CommandLineRun.of(command).refused("2 questions have 1 different ids, expected an id for each");
        assertRefused(
                "found --squad without --data FILE, expected both",
                "predict --adapter {} --squad x.json {}",
                adapter(),
                "a\tb");
    }

    @Test
    void merge_isTheClassOfTransformers_withEqualAnswers() throws IOException {
        Path merged = parent.resolve("merged");
        succeed("merge --adapter {} --out {}", adapter(), merged);
        JsonNode config = JSON.readTree(merged.resolve("config.json").toFile());
        assertEquals(
                "BertForQuestionAnswering", config.get("architectures").get(0).textValue());
        assertTrue(config.get("no_answer_threshold").isNumber());
        JsonNode found = answer("--model {}", merged);
        assertEquals("warm smile", found.get("answer").textValue());
        assertEquals(
                answer("--adapter {}", adapter()).get("score").doubleValue(),
                found.get("score").doubleValue(),
                1e-4);
    }

    @Test
    void export_isPeftsTask_andComesBack() throws IOException {
        Path peft = parent.resolve("peft");
        succeed("export --adapter {} --out {}", adapter(), peft);
        assertEquals(
                "QUESTION_ANS",
                JSON.readTree(peft.resolve("adapter_config.json").toFile())
                        .get("task_type")
                        .textValue());
        Path back = parent.resolve("back");
        succeed("import --from {} --model {} --out {}", peft, Samples.model("bert"), back);
        assertEquals("warm smile", answer("--adapter {}", back).get("answer").textValue());
    }

    @Test
    void whatDoesNotFit_isRefusedBeforeTraining() throws IOException {
        finetune("llama", train, parent.resolve("causal"), "--lr 0.01")
                .refused("expected an encoder of texts to answer questions");
        finetune("bert", train, parent.resolve("csv"), "--lr 0.01 --format csv")
                .refused("--format csv: questions about passages are read from SQuAD's JSON");
        finetune("bert", train, parent.resolve("columns"), "--text a").refused("--text");
        assertRefused("the model finds spans", "predict --adapter {} --probabilities {}", adapter(), "a\tb");
        assertRefused(
                "found 1 text, the task needs 2, separated by a tab", "predict --adapter {} {}", adapter(), "one text");
    }
}
