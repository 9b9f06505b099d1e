package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.HeldOut;
import org.lsradapt.data.ListBuilder;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.PlainText;
import org.lsradapt.tasks.TestFiles;

class LanguageModelDataTest {

    @TempDir
    Path folder;

    @Test
    void plainText_file_isOneTextWithLineFeeds() throws IOException {
        Path train = write("a.txt", "\uFEFF\r\n  One.\r\n\r\nTwo \u00fc.\r\n\r\n");
        Path dev = write("b.md", "Three.");
        LanguageModelData data = LanguageModelData.plainText(train).dev(dev).read();
        assertEquals(List.of(new PromptCompletion("", "  One.\n\nTwo \u00fc.")), data.train());
        assertEquals(List.of(PromptCompletion.text("Three.")), data.evaluation());
        assertEquals(Optional.empty(), data.heldOut());
    }

    @Test
    void plainText_separatedByBlankLines_isSeveralTexts() throws IOException {
        Path train = write("a.txt", "\n\nOne\nmore.\n\n \nTwo.\n\t\nThree.\n");
        LanguageModelData data = LanguageModelData.plainText(train)
                .dev(train)
                .separatedByBlankLines()
                .read();
        assertEquals(List.of("One\nmore.", "Two.", "Three."), completions(data.train()));
        assertEquals(data.train(), data.evaluation());
    }

    @Test
    void plainText_folder_readsItsTextFilesByName() throws IOException {
        write("b.txt", "second");
        write("a.txt", "first");
        write(".hidden.txt", "hidden");
        write("notes.md", "other");
        Files.createDirectory(folder.resolve("c.txt"));
        Path file = write("more.text", "third");
        LanguageModelData data =
                LanguageModelData.plainText(folder, file).dev(file).read();
        assertEquals(List.of("first", "second", "third"), completions(data.train()));
    }

    @Test
    void plainText_manyTexts_holdsOutWholeOnes() throws IOException {
        for (int i = 0; i < 30; i++) {
            write("text" + i + ".txt", "Text number " + i % 28 + " has\ntwo lines.\n");
        }
        LanguageModelData data = LanguageModelData.plainText(folder).seed(5).read();
        assertEquals(Optional.of(new HeldOut(3, 30, HeldOut.Unit.TEXTS, 2, 5)), data.heldOut());
        assertEquals(
                List.of(
                        "held out 3 of 30 texts of " + folder + " (seed 5)",
                        "texts of " + folder
                                + " that repeat an earlier one: 2 of 30 texts; equal texts are on the same side"),
                data.notes());
        assertEquals(27, data.train().size());
        Set<TrainingText> trained = new HashSet<>(data.train());
        assertTrue(data.evaluation().stream().noneMatch(trained::contains));
    }

    @Test
    void plainText_fewTexts_holdsOutTheirEnds() throws IOException {
        String paragraphs = String.join(
                "\n\n",
                IntStream.range(0, 100).mapToObj(i -> "Paragraph " + i + ".").toList());
        String words = "word ".repeat(200) + "end";
        write("a.txt", paragraphs);
        write("b.txt", words);
        LanguageModelData data = LanguageModelData.plainText(folder).read();
        assertEquals(2, data.train().size());
        assertEquals(
                List.of(paragraphs, words),
                IntStream.range(0, 2)
                        .mapToObj(i -> completions(data.train()).get(i)
                                + completions(data.evaluation()).get(i))
                        .toList());
        assertTrue(completions(data.evaluation()).get(0).startsWith("Paragraph 90."));
        assertTrue(completions(data.evaluation()).get(1).startsWith("word "));
        HeldOut heldOut = data.heldOut().orElseThrow();
        assertEquals(HeldOut.Unit.CHARACTERS, heldOut.unit());
        assertEquals(paragraphs.length() + words.length(), heldOut.total());
        assertEquals(
                completions(data.evaluation()).stream().mapToInt(String::length).sum(), heldOut.count());
        assertEquals(
                List.of("held out 246 of 2,491 characters, at the end of each text, as there are few texts: 2"),
                data.notes());
    }

    @Test
    void cut_prefersBlankLinesThenLineEndsThenSpaces() {
        String text = "a".repeat(80) + "\n\n" + "b".repeat(4) + "\n" + "c".repeat(4) + " " + "d".repeat(8);
        assertEquals(Optional.of(82), PlainText.cut(text, 0.15)); // wanted at 85, near is 78 to 92
        assertEquals(Optional.of(87), PlainText.cut(text, 0.10)); // wanted at 90, near is 85 to 95
        assertEquals(Optional.of(92), PlainText.cut(text, 0.08)); // wanted at 92, near is 88 to 96
        assertEquals(Optional.of(95), PlainText.cut(text, 0.05)); // wanted at 95, near is 93 to 97: no white space
    }

    @Test
    void cut_neverSplitsCharactersOrLeavesNothing() {
        String emoji = "\uD83D\uDE00".repeat(5);
        assertEquals(Optional.of(8), PlainText.cut(emoji, 0.15)); // wanted at 8 of 10
        assertEquals(Optional.empty(), PlainText.cut("\uD83D\uDE00", 0.9));
        assertEquals(Optional.empty(), PlainText.cut("a", 0.9));
        assertEquals(Optional.empty(), PlainText.cut("ab", 0.1));
        assertEquals(Optional.empty(), PlainText.cut("         a", 0.5));
    }

    @Test
    void plainText_empty_isRefused() throws IOException {
        Path empty = write("a.txt", " \n\r\n");
        assertEquals(empty + ": the file is empty, expected text", failure(LanguageModelData.plainText(empty)));
        Path short1 = write("a.txt", "I\n");
        assertEquals(
                short1 + ": of 1 text none can be held out to evaluate on, as one is to train on and equal texts"
                        + " stay together; expected more texts, or evaluation data",
                failure(LanguageModelData.plainText(short1)));
        Files.delete(short1);
        assertEquals(
                folder + ": no file in this folder ends in .txt, expected at least one that does",
                failure(LanguageModelData.plainText(folder)));
        assertThrows(IllegalArgumentException.class, LanguageModelData::plainText);
        assertThrows(NoSuchFileException.class, LanguageModelData.plainText(folder.resolve("none"))::read);
    }

    @Test
    void plainText_notUtf8_namesTheLine() throws IOException {
        Path file = Files.write(folder.resolve("a.txt"), new byte[] {'a', '\n', (byte) 0xE9, '\n'});
        assertEquals(
                file
                        + ", line 2: this is not valid UTF-8 text, at byte 1 of the line; convert the file to UTF-8, such as with iconv"
                        + " -f WINDOWS-1252 -t UTF-8, or name the encoding of a table: --encoding windows-1252, in Java"
                        + " Table.encoding",
                failure(LanguageModelData.plainText(file)));
    }

    @Test
    void instructions_promptAndCompletion_areTakenAsTheyAre() throws IOException {
        Path train = write("train.jsonl", """
                {"prompt": "2 + 2 =", "completion": " 4\\n", "id": 7}
                {"completion": "alone", "prompt": ""}
                """);
        assertEquals(
                List.of(new PromptCompletion("2 + 2 =", " 4\n"), new PromptCompletion("", "alone")),
                LanguageModelData.instructions(train).dev(train).read().train());
    }

    @Test
    void instructions_instructionInputOutput_becomeAPrompt() throws IOException {
        Path train = write("train.jsonl", """
                {"instruction": "Add.", "input": "2 and 2", "output": "4"}
                {"instruction": "Name a colour.", "input": "", "output": "Red"}
                {"instruction": "Name a fruit.", "input": null, "output": "Pear"}
                {"instruction": "Name a bird.", "output": "Wren"}
                """);
        assertEquals(
                List.of(
                        new PromptCompletion("### Instruction:\nAdd.\n\n### Input:\n2 and 2\n\n### Response:\n", "4"),
                        new PromptCompletion("### Instruction:\nName a colour.\n\n### Response:\n", "Red"),
                        new PromptCompletion("### Instruction:\nName a fruit.\n\n### Response:\n", "Pear"),
                        new PromptCompletion("### Instruction:\nName a bird.\n\n### Response:\n", "Wren")),
                LanguageModelData.instructions(train).dev(train).read().train());
    }

    @Test
    void instructions_csv_isReadToo() throws IOException {
        Path train = write("train.csv", "instruction,input,output\nAdd.,,\"4\n\"\n");
        assertEquals(
                List.of(new PromptCompletion("### Instruction:\nAdd.\n\n### Response:\n", "4\n")),
                LanguageModelData.instructions(train).dev(train).read().train());
        assertEquals(
                1,
                LanguageModelData.instructions(Table.of(train).format(DataFormat.CSV))
                        .dev(train)
                        .read()
                        .train()
                        .size());
    }

    @Test
    void instructions_badRows_areRefusedByLine() throws IOException {
        String good = "{\"prompt\": \"a\", \"completion\": \"b\"}\n";
        assertEquals("field \"messages\" is [], expected one message at least", badLine(good, "{\"messages\": []}"));
        assertEquals(
                "found prompt, output, expected prompt and completion, or instruction, output and perhaps input, or messages",
                badLine(good, "{\"prompt\": \"a\", \"output\": \"b\"}"));
        assertEquals("there is no field \"completion\", found prompt", badLine(good, "{\"prompt\": \"a\"}"));
        assertEquals("there is no field \"prompt\", found completion", badLine(good, "{\"completion\": \"a\"}"));
        assertEquals(
                "field \"completion\" is empty, expected a text",
                badLine(good, "{\"prompt\": \"a\", \"completion\": \" \"}"));
        assertEquals(
                "field \"instruction\" is empty, expected a text",
                badLine(good, "{\"instruction\": \"\", \"output\": \"b\"}"));
        assertEquals(
                "field \"output\" is 4, expected a string", badLine(good, "{\"instruction\": \"a\", \"output\": 4}"));
        assertEquals(
                "field \"input\" is [], expected a string",
                badLine(good, "{\"instruction\": \"a\", \"input\": [], \"output\": \"b\"}"));
        assertEquals(
                "field \"prompt\" holds half of a surrogate pair, expected whole characters",
                badLine(good, "{\"prompt\": \"\\udc00\", \"completion\": \"b\"}"));
    }

    @Test
    void instructions_noDev_holdsOutRows() throws IOException {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 57; i++) {
            rows.append("{\"prompt\": \"p").append(i).append("\", \"completion\": \"c\"}\n");
        }
        Path train = write("train.jsonl", rows.toString());
        LanguageModelData data =
                LanguageModelData.instructions(train).heldOut(0.2).seed(2).read();
        assertEquals(Optional.of(new HeldOut(11, 57, HeldOut.Unit.TEXTS, 0, 2)), data.heldOut());
        Set<TrainingText> all = new HashSet<>(data.train());
        all.addAll(data.evaluation());
        assertEquals(57, all.size());
        Path one = write("one.jsonl", "{\"prompt\": \"p\", \"completion\": \"c\"}\n");
        assertTrue(assertThrows(IOException.class, LanguageModelData.instructions(one)::read)
                .getMessage()
                .startsWith(one + ": of 1 text none can be held out"));
        assertThrows(
                IllegalArgumentException.class,
                LanguageModelData.instructions(one).dev(one).heldOut(0.2)::read);
    }

    @Test
    void of_lists_areTakenOrHeldOut() {
        List<PromptCompletion> texts = new ArrayList<>(IntStream.range(0, 8)
                .mapToObj(i -> new PromptCompletion("p", "c" + i))
                .toList());
        ListBuilder<TrainingText, LanguageModelData> lists = LanguageModelData.of(texts);
        texts.remove(0);
        LanguageModelData data = lists.read();
        assertEquals(7, data.train().size());
        assertEquals(1, data.evaluation().size());
        assertEquals(texts, LanguageModelData.of(texts).dev(texts).read().evaluation());
        assertEquals(
                "train: the list is empty, expected at least one text",
                assertThrows(IllegalArgumentException.class, LanguageModelData.of(List.of())::read)
                        .getMessage());
        assertEquals(
                "dev: the list is empty, expected at least one text",
                assertThrows(
                                IllegalArgumentException.class,
                                LanguageModelData.of(texts).dev(List.of())::read)
                        .getMessage());
        assertThrows(IllegalArgumentException.class, LanguageModelData.of(texts.subList(0, 1))::read);
        assertEquals(
                "prompt and completion: the completion is empty, expected a text",
                assertThrows(IllegalArgumentException.class, () -> new PromptCompletion("a", " "))
                        .getMessage());
    }

    private String badLine(String before, String line) throws IOException {
        Path file = write("train.jsonl", before + line + "\n");
        String message = assertThrows(IOException.class, LanguageModelData.instructions(file)::read)
                .getMessage();
        assertTrue(message.startsWith(file + ", line 2: "), message);
        return message.substring((file + ", line 2: ").length());
    }

    @Test
    void instructions_withMessages_areConversations(@TempDir Path folder) throws IOException {
        Path train = TestFiles.write(folder, "train.jsonl", """
                {"messages": [{"role": "system", "content": ""}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}], "tools": null}
                {"prompt": "2 + 2 =", "completion": " 4"}
                """);
        assertEquals(
                List.of(
                        Conversation.of(ChatMessage.system(""), ChatMessage.user("Hi"), ChatMessage.assistant("Hello")),
                        new PromptCompletion("2 + 2 =", " 4")),
                LanguageModelData.instructions(train).dev(train).read().train());
    }

    @Test
    void instructions_withOtherMessages_areRefused(@TempDir Path folder) throws IOException {
        assertEquals(
                "field \"messages\" has no message of role \"assistant\", expected one at least",
                messagesFailure(folder, "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}"));
        assertEquals(
                "field \"messages[0].tool_calls\" is not supported, expected role and content",
                messagesFailure(
                        folder, "{\"messages\": [{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": []}]}"));
        assertEquals(
                "field \"tools\" is not supported, expected messages of role and content alone",
                messagesFailure(
                        folder, "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}], \"tools\": [{}]}"));
        assertEquals(
                "found messages, prompt, expected prompt and completion, or instruction, output and perhaps input, or"
                        + " messages",
                messagesFailure(
                        folder, "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\"}], \"prompt\": \"b\"}"));
    }

    private static String messagesFailure(Path folder, String line) throws IOException {
        Path file = TestFiles.write(folder, "refused.jsonl", line + "\n");
        String message = assertThrows(
                        IOException.class,
                        () -> LanguageModelData.instructions(file).dev(file).read())
                .getMessage();
        assertTrue(message.startsWith(file + ", line 1: "), message);
        return message.substring((file + ", line 1: ").length());
    }

    private static List<String> completions(List<TrainingText> texts) {
        assertTrue(texts.stream()
                .allMatch(text -> ((PromptCompletion) text).prompt().isEmpty()));
        return texts.stream()
                .map(text -> ((PromptCompletion) text).completion())
                .toList();
    }

    private Path write(String name, String content) throws IOException {
        return TestFiles.write(folder, name, content);
    }

    private static String failure(LanguageModelData.FromText text) {
        return assertThrows(IOException.class, text::read).getMessage();
    }
}
