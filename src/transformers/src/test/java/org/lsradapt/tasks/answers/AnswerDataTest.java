package org.lsradapt.tasks.answers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Offsets;

class AnswerDataTest {
    private static final String SQUAD = """
            {"version": "v2.0", "data": [{"title": "Engines", "paragraphs": [
              {"context": "\\ud83d\\ude00 Ada Lovelace wrote it in 1843.", "qas": [
                {"id": "1", "question": "Who wrote it?", "is_impossible": false,
                 "answers": [{"text": "Ada Lovelace", "answer_start": 2}, {"text": "Lovelace", "answer_start": 6}]},
                {"id": "2", "question": "Who built it?", "is_impossible": true, "answers": [],
                 "plausible_answers": [{"text": "Ada", "answer_start": 2}]}]},
              {"context": "It never ran.", "qas": [
                {"id": "3", "question": "Did it run?", "answers": [{"text": "never", "answer_start": 3}]}]}]}]}
            """;

    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void squadsForm_isRead_withPlacesInCodePoints() throws Exception {
        Path file = write("train.json", SQUAD);
        AnswerData data = AnswerData.of(file).dev(file).read();
        assertEquals(3, data.train().size());
        AnsweredQuestion first = data.train().get(0);
        assertEquals(List.of(new Answer("Ada Lovelace", 3), new Answer("Lovelace", 7)), first.answers());
        assertFalse(data.train().get(1).isAnswerable());
        assertTrue(data.hasUnanswerable());
        assertEquals("never", data.train().get(2).answers().get(0).text());
        assertTrue(data.notes().get(0).contains("questions of " + file + " about a passage that is also in"));
        Path one = write("one.json", SQUAD.replace("\n", " "));
        assertEquals(data.train(), AnswerData.of(one).readAll(), "on one line, as SQuAD's files are");
    }

    @Test
    void jsonLines_haveColumnsOrObjects() throws Exception {
        Path file = write("train.json", """
                {"question": "Who?", "context": "Ada wrote it.", "answers": {"text": ["Ada"], "answer_start": [0]}}
                {"question": "When?", "context": "Ada wrote it.", "answers": {"text": [], "answer_start": []}}
                {"question": "What?", "context": "Ada wrote it.", "answers": [{"text": "it", "answer_start": 10}]}
                """);
        assertEquals(
                List.of(
                        AnsweredQuestion.of("Who?", "Ada wrote it.", "Ada"),
                        AnsweredQuestion.unanswerable("When?", "Ada wrote it."),
                        AnsweredQuestion.of("What?", "Ada wrote it.", "it")),
                AnswerData.of(file).readAll());
        String rows = Files.readString(file).strip().replace("}\n{", "},\n{");
        Path whole = write("whole.json", "{\"version\": 2.0, \"data\": [" + rows + "]}");
        assertEquals(AnswerData.of(file).readAll(), AnswerData.of(whole).readAll(), "as elements of one object");
        Path units = write(
                "units.jsonl",
                "{\"question\": \"Who?\", \"context\": \"\ud83d\ude00 Ada\", \"answers\": {\"text\": [\"Ada\"], \"answer_start\":"
                        + " [3]}}");
        assertEquals(
                3,
                AnswerData.of(units)
                        .offsets(Offsets.UTF_16)
                        .readAll()
                        .get(0)
                        .answers()
                        .get(0)
                        .start());
        assertMessage(
                units
                        + ", line 1: field \"answers.answer_start\" is 3, and the passage does not have the answer \"Ada\""
                        + " there; places are counted in code-points",
                units);
    }

    @Test
    void whatIsWrong_isNamedWithItsPlace() throws Exception {
        Path misplaced = write("misplaced.json", SQUAD.replace("\"answer_start\": 3", "\"answer_start\": 4"));
        assertMessage(
                misplaced
                        + ": field \"data[0].paragraphs[1].qas[0].answers[0].answer_start\" is 4, and the passage does not"
                        + " have the answer \"never\" there; places are counted in code-points",
                misplaced);
        Path contrary = write("contrary.json", SQUAD.replace("\"is_impossible\": true", "\"is_impossible\": false"));
        assertMessage(
                contrary
                        + ": field \"data[0].paragraphs[0].qas[1].is_impossible\" is false and there are 0 answers, expected"
                        + " answers where it is false, and none where it is true",
                contrary);
        Path cut = write("cut.json", SQUAD.substring(0, 200));
        String message =
                assertThrows(IOException.class, () -> AnswerData.of(cut).read()).getMessage();
        assertTrue(message.startsWith(cut + ": this is not valid JSON: "), message);
        Path table = write("table.csv", "text,label\na,b\n");
        assertMessage(
                table
                        + ": this is a table, expected questions about passages: SQuAD's JSON, or JSON lines with the fields"
                        + " context, question and answers",
                table);
        Path renamed = write("table.json", "text,label\na,b\n");
        assertMessage(renamed + ": found text,label a,b , expected a JSON object", renamed);
        Path lines = write("table.jsonl", "text,label\na,b\n");
        assertMessage(lines + ", line 1: found text,label, expected a JSON object", lines);
        Path without = write(
                "without.jsonl",
                "{\"question\": \"Who?\", \"context\": \"Ada wrote it.\", \"answers\": {\"text\": [\"Ada\"], \"answer_start\":"
                        + " []}}\n");
        assertMessage(
                without + ", line 1: field \"answers\" has 1 of \"text\" and 0 of \"answer_start\", expected as many",
                without);
        assertEquals(
                "train: no question has an answer, expected some that do",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> AnswerData.of(List.of(AnsweredQuestion.unanswerable("Who?", "Ada.")))
                                        .read())
                        .getMessage());
        assertEquals(
                "answered question: the answer \"Bob\" does not stand at -1 of the passage, in UTF-16 units, expected its place",
                assertThrows(IllegalArgumentException.class, () -> AnsweredQuestion.of("Who?", "Ada.", "Bob"))
                        .getMessage());
    }

    private static void assertMessage(String expected, Path file) {
        assertEquals(
                expected,
                assertThrows(IOException.class, () -> AnswerData.of(file).read())
                        .getMessage());
    }

    @Test
    void heldOut_areQuestionsOfOtherPassages() {
        List<AnsweredQuestion> questions = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            String passage = "Passage " + i / 4 + " has an answer.";
            questions.add(
                    i % 4 == 0
                            ? AnsweredQuestion.unanswerable("Question " + i, passage)
                            : AnsweredQuestion.of("Question " + i, passage, "answer"));
        }
        AnswerData data = AnswerData.of(questions).seed(3).read();
        assertEquals(12, data.evaluation().size());
        assertEquals(
                3, data.evaluation().stream().filter(one -> !one.isAnswerable()).count());
        Set<String> trained =
                data.train().stream().map(AnsweredQuestion::passage).collect(Collectors.toSet());
        assertTrue(data.evaluation().stream().noneMatch(one -> trained.contains(one.passage())));
        assertEquals(data.evaluation(), AnswerData.of(questions).seed(3).read().evaluation());
        assertEquals(40, data.limit(40, 1).train().size());
        AnswerData few = AnswerData.of(questions.subList(0, 8)).read();
        assertEquals(1, few.evaluation().size());
        assertTrue(
                few.notes().get(1).endsWith("questions about one passage may be on both sides"), few.notes()::toString);
    }
}
