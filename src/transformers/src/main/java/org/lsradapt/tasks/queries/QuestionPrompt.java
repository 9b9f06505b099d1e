package org.lsradapt.tasks.queries;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lsradapt.lsr.internal.Require;

/**
 * The request for questions about a passage, for any language model, and the reading of its answer.
 *
 * <pre>{@code
 * PassageQuestions.by(QuestionPrompt.usual(3).asking(chatModel::chat));   // LangChain4j's ChatModel, or any function
 * }</pre>
 *
 * @param template the request; {@value #PASSAGE} stands for the passage, and {@value #COUNT} for the number of questions
 * @param count the number of questions to ask for
 */
public record QuestionPrompt(String template, int count) {
    /** The place of the passage in a template. */
    public static final String PASSAGE = "{passage}";

    /** The place of the number of questions in a template. */
    public static final String COUNT = "{count}";

    private static final String USUAL = "Write {count} short questions that a reader could ask and that this passage"
            + " answers. Use other words than the passage where you can. Write one question per line and nothing"
            + " else.\n\nPassage: {passage}";

    private static final Pattern MARK = Pattern.compile(
            "^[\\s>*_#\"'“”`-]*(?:(?:question|frage|[qa])?\\s*\\(?\\d{0,2}\\s*[.):\\]]\\s*){0,3}[\\s*_\"'“”`-]*",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern QUESTION = Pattern.compile("[^?？؟]*\\p{L}[^?？؟]*[?？؟]");

    /** Checks the template and the number. */
    public QuestionPrompt {
        Require.argument(count >= 1, "questions: %d for each passage, expected 1 or more", count);
        Require.argument(
                template.contains(PASSAGE), "questions: the prompt has no %s, expected it once at least", PASSAGE);
    }

    /** Returns the usual request. */
    public static QuestionPrompt usual(int count) {
        return new QuestionPrompt(USUAL, count);
    }

    /** Returns the request about a passage. */
    public String about(String passage) {
        return template.replace(COUNT, String.valueOf(count)).replace(PASSAGE, passage.strip());
    }

    /** Returns a function that writes questions about a passage by a language model, which answers a request. */
    public Function<String, List<String>> asking(Function<String, String> model) {
        return passage -> questions(model.apply(about(passage)));
    }

    /**
     * Reads a language model's answer: the text of each line up to its first question mark, without numbers, bullets and
     * quotation marks before it. Lines without a question mark are left out.
     */
    public static List<String> questions(String answer) {
        return answer.lines()
                .map(line -> QUESTION.matcher(MARK.matcher(line).replaceFirst("")))
                .filter(Matcher::lookingAt)
                .map(found -> found.group().strip())
                .distinct()
                .toList();
    }

    /** Returns a text without differences of case and white space, by which copies of questions are found. */
    static String normalized(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }
}
