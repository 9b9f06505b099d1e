package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cli.CommandLineRun;

/** What is said of data without a task. */
class LikelyTaskTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "t.csv|text,label|the column label is for --task classify, or regress if the labels are numbers on a scale",
                "t.csv|\"text\";\"labels\"|the columns text, labels are for --task labels",
                "t.csv|id,text|the column text is for --task text, or masked for an encoder",
                "t.csv|anchor,positive|the columns anchor, positive are for --task pairs",
                "t.jsonl|{\"prompt\": \"a\", \"completion\": \"b\"}|the columns prompt, completion are for --task instructions",
                "t.jsonl|{\"context\": \"a\", \"question\": \"b\", \"answers\": {}}|the columns context, question are for --task spans",
                "t.conll|Rome B-LOC|a file of tagged words is for --task tokens",
                "t.txt|Rome is a town.|plain text is for --task text, or masked for an encoder"
            })
    void train_withoutATask_asksForIt_andNamesTheLikelyOne(String name, String line, String likely) throws IOException {
        Path file = Files.writeString(folder.resolve(name), line + "\n");
        assertRefused(
                "--train " + file + ": found no --task, expected the task to train for; " + likely, "--train {}", file);
    }

    @Test
    void train_withoutATask_ofAnotherFile_isRefused() throws IOException {
        Path other = Files.writeString(folder.resolve("t.csv"), "question,reply\na,b\n");
        assertRefused(
                "expected the task to train for; expected one of classify, regress, ordinal, labels, tokens, spans, text",
                "--train {}",
                other);
        Path wide = Files.write(folder.resolve("w.csv"), "text,label\n".getBytes(StandardCharsets.UTF_16));
        assertRefused(wide + ": this is UTF-16 text, expected UTF-8", "--train {}", wide);
        assertRefused("the column label is for --task classify", "--train {} --encoding UTF-16", wide);
        assertRefused("none.csv: there is no such file", "--train none.csv");
    }

    @Test
    void otherOptions_withoutATask_nameTheirTasks() {
        assertRefused("--anchor: found no --task, expected --task with it: pairs", "--anchor q");
        assertRefused("--dev: found no --task, expected --task with it: classify,", "--dev d.csv");
    }

    @Test
    void unknownNames_areAnsweredWithTheNearest() {
        assertRefused("; did you mean tokens?", "--task token");
        assertRefused("; did you mean lora?", "--methods lorra");
        assertRefused("; did you mean minilm?", "--model minilmm");
        assertRefused("run hf download org/name, or get the files with curl", "--model org/name");
    }

    @Test
    void fileInsteadOfAFolder_isNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("adapter_model.safetensors"), "");
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        CommandLineRun run = CommandLineRun.line("inspect --adapter {}", file);
        assertEquals("error: " + file + ": this is a file, expected the adapter's folder, " + folder + "\n", run.err());
    }

    private static void assertRefused(String complaint, String options, Object... values) {
        CommandLineRun.assertRefused(complaint, "finetune " + options, values);
    }
}
