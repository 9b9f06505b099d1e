package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;

/** Made-up lines in the official form of each task's files. */
class SuperGlueTasksTest extends TaskFiles {

    private static final String BOOLQ =
            "{\"question\": \"is it\", \"passage\": \"It is.\", \"idx\": 0, \"label\": true}\n";

    @Test
    void boolq_readsQuestionThenPassage() throws IOException {
        write(BOOLQ + BOOLQ.replace("true", "false").replace("It is.", "\\\"It\\\" \\u00e9\\tis"));
        assertEquals(List.of(pair("is it", "It is.", 1), pair("is it", "\"It\" é\tis", 0)), train("boolq"));
    }

    @Test
    void boolq_onlyVal_namesTheMissingTrain() throws IOException {
        write("val.jsonl", BOOLQ);
        assertRefused("train.jsonl: there is no such file; task boolq reads train.jsonl and val.jsonl", "boolq");
    }

    @Test
    void cb_readsPremiseAndHypothesis() throws IOException {
        String line = "{\"premise\": \"A: p\", \"hypothesis\": \"h\", \"label\": \"LABEL\", \"idx\": 1}\n";
        write(line.replace("LABEL", "neutral")
                + line.replace("LABEL", "entailment")
                + line.replace("LABEL", "contradiction"));
        assertEquals(List.of(pair("A: p", "h", 2), pair("A: p", "h", 1), pair("A: p", "h", 0)), train("cb"));
    }

    @Test
    void copa_givesTwoRowsPerQuestion() throws IOException {
        write("{\"premise\": \"The ice melted.\", \"choice1\": \"It was warm.\", \"choice2\": \"It was cold.\", "
                + "\"question\": \"cause\", \"label\": 0, \"idx\": 4}\n"
                + "{\"premise\": \"I slept!\", \"choice1\": \"I was tired.\", \"choice2\": \"I missed it.\", "
                + "\"question\": \"effect\", \"label\": 1, \"idx\": 9}\n");
        assertEquals(
                List.of(
                        new Example("The ice melted because", "It was warm.", new Label.Category(1), 0),
                        new Example("The ice melted because", "It was cold.", new Label.Category(0), 0),
                        new Example("I slept! so", "I was tired.", new Label.Category(0), 1),
                        new Example("I slept! so", "I missed it.", new Label.Category(1), 1)),
                train("copa"));
    }

    @Test
    void copa_otherQuestion_isRefused() throws IOException {
        write("{\"premise\": \"p\", \"choice1\": \"a\", \"choice2\": \"b\", \"question\": \"reason\", \"label\": 0}\n");
        assertRefused(1, "field \"question\" is \"reason\", expected cause or effect", "copa");
    }

    @Test
    void wic_putsTheWordBeforeTheFirstSentence() throws IOException {
        write(wic("By the bank.", 7, 11, "A bank account.", 2, 6) + wic("bank", 0, 4, "\uD83D\uDE00 bank", 2, 6));
        assertEquals(
                List.of(pair("bank: By the bank.", "A bank account.", 0), pair("bank: bank", "\uD83D\uDE00 bank", 0)),
                train("wic"));
    }

    @Test
    void wic_wordOutsideItsSentence_isRefused() throws IOException {
        write(wic("By the bank.", 7, 11, "A bank.", 2, 6) + wic("By the bank.", 7, 11, "A bank.", 4, 8));
        assertRefused(
                2, "the word is at start2 4, end2 8, expected a place inside the sentence of 7 characters", "wic");
        write(wic("By the bank.", 7, 7, "A bank.", 2, 6));
        assertRefused(
                1, "the word is at start1 7, end1 7, expected a place inside the sentence of 12 characters", "wic");
        write(wic("By the bank.", -1, 7, "A bank.", 2, 6));
        assertRefused(
                1, "the word is at start1 -1, end1 7, expected a place inside the sentence of 12 characters", "wic");
    }

    @Test
    void wsc_marksBothSpans() throws IOException {
        write(wsc("Ann asked Eve whether she was late.", "Ann", 0, "she", 4)
                + wsc("Ann asked Eve whether she was late.", "Eve", 2, "she", 4));
        assertEquals(
                List.of(
                        text("* Ann * asked Eve whether # she # was late.", 1),
                        text("Ann asked * Eve * whether # she # was late.", 1)),
                train("wsc"));
    }

    @Test
    void wsc_spanThatIsNotThere_isRefused() throws IOException {
        write(wsc("Ann asked Eve.", "Bob", 0, "Eve", 2));
        assertRefused(1, "field \"target.span1_text\" is \"Bob\", which does not occur in the text", "wsc");
        write(wsc("Ann asked Eve.", "Ann", 0, "Eve", 3));
        assertRefused(1, "field \"target.span2_index\" is 3, expected 0 to 2, as the text has 3 words", "wsc");
        write("{\"text\": \"Ann asked Eve.\", \"target\": {\"span1_text\": \"Ann\"}, \"label\": true}\n");
        assertRefused(1, "there is no field \"target.span1_index\", found span1_text", "wsc");
        write("{\"text\": \"Ann asked Eve.\", \"target\": 5, \"label\": true}\n");
        assertRefused(1, "field \"target\" is 5, expected an object", "wsc");
    }

    @Test
    void field_missing_isNamed() throws IOException {
        write(BOOLQ + "{\"question\": \"is it\", \"label\": true}\n");
        assertRefused(2, "there is no field \"passage\", found question, label", "boolq");
        write("{\"question\": \"is it\", \"passage\": \"It is.\"}\n");
        assertRefused(1, "there is no field \"label\", found question, passage", "boolq");
    }

    @Test
    void text_blank_isRefused() throws IOException {
        write(BOOLQ + BOOLQ.replace("It is.", " "));
        assertRefused(2, "field \"passage\" is empty, expected a text", "boolq");
        write("{\"premise\": \"p\", \"hypothesis\": \"\", \"label\": \"neutral\"}\n");
        assertRefused(1, "field \"hypothesis\" is empty, expected a text", "cb");
        write("{\"premise\": \"p\", \"choice1\": \"a\", \"choice2\": \"\", \"question\": \"cause\", \"label\": 0}\n");
        assertRefused(1, "field \"choice2\" is empty, expected a text", "copa");
    }

    @Test
    void field_ofAnotherType_isRefused() throws IOException {
        write(BOOLQ.replace("\"is it\"", "[1, 2]"));
        assertRefused(1, "field \"question\" is [1,2], expected a string", "boolq");
        write(BOOLQ.replace("\"is it\"", "null"));
        assertRefused(1, "field \"question\" is null, expected a string", "boolq");
        write(wic("By the bank.", 7, 11, "A bank.", 2, 6).replace("\"end2\": 6", "\"end2\": 6.5"));
        assertRefused(1, "field \"end2\" is 6.5, expected a whole number", "wic");
    }

    @Test
    void label_unknown_isRefusedWithTheAllowedOnes() throws IOException {
        for (String label : List.of("1", "null", "\"yes\"", "{\"a\":1}")) {
            write(BOOLQ.replace("true", label));
            assertTrue(failure("boolq").endsWith("expected one of false, true"), failure("boolq"));
        }
        assertRefused(1, "unknown label \"{\"a\":1}\", expected one of false, true", "boolq");
        write("{\"premise\": \"p\", \"hypothesis\": \"h\", \"label\": \"neither\"}\n");
        assertRefused(1, "unknown label \"neither\", expected one of contradiction, entailment, neutral", "cb");
        write("{\"premise\": \"p\", \"choice1\": \"a\", \"choice2\": \"b\", \"question\": \"cause\", \"label\": 2}\n");
        assertRefused(1, "unknown label \"2\", expected one of 0, 1", "copa");
    }

    @Test
    void line_notAJsonObject_isRefused() throws IOException {
        write(BOOLQ + BOOLQ + "[1, 2]\n");
        assertRefused(3, "found [1, 2], expected a JSON object", "boolq");
        write(BOOLQ + "\n" + BOOLQ);
        assertRefused(2, "found an empty line, expected a JSON object", "boolq");
    }

    @Test
    void line_emptyAtTheEnd_doesNotCount() throws IOException {
        write(BOOLQ + BOOLQ + "\n \r\n\n");
        assertEquals(2, train("boolq").size());
    }

    @Test
    void file_jsonArray_isReadElementByElement() throws IOException {
        write(BOOLQ);
        List<Example> rows = train("boolq");
        for (String array : List.of("[" + BOOLQ.strip() + "]\n", "\n[\n" + BOOLQ + "]\n")) {
            write(array);
            assertEquals(rows, train("boolq"));
        }
        write("[" + BOOLQ + ",\n[1, 2]]");
        assertRefused(3, "found [1,2] in the array, expected JSON objects", "boolq");
        write("[" + BOOLQ + "]\n{}");
        assertRefused(3, "found more after the array, expected its end", "boolq");
        write("[" + BOOLQ + ",");
        assertTrue(failure("boolq").startsWith(message(2, "this is not valid JSON: ")), failure("boolq"));
        write("[]");
        assertTrue(failure("boolq").endsWith(": the file is empty, expected one JSON object per line"));
    }

    @Test
    void line_malformedJson_isRefusedWithFileAndLine() throws IOException {
        for (String line : List.of(
                BOOLQ.substring(0, 30) + "\n", // cut off
                BOOLQ.strip() + " {}\n", // two values
                BOOLQ.replace("\"idx\"", "\"label\""))) { // a field twice
            write(BOOLQ + line);
            String message = failure("boolq");
            assertTrue(message.startsWith(message(2, "this is not valid JSON: ")), message);
            assertEquals(1, message.lines().count(), message);
            assertTrue(message.length() > message(2, "this is not valid JSON: ").length() + 5, message);
        }
        write(BOOLQ + "question\tpassage\n");
        assertRefused(2, "found question passage, expected a JSON object", "boolq");
    }

    @Test
    void file_empty_isRefused() throws IOException {
        write("");
        assertRefused("train.jsonl: the file is empty, expected one JSON object per line", "cb");
    }

    @Test
    void file_byteOrderMarkCarriageReturnsNoFinalLineFeed_isRead() throws IOException {
        write("\uFEFF" + BOOLQ.strip() + "\r\n" + BOOLQ.strip());
        assertEquals(2, train("boolq").size());
    }

    /** Both files alike; the training file is read first. */
    private void write(String lines) throws IOException {
        write("train.jsonl", lines);
        write("val.jsonl", lines);
    }

    private void assertRefused(int line, String message, String task) {
        assertRefused("train.jsonl, line " + line + ": " + message, task);
    }

    private String failure(String task) {
        return failure(task, folder);
    }

    private String message(int line, String message) {
        return folder.resolve("train.jsonl") + ", line " + line + ": " + message;
    }

    private static String wic(String first, int start1, int end1, String second, int start2, int end2) {
        return ("{\"word\": \"bank\", \"sentence1\": \"%s\", \"sentence2\": \"%s\", \"idx\": 0, \"label\": false, "
                        + "\"start1\": %d, \"start2\": %d, \"end1\": %d, \"end2\": %d, \"version\": 1.1}\n")
                .formatted(first, second, start1, start2, end1, end2);
    }

    private static String wsc(String text, String span1, int index1, String span2, int index2) {
        return ("{\"text\": \"%s\", \"target\": {\"span2_index\": %d, \"span1_index\": %d, \"span1_text\": \"%s\", "
                        + "\"span2_text\": \"%s\"}, \"idx\": 0, \"label\": true}\n")
                .formatted(text, index2, index1, span1, span2);
    }
}
