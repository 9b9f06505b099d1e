package org.lsradapt.tasks.answers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.data.DataFormat;
import org.lsradapt.data.Offsets;
import org.lsradapt.data.Rows;
import org.lsradapt.data.Table;
import org.lsradapt.data.files.JsonRow;
import org.lsradapt.data.rules.Quoted;

/**
 * The layout of a file of questions about passages: SQuAD's single JSON object, or JSON lines with the columns of Hugging Face's
 * {@code squad} data set. Such rows may also be the elements of the object's {@code data} array.
 *
 * @param jsonLines whether to read JSON lines regardless of the extension
 * @param offsets the unit of the answer positions
 */
record AnswerFile(boolean jsonLines, Offsets offsets) {
    private static final String DATA = "data";
    private static final String CONTEXT = "context";
    private static final String QUESTION = "question";
    private static final String ANSWERS = "answers";
    private static final String TEXT = "text";
    private static final String START = "answer_start";
    private static final String ID = "id";
    private static final String IMPOSSIBLE = "is_impossible";

    Rows<AnsweredQuestion> read(Table file) throws IOException {
        String name = file.file().map(DataFormat::name).orElse("");
        if (!jsonLines && file.isTold() && file.format() != DataFormat.JSON_LINES) {
            throw new IOException(file + ": this is a table, expected questions about passages: SQuAD's JSON, or JSON"
                    + " lines with the fields " + CONTEXT + ", " + QUESTION + " and " + ANSWERS);
        }
        Optional<JsonRow> whole = jsonLines || name.endsWith(".jsonl") || name.endsWith(".ndjson")
                ? Optional.empty()
                : JsonRow.document(file.text(), DATA);
        List<AnsweredQuestion> questions = whole.isPresent()
                ? ofSquad(whole.get())
                : JsonRow.readAll(file.text(), (row, number) -> List.of(ofRow(row)));
        if (questions.isEmpty()) {
            throw new IOException(file + ": there is no question, expected at least one");
        }
        return new Rows<>(file.toString(), questions);
    }

    private List<AnsweredQuestion> ofSquad(JsonRow document) throws IOException {
        List<AnsweredQuestion> questions = new ArrayList<>();
        for (JsonRow article : document.objects(DATA, List.of("title", "paragraphs"))) {
            if (article.has(QUESTION)) {
                questions.add(ofRow(article));
                continue;
            }
            for (JsonRow paragraph : article.objects("paragraphs", List.of(CONTEXT, "qas"))) {
                String passage = paragraph.filled(CONTEXT);
                for (JsonRow question : paragraph.objects("qas", List.of(QUESTION, ANSWERS))) {
                    questions.add(question(question, passage, answers(question, passage)));
                }
            }
        }
        return questions;
    }

    private AnsweredQuestion ofRow(JsonRow row) throws IOException {
        String passage = row.filled(CONTEXT);
        if (row.has(ANSWERS) && !row.isArray(ANSWERS)) {
            JsonRow columns = row.object(ANSWERS);
            List<String> texts = columns.texts(TEXT);
            List<Double> starts = columns.numbers(START);
            if (texts.size() != starts.size()) {
                throw row.failure(
                        ANSWERS,
                        "has " + texts.size() + " of \"" + TEXT + "\" and " + starts.size() + " of \"" + START
                                + "\", expected as many");
            }
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                answers.add(answer(columns, passage, texts.get(i), starts.get(i)));
            }
            return question(row, passage, answers);
        }
        return question(row, passage, answers(row, passage));
    }

    private List<Answer> answers(JsonRow row, String passage) throws IOException {
        List<Answer> answers = new ArrayList<>();
        for (JsonRow answer : row.objects(ANSWERS, List.of(TEXT, START))) {
            answers.add(answer(answer, passage, answer.text(TEXT), answer.integer(START)));
        }
        return answers;
    }

    private Answer answer(JsonRow row, String passage, String text, double start) throws IOException {
        int index = start == Math.rint(start) ? offsets.toIndex(passage, (int) start) : -1;
        if (text.isEmpty() || index < 0 || !passage.startsWith(text, index)) {
            throw row.failure(
                    START,
                    "is " + (start == Math.rint(start) ? Long.toString((long) start) : start)
                            + ", and the passage does not have the answer " + Quoted.value(text)
                            + " there; places are counted in "
                            + offsets.label());
        }
        return new Answer(text, index);
    }

    private static AnsweredQuestion question(JsonRow row, String passage, List<Answer> answers) throws IOException {
        if (row.has(IMPOSSIBLE) && row.label(IMPOSSIBLE).equals("true") != answers.isEmpty()) {
            throw row.failure(
                    IMPOSSIBLE,
                    "is " + row.label(IMPOSSIBLE) + " and there are " + answers.size()
                            + " answers, expected answers where it is false, and none where it is true");
        }
        try {
            Optional<String> id = row.has(ID) ? Optional.of(row.label(ID)) : Optional.empty();
            return new AnsweredQuestion(row.filled(QUESTION), passage, answers, id);
        } catch (IllegalArgumentException e) {
            throw row.failure(ANSWERS, e.getMessage());
        }
    }
}
