package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.tasks.TestFiles;

class PreferenceDataTest {

    @TempDir
    Path folder;

    private PreferenceData read(String name, String text) throws IOException {
        Path file = TestFiles.write(folder, name, text);
        return PreferenceData.of(file).dev(file).read();
    }

    @Test
    void read_textsAndMessages_areTheSamePairs() throws IOException {
        List<Preference> texts = List.of(Preference.of("2 + 2 =", " 4", " 5"), Preference.of("", "yes", "no"));
        assertEquals(
                texts,
                read("a.csv", "rejected,prompt,note,chosen\n\" 5\",\"2 + 2 =\",x,\" 4\"\nno,\"\",y,yes\n")
                        .train());
        assertEquals(texts, read("a.jsonl", """
                                {"prompt":"2 + 2 =","chosen":" 4","rejected":" 5"}
                                {"prompt":"","chosen":"yes","rejected":"no"}
                                """).train());
        List<Preference> talks = List.of(
                Preference.of(List.of(ChatMessage.system("Be brief."), ChatMessage.user("2 + 2?")), "4", "It is 5"));
        String system = "{\"role\":\"system\",\"content\":\"Be brief.\"},";
        String user = "{\"role\":\"user\",\"content\":\"2 + 2?\"}";
        String right = "{\"role\":\"assistant\",\"content\":\"4\"}";
        String wrong = "{\"role\":\"assistant\",\"content\":\"It is 5\"}";
        assertEquals(
                talks,
                read(
                                "b.jsonl",
                                "{\"prompt\":[" + system + user + "],\"chosen\":[" + right + "],\"rejected\":[" + wrong
                                        + "]}\n")
                        .train());
        assertEquals(
                talks,
                read(
                                "c.jsonl",
                                "{\"prompt\":\"2 + 2?\",\"chosen\":[" + system + user + "," + right + "],\"rejected\":["
                                        + system + user + "," + wrong + "]}\n")
                        .train());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"prompt\":\"a\",\"chosen\":\"b\"}|there is no \"rejected\", expected prompt, chosen, rejected",
                "{\"prompt\":\"a\",\"chosen\":null,\"rejected\":\"b\"}|there is no \"chosen\"",
                "{\"chosen\":\"a\",\"rejected\":\"b\"}|there is no \"prompt\"",
                "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"b\"}|the chosen answer equals the rejected one",
                "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\" \"}|field \"rejected\" is empty, expected a text",
                "{\"prompt\":\"a\",\"chosen\":[],\"rejected\":\"b\"}|expected two of a kind",
                "{\"prompt\":[],\"chosen\":\"b\",\"rejected\":\"c\"}|expected messages for all three",
                "{\"prompt\":\"a\",\"chosen\":[M],\"rejected\":[N]}|the last message is of role \"assistant\" after 0 others",
                "{\"prompt\":\"a\",\"chosen\":[U,M],\"rejected\":[U,N]}|is a text that is not the message before the answers",
                "{\"prompt\":\"q\",\"chosen\":[U,M],\"rejected\":[M,N]}|follow different prompts",
                "{\"prompt\":[U],\"chosen\":[M],\"rejected\":[M]}|the chosen answer equals the rejected one",
                "{\"prompt\":[U],\"chosen\":[M],\"rejected\":[U]}|none of role \"assistant\"",
                "{\"prompt\":[U],\"chosen\":[M],\"rejected\":[N],\"tools\":[1]}|field \"tools\" is not supported",
            })
    void read_whatIsNoPair_isRefusedByLine(String line, String message) {
        String row = line.replace("U", "{\"role\":\"user\",\"content\":\"q\"}")
                .replace("M", "{\"role\":\"assistant\",\"content\":\"yes\"}")
                .replace("N", "{\"role\":\"assistant\",\"content\":\"no\"}");
        String good = "{\"prompt\":\"x\",\"chosen\":\"y\",\"rejected\":\"z\"}\n";
        String found = assertThrows(IOException.class, () -> read("bad.jsonl", good + row + "\n"))
                .getMessage();
        assertTrue(found.contains("bad.jsonl, line 2: ") && found.contains(message), found);
    }

    @Test
    void read_tableWithoutAColumn_isRefused() {
        String found = assertThrows(IOException.class, () -> read("bad.csv", "prompt,chosen\na,b\n"))
                .getMessage();
        assertTrue(found.contains("rejected"), found);
    }

    @Test
    void build_withoutEvaluation_holdsPromptsOutAsAWhole() {
        List<Preference> pairs = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            pairs.add(Preference.of("prompt " + i % 20, "right " + i, "wrong " + i));
        }
        PreferenceData data = PreferenceData.of(pairs).heldOut(0.2).seed(3).read();
        assertEquals(40, data.train().size() + data.evaluation().size());
        assertEquals(8, data.evaluation().size());
        Set<Object> learned = new HashSet<>();
        data.train().forEach(pair -> learned.add(pair.prompt()));
        assertTrue(data.evaluation().stream().noneMatch(pair -> learned.contains(pair.prompt())));
    }

    @Test
    void of_whatIsNoPair_isRefused() {
        assertRefused("equals the rejected one", () -> Preference.of("a", "b", "b"));
        assertRefused("the chosen answer is empty", () -> Preference.of("a", "", "b"));
        assertRefused("the rejected answer is empty", () -> Preference.of(List.of(ChatMessage.user("a")), "b", " "));
        assertRefused(
                "after 0 others, expected an answer of role \"assistant\" after one message at least",
                () -> Preference.of(List.of(), "b", "c"));
        assertRefused(
                "different prompts",
                () -> new Preference(new PromptCompletion("a", "b"), new PromptCompletion("c", "d")));
    }

    private static void assertRefused(String message, Executable call) {
        String found = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(found.contains(message), found);
    }
}
