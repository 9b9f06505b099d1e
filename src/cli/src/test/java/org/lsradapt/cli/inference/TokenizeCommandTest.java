package org.lsradapt.cli.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.finetuning.Samples;

/** Expected values are those of transformers' PreTrainedTokenizerFast on the same files. */
class TokenizeCommandTest {
    @TempDir
    Path parent;

    private static JsonNode json(String line, Object... values) throws Exception {
        return new ObjectMapper().readTree(succeed(line, values).out());
    }

    @Test
    void tokenize_isATableWithTheSpecialTokens() {
        List<String> lines = succeed(
                        "tokenize --model {} {} {}", Samples.model("bert"), "the sun \u00e9 \ud83d\ude00 is", "sun\tis")
                .lines();
        assertEquals(
                List.of(
                        "token  id  type  from  to",
                        "[CLS]   2     0     -   -",
                        "the    56     0     0   3",
                        "sun    57     0     4   7",
                        "e      14     0     8   9",
                        "[UNK]   1     0    10  11",
                        "is     58     0    12  14",
                        "[SEP]   3     0     -   -",
                        "7 tokens",
                        "",
                        "token  id  type  from  to",
                        "[CLS]   2     0     -   -",
                        "sun    57     0     0   3",
                        "[SEP]   3     0     -   -",
                        "is     58     1     0   2",
                        "[SEP]   3     1     -   -",
                        "5 tokens",
                        ""),
                lines);
    }

    /** Hugging Face's cache is asked wherever a model is named. */
    @Test
    void tokenize_ofANameInTheCache_isThatModels() throws Exception {
        Path kept = parent.resolve("models--tiny--bert");
        Path snapshot = Files.createDirectories(kept.resolve("snapshots/0123abcd"));
        Files.writeString(Files.createDirectories(kept.resolve("refs")).resolve("main"), "0123abcd");
        try (Stream<Path> files = Files.list(Path.of(Samples.model("bert")))) {
            for (Path file : files.toList()) {
                Files.createSymbolicLink(snapshot.resolve(file.getFileName()), file);
            }
        }
        System.setProperty("HF_HUB_CACHE", parent.toString());
        try {
            assertEquals(
                    json("tokenize --json --model {} {}", Samples.model("bert"), "the sun"),
                    json("tokenize --json --model tiny/bert {}", "the sun"));
        } finally {
            System.clearProperty("HF_HUB_CACHE");
        }
    }

    @Test
    void tokenize_asJson_hasTheNamesAndOffsetsOfTransformers() throws Exception {
        JsonNode line = json("tokenize --json --model {} {}", Samples.model("bert"), "the sun [SEP]\tis");
        assertEquals("the sun [SEP]", line.get("text").textValue());
        assertEquals("is", line.get("second_text").textValue());
        assertEquals(
                "[\"[CLS]\",\"the\",\"sun\",\"[SEP]\",\"[SEP]\",\"is\",\"[SEP]\"]",
                line.get("tokens").toString());
        assertEquals("[2,56,57,3,3,58,3]", line.get("input_ids").toString());
        assertEquals("[0,0,0,0,0,1,1]", line.get("token_type_ids").toString());
        assertEquals("[1,0,0,0,1,0,1]", line.get("special_tokens_mask").toString(), "one stands in the text itself");
        assertEquals(
                "[[0,0],[0,3],[4,7],[8,13],[0,0],[0,2],[0,0]]",
                line.get("offset_mapping").toString());
    }

    /** A character beyond the basic plane is one, though Java has two for it. */
    @Test
    void tokenize_ofBytePairs_countsUnicodeCharacters() throws Exception {
        JsonNode line = json("tokenize --json --model {} {}", Samples.model("llama"), "sun \ud83d\ude00 is");
        assertEquals(
                "[[0,0],[0,1],[1,3],[3,4],[4,5],[4,5],[4,5],[5,8]]",
                line.get("offset_mapping").toString());
    }

    @Test
    void tokenize_longTexts_areCutAsTheAdapterCutsThem() throws Exception {
        StringBuilder rows = new StringBuilder("text,label\n");
        IntStream.range(0, 20).forEach(i -> rows.append(Samples.text(i)).append(i % 2 == 0 ? ",a\n" : ",b\n"));
        String train = Files.writeString(parent.resolve("train.csv"), rows).toString();
        String run = parent.resolve("run").toString();
        succeed(
                "finetune --model {} --task classify --train {} --epochs 1 --max-length 5 --head-steps 0 " + "--out {}",
                Samples.model("bert"),
                train,
                run);
        String text = "the sun is warm and the rain is cold";
        assertEquals(
                "[2,56,57,58,3]",
                json("tokenize --json --adapter {}/lsr-1 {}", run, text)
                        .get("input_ids")
                        .toString());
        assertEquals(
                "[2,56,57,3]",
                json("tokenize --json --adapter {}/lsr-1 --max-length 4 {}", run, text)
                        .get("input_ids")
                        .toString());
        assertEquals(
                11,
                json("tokenize --json --model {} {}", Samples.model("bert"), text)
                        .get("input_ids")
                        .size());
    }

    @Test
    void tokenize_whereTheModelReadsTextsOfOneLength_showsWhatFillsThem() throws Exception {
        JsonNode line = json("tokenize --json --model {} {}", Samples.model("siglip"), "two dogs");
        assertEquals("[12,11,1,1,1,1,1,1,1,1,1,1]", line.get("input_ids").toString());
        assertEquals(
                "[0,0,1,1,1,1,1,1,1,1,1,1]", line.get("special_tokens_mask").toString());
        assertEquals("</s>", line.get("tokens").get(11).textValue());
        assertTrue(
                line.get("offset_mapping").toString().startsWith("[[0,3],[3,8],[0,0],"),
                line.get("offset_mapping").toString());
    }

    @Test
    void tokenize_readsAFileOrStandardInput_andModelsOfTwoTowers() throws Exception {
        Path file = Files.writeString(parent.resolve("texts"), "the sun\nthe rain\n");
        for (String model : List.of("bert", "clip")) {
            List<String> command = CommandLineRun.arguments("tokenize --json --model {}", Samples.model(model));
            List<String> fromFile = CommandLineRun.of(command, List.of("--file", file.toString()))
                    .succeeded()
                    .lines();
            assertEquals(2, fromFile.size());
            assertEquals(
                    fromFile,
                    CommandLineRun.withInput("the sun\nthe rain\n", command)
                            .succeeded()
                            .lines());
        }
    }

    @Test
    void tokenize_withWhatCannotBe_isRefused() {
        String bert = Samples.model("bert");
        assertRefused("no tokenizer: expected --model MODEL, or --adapter FOLDER, as finetune saves it", "sun");
        assertRefused("arguments, line 1: the text is empty, expected a text", "--model {} {}", bert, " ");
        assertRefused("--max-length 0: expected >= 1", "--model {} --max-length 0 sun", bert);
        assertRefused(
                "encode: maxLength is 1, expected at least 2, the number of special tokens",
                "--model {} --max-length 1 sun",
                bert);
        assertRefused("expected one or the other", "--model {} --file {} sun", bert, bert);
        assertRefused("--file none: there is no such file", "--model {} --file none", bert);
        assertRefused("model 'none': there is no such folder or file", "--model none sun");
    }

    private static void assertRefused(String message, String options, Object... values) {
        CommandLineRun.assertRefused(message, "tokenize " + options, values);
    }
}
