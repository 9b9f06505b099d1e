package org.lsradapt.tasks.official;

import java.io.IOException;
import java.util.List;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.Task;
import org.lsradapt.data.files.JsonRow;
import org.lsradapt.data.metrics.Metric;
import org.lsradapt.data.rules.LabelSet;
import org.lsradapt.data.rules.Quoted;

/**
 * Five tasks of SuperGLUE (Wang et al. 2019, arXiv 1905.00537) with their metrics, and how their fields become the one
 * or two texts that an encoder reads:
 *
 * <ul>
 *   <li>BoolQ: question, passage. The passage is the longer one and loses its end first when a pair is cut.
 *   <li>CB: premise, hypothesis.
 *   <li>COPA: two rows per question, one for each choice: "premise because", choice (the question asks for the cause),
 *       or "premise so", choice (it asks for the effect); the full stop of the premise is dropped. Class 1 is the right
 *       choice. The rows share a group, the number of the question in its file.
 *   <li>WiC: "word: sentence1", sentence2. The word, in its dictionary form, tells the encoder which of the words the
 *       sentences share is meant.
 *   <li>WSC: the text alone, with the noun phrase between asterisks and the pronoun between number signs:
 *       "* Ann * asked Eve whether # she # was late." (the marks of Raffel et al. 2020, arXiv 1910.10683).
 * </ul>
 */
final class SuperGlueTasks {

    private static final LabelSet BOOLQ = LabelSet.falseTrue("no", "yes");
    private static final LabelSet CB = LabelSet.named("contradiction", "entailment", "neutral");
    private static final LabelSet COPA = LabelSet.zeroOne("wrong", "right");
    private static final LabelSet WIC = LabelSet.falseTrue("different_sense", "same_sense");
    private static final LabelSet WSC = LabelSet.falseTrue("different_referent", "same_referent");

    private SuperGlueTasks() {}

    /** Returns all five tasks in alphabetical order. */
    static List<Task> all() {
        return List.of(
                task("boolq", "BoolQ", BOOLQ, SuperGlueTasks::boolq, Metric.ACCURACY),
                task("cb", "CB", CB, SuperGlueTasks::cb, Metric.ACCURACY, Metric.MACRO_F1),
                task("copa", "COPA", COPA, SuperGlueTasks::copa, Metric.ACCURACY),
                task("wic", "WiC", WIC, SuperGlueTasks::wic, Metric.ACCURACY),
                task("wsc", "WSC", WSC, SuperGlueTasks::wsc, Metric.ACCURACY));
    }

    private static Task task(
            String name, String title, LabelSet labels, JsonRow.Extractor<Example> extractor, Metric... metrics) {
        return new FileTask(
                name,
                title,
                labels.names(),
                List.of(metrics),
                "train.jsonl",
                "val.jsonl",
                file -> JsonRow.readAll(file, extractor));
    }

    private static String text(JsonRow row, String field) throws IOException {
        String text = row.text(field);
        if (text.isBlank()) {
            throw row.failure(field, "is empty, expected a text");
        }
        return text;
    }

    private static Label label(JsonRow row, LabelSet labels) throws IOException {
        return new Label.Category(row.label(labels));
    }

    private static List<Example> boolq(JsonRow row, int number) throws IOException {
        return List.of(new Example(text(row, "question"), text(row, "passage"), label(row, BOOLQ)));
    }

    private static List<Example> cb(JsonRow row, int number) throws IOException {
        return List.of(new Example(text(row, "premise"), text(row, "hypothesis"), label(row, CB)));
    }

    private static List<Example> copa(JsonRow row, int number) throws IOException {
        String question = row.text("question");
        String connective = switch (question) {
            case "cause" -> " because";
            case "effect" -> " so";
            default ->
                throw row.failure("field \"question\" is " + Quoted.value(question) + ", expected cause or effect");
        };
        String premise = text(row, "premise").strip();
        String first = (premise.endsWith(".") ? premise.substring(0, premise.length() - 1) : premise) + connective;
        int right = row.label(COPA);
        return List.of(
                new Example(first, text(row, "choice1"), new Label.Category(right == 0 ? 1 : 0), number),
                new Example(first, text(row, "choice2"), new Label.Category(right == 1 ? 1 : 0), number));
    }

    private static List<Example> wic(JsonRow row, int number) throws IOException {
        String first = text(row, "sentence1");
        String second = text(row, "sentence2");
        requireInside(row, "start1", "end1", first);
        requireInside(row, "start2", "end2", second);
        return List.of(new Example(row.text("word") + ": " + first, second, label(row, WIC)));
    }

    /**
     * Checks that the word's position lies inside the sentence. The position is not used, but a wrong one reveals a damaged
     * row.
     */
    private static void requireInside(JsonRow row, String startField, String endField, String sentence)
            throws IOException {
        int start = row.integer(startField);
        int end = row.integer(endField);
        int length = sentence.codePointCount(0, sentence.length());
        if (start < 0 || end <= start || end > length) {
            throw row.failure("the word is at " + startField + " " + start + ", " + endField + " " + end
                    + ", expected a place inside the sentence of " + length + " characters");
        }
    }

    private static List<Example> wsc(JsonRow row, int number) throws IOException {
        JsonRow target = row.object("target");
        MarkedText text = new MarkedText(text(row, "text"));
        mark(text, target, "span1", "*");
        mark(text, target, "span2", "#");
        return List.of(new Example(text.toString(), null, label(row, WSC)));
    }

    private static void mark(MarkedText text, JsonRow target, String span, String mark) throws IOException {
        String words = target.text(span + "_text");
        int index = target.integer(span + "_index");
        if (index < 0 || index >= text.wordCount()) {
            throw target.failure("field \"target." + span + "_index\" is " + index + ", expected 0 to "
                    + (text.wordCount() - 1) + ", as the text has " + text.wordCount() + " words");
        }
        if (!text.mark(words, index, mark)) {
            throw target.failure("field \"target." + span + "_text\" is " + Quoted.value(words)
                    + ", which does not occur in the text");
        }
    }
}
