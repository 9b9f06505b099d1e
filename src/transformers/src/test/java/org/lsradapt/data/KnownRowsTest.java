package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.retrieval.Candidates;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.retrieval.ScoredPairData;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PreferenceData;
import org.lsradapt.tasks.generation.PromptCompletion;

/** Rows to evaluate on that are trained on as well. */
class KnownRowsTest {
    @TempDir
    Path folder;

    private Path write(String name, String... lines) throws IOException {
        return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
    }

    private static String note(String what, Path dev, Path train, String counts) {
        return what + " of " + dev + " that are also in " + train + ": " + counts + " rows";
    }

    @Test
    void plainText_ofNextTokensAndHiddenWords() throws IOException {
        Path train = write("train.txt", "the sun", "", "the rain");
        Path dev = write("dev.txt", "the rain", "", "the snow");
        assertEquals(
                List.of(note("texts", dev, train, "1 of 2")),
                LanguageModelData.plainText(train).dev(dev).inPassages().read().notes());
    }

    @Test
    void instructions() throws IOException {
        String known = "{\"prompt\": \"2 + 2 =\", \"completion\": \" 4\"}";
        Path train = write("train.jsonl", known, "{\"prompt\": \"3 + 3 =\", \"completion\": \" 6\"}");
        Path dev = write("dev.jsonl", "{\"prompt\": \"4 + 4 =\", \"completion\": \" 8\"}", known, known);
        assertEquals(
                List.of(note("texts", dev, train, "2 of 3")),
                LanguageModelData.instructions(train).dev(dev).read().notes());
    }

    @Test
    void preferences_ofOnePrompt() throws IOException {
        Path train = write("train.jsonl", "{\"prompt\": \"2 + 2 =\", \"chosen\": \" 4\", \"rejected\": \" 5\"}");
        Path dev = write("dev.jsonl", "{\"prompt\": \"2 + 2 =\", \"chosen\": \" 4\", \"rejected\": \" 3\"}");
        assertEquals(
                List.of(note("prompts", dev, train, "1 of 1")),
                PreferenceData.of(train).dev(dev).read().notes());
    }

    @Test
    void scoredPairs_inEitherOrder() throws IOException {
        Path train = write("train.csv", "sentence1,sentence2,score", "sun,rain,0.2", "sun,sunshine,0.9");
        Path dev = write("dev.csv", "sentence1,sentence2,score", "rain,sun,0.3", "snow,sun,0.1");
        assertEquals(
                List.of(note("pairs", dev, train, "1 of 2")),
                ScoredPairData.of(train).dev(dev).read().notes());
    }

    @Test
    void queries_withGivenCandidates() {
        RetrievalData asked = new RetrievalData(
                List.of(new IdentifiedText("p", "the sun")),
                List.of(new IdentifiedText("q", "what shines?")),
                Map.of("q", Map.of("p", 1)));
        JudgedQuery query =
                new JudgedQuery("what shines?", List.of("the sun", "the rain"), List.of(1.0, 0.0), List.of());
        assertEquals(
                List.of("queries to evaluate on that are also trained on: 1 of 1"),
                RankingData.of(List.of(query))
                        .evaluation(new Candidates(asked, Map.of("q", List.of("p")), "all"))
                        .read()
                        .notes());
    }

    @Test
    void otherRows_areNotNoted() {
        List<PromptCompletion> train = List.of(PromptCompletion.text("the sun"));
        assertEquals(
                List.of(),
                LanguageModelData.of(train)
                        .dev(List.of(PromptCompletion.text("the rain")))
                        .read()
                        .notes());
    }
}
