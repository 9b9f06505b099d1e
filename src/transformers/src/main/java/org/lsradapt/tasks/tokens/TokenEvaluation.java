package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.training.OutputEvaluation;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.inputs.WordReading;

/**
 * Measures how well a model finds the spans of sentences, and keeps the scores of the best evaluation. The F1 of all spans chooses the
 * best one, then the accuracy.
 */
public final class TokenEvaluation extends OutputEvaluation<EntityScores> {
    private final List<LabelledWords> sentences;
    private final List<WordWindows> windows;
    private final List<String> labels;

    /**
     * Creates an evaluation.
     *
     * @param sentences the sentences, at least one; copied
     * @param windows the same sentences as the model reads them
     * @param labels the tags in the order of the outputs
     * @param passes computes the outputs
     */
    public TokenEvaluation(
            List<LabelledWords> sentences, List<WordWindows> windows, List<String> labels, PassExecutor passes) {
        super(tokens(windows), passes);
        Require.argument(!sentences.isEmpty(), "evaluation: no sentences, expected at least one");
        this.sentences = List.copyOf(sentences);
        this.windows = List.copyOf(windows);
        this.labels = List.copyOf(labels);
    }

    /**
     * Creates an evaluation in this process.
     *
     * @param sentences the sentences, at least one
     * @param labels the tags in the order of the outputs
     * @param reading how words become tokens
     * @param maxLength the longest window in tokens
     */
    public static TokenEvaluation of(
            List<LabelledWords> sentences,
            List<String> labels,
            WordReading reading,
            Tokenizer tokenizer,
            int maxLength) {
        List<WordWindows> windows = sentences.stream()
                .map(sentence -> WordWindows.of(sentence.words(), reading, tokenizer, maxLength))
                .toList();
        return new TokenEvaluation(sentences, windows, labels, PassExecutor.LOCAL);
    }

    private static List<TokenSequence> tokens(List<WordWindows> windows) {
        return windows.stream()
                .flatMap(all -> all.windows().stream())
                .map(WordWindows.Window::tokens)
                .toList();
    }

    @Override
    public Stream<?> evaluated() {
        return Stream.of(labels, sentences, tokens(windows)).flatMap(List::stream);
    }

    @Override
    protected List<String> choosing() {
        return EntityScores.METRICS;
    }

    @Override
    protected EntityScores result(double[][] outputs) {
        return EntityScores.of(
                sentences.stream().map(LabelledWords::tags).toList(), tags(windows, List.of(outputs), labels));
    }

    @Override
    protected Map<String, Double> metrics(EntityScores result) {
        return result.metrics();
    }

    /**
     * Returns the predicted tags of words.
     *
     * @param outputs the logits of the tokens, for each window of each sentence
     * @param labels the tags in the order of the outputs
     */
    public static List<List<String>> tags(List<WordWindows> windows, List<double[]> outputs, List<String> labels) {
        return answers(windows, outputs, labels.size()).stream()
                .map(answers -> answers.stream()
                        .map(answer -> labels.get(answer.index()))
                        .toList())
                .toList();
    }

    /**
     * Returns a model's predictions for the words of sentences.
     *
     * @param outputs the logits of the tokens, for each window of each sentence
     * @param classes the number of classes
     * @return one answer per word of each sentence
     */
    public static List<List<WordWindows.Answer>> answers(
            List<WordWindows> windows, List<double[]> outputs, int classes) {
        return each(windows, outputs, (sentence, own) -> sentence.answers(own, classes));
    }

    /** Reads the outputs of each sentence's windows. */
    static <R> List<R> each(
            List<WordWindows> windows, List<double[]> outputs, BiFunction<WordWindows, List<double[]>, R> reading) {
        List<R> all = new ArrayList<>();
        int from = 0;
        for (WordWindows sentence : windows) {
            int to = from + sentence.windows().size();
            all.add(reading.apply(sentence, outputs.subList(from, to)));
            from = to;
        }
        return all;
    }
}
