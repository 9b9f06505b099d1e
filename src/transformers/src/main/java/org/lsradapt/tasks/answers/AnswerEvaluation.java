package org.lsradapt.tasks.answers;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.OutputEvaluation;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Measures how well a model answers questions, and keeps the result of the best evaluation. The F1 of the answers chooses the best one,
 * then exact match. If questions may have no answer, each evaluation first finds the threshold with the best F1 on its own questions.
 */
public final class AnswerEvaluation extends OutputEvaluation<AnswerEvaluation.Measured> {
    private final List<AnsweredQuestion> questions;
    private final List<AnswerWindows> windows;
    private final boolean noAnswer;

    /**
     * The result of an evaluation.
     *
     * @param threshold the margin by which the score of no answer has to exceed the best answer's; infinite if there is always an answer
     */
    public record Measured(AnswerScores scores, double threshold) {}

    /**
     * Creates an evaluation.
     *
     * @param questions the questions, at least one; copied
     * @param windows the same questions as the model reads them
     * @param passes computes the outputs
     */
    public AnswerEvaluation(
            List<AnsweredQuestion> questions, List<AnswerWindows> windows, boolean noAnswer, PassExecutor passes) {
        super(tokens(windows), passes);
        Require.argument(
                questions.size() == windows.size() && !questions.isEmpty(),
                "evaluation: %d questions in the windows of %d, expected as many, at least one",
                questions.size(),
                windows.size());
        this.questions = List.copyOf(questions);
        this.windows = List.copyOf(windows);
        this.noAnswer = noAnswer;
    }

    /**
     * Creates an evaluation in this process.
     *
     * @param questions the questions, at least one
     * @param maxLength the longest window in tokens
     */
    public static AnswerEvaluation of(
            List<AnsweredQuestion> questions, boolean noAnswer, Tokenizer tokenizer, int maxLength) {
        return new AnswerEvaluation(questions, windows(questions, tokenizer, maxLength), noAnswer, PassExecutor.LOCAL);
    }

    /** The questions as a model reads them; see {@link AnswerWindows#of}. */
    public static List<AnswerWindows> windows(List<AnsweredQuestion> questions, Tokenizer tokenizer, int maxLength) {
        return questions.stream()
                .map(one -> AnswerWindows.of(one.question(), one.passage(), tokenizer, maxLength))
                .toList();
    }

    private static List<TokenSequence> tokens(List<AnswerWindows> windows) {
        return windows.stream()
                .flatMap(all -> all.windows().stream())
                .map(AnswerWindows.Window::tokens)
                .toList();
    }

    @Override
    public Stream<?> evaluated() {
        return Stream.concat(questions.stream(), tokens(windows).stream());
    }

    @Override
    protected List<String> choosing() {
        return AnswerScores.METRICS;
    }

    @Override
    protected Measured result(double[][] outputs) {
        List<AnswerWindows.Spans> said = spans(windows, List.of(outputs));
        double threshold = noAnswer ? threshold(questions, windows, said) : Double.POSITIVE_INFINITY;
        return new Measured(AnswerScores.of(questions, texts(windows, said, threshold)), threshold);
    }

    @Override
    protected Map<String, Double> metrics(Measured result) {
        return result.scores().metrics();
    }

    /** Returns a model's answers to questions, of the logits of the tokens for each window of each question. */
    public static List<AnswerWindows.Spans> spans(List<AnswerWindows> windows, List<double[]> outputs) {
        List<AnswerWindows.Spans> all = new ArrayList<>();
        int from = 0;
        for (AnswerWindows question : windows) {
            int to = from + question.windows().size();
            all.add(question.spans(outputs.subList(from, to)));
            from = to;
        }
        return all;
    }

    private static List<String> texts(List<AnswerWindows> windows, List<AnswerWindows.Spans> said, double threshold) {
        return IntStream.range(0, said.size())
                .mapToObj(i -> said.get(i)
                        .best(threshold)
                        .map(span -> windows.get(i).passage().substring(span.start(), span.end()))
                        .orElse(""))
                .toList();
    }

    /**
     * Finds the threshold with the best F1: questions become answered in the order of their margin of no answer over the best answer. The
     * threshold is half way between the last answered and the first unanswered question.
     */
    static double threshold(
            List<AnsweredQuestion> questions, List<AnswerWindows> windows, List<AnswerWindows.Spans> said) {
        List<String> answers = texts(windows, said, Double.POSITIVE_INFINITY);
        List<Integer> order = IntStream.range(0, said.size())
                .filter(i -> !said.get(i).spans().isEmpty())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> said.get(i).margin()))
                .toList();
        double gained = 0;
        double most = 0;
        int answered = 0;
        for (int i = 0; i < order.size(); i++) {
            AnsweredQuestion question = questions.get(order.get(i));
            gained += AnswerScores.f1(question, answers.get(order.get(i))) - AnswerScores.f1(question, "");
            boolean divides = i + 1 == order.size() || margin(said, order, i + 1) > margin(said, order, i);
            if (divides && gained > most) {
                most = gained;
                answered = i + 1;
            }
        }
        if (order.isEmpty()) {
            return 0;
        }
        if (answered == 0) {
            return margin(said, order, 0) - 1;
        }
        double last = margin(said, order, answered - 1);
        return answered == order.size() ? last + 1 : last + (margin(said, order, answered) - last) / 2;
    }

    private static double margin(List<AnswerWindows.Spans> said, List<Integer> order, int i) {
        return said.get(order.get(i)).margin();
    }
}
