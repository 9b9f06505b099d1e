package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.tasks.EntityScores;
import org.lsradapt.tasks.LabelledWords;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.Tokenizer;
import org.lsradapt.transformer.WordReading;

/**
 * Measures how well a model finds the spans of sentences, and keeps the scores of the best evaluation. The F1 of all spans chooses the
 * best one, then the accuracy.
 */
public final class TokenEvaluation implements Evaluation {
    private final List<LabelledWords> sentences;
    private final List<WordWindows> windows;
    private final List<String> labels;
    private final PassExecutor passes;
    private Optional<EntityScores> last = Optional.empty();
    private Optional<EntityScores> best = Optional.empty();

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
        Require.argument(!sentences.isEmpty(), "evaluation: no sentences, expected at least one");
        this.sentences = List.copyOf(sentences);
        this.windows = List.copyOf(windows);
        this.labels = List.copyOf(labels);
        this.passes = passes;
    }

    /**
     * Creates an evaluation in this process.
     *
     * @param sentences the sentences, at least one
     * @param labels the tags in the order of the outputs
     * @param reading how words become tokens
     * @param tokenizer the model's tokenizer
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

    @Override
    public Stream<?> evaluated() {
        return Stream.concat(
                Stream.concat(labels.stream(), sentences.stream()),
                windows.stream().flatMap(all -> all.windows().stream()).map(WordWindows.Window::tokens));
    }

    @Override
    public List<ModelInput> largest() {
        return EvaluationBatches.largest(batches());
    }

    private List<List<ModelInput>> batches() {
        return EvaluationBatches.of(windows.stream()
                .flatMap(all -> all.windows().stream())
                .<ModelInput>map(WordWindows.Window::tokens)
                .toList());
    }

    @Override
    public String primaryMetric() {
        return EntityScores.METRICS.get(0);
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public int compare(Map<String, Double> one, Map<String, Double> other) {
        return EntityScores.METRICS.stream()
                .mapToInt(name -> Double.compare(one.get(name), other.get(name)))
                .filter(difference -> difference != 0)
                .findFirst()
                .orElse(0);
    }

    @Override
    public void bestSoFar() {
        best = last;
    }

    /** The scores of a training's best evaluation; empty if it took place before an interruption. */
    public Optional<EntityScores> best() {
        return best;
    }

    @Override
    public Map<String, Double> evaluate(AdaptedModel model) {
        last = Optional.of(scores(model));
        return last.get().metrics();
    }

    /**
     * Computes a model's scores.
     *
     * @param model the model, with its current parameters
     * @throws DivergedException if an output is not finite
     */
    public EntityScores scores(AdaptedModel model) {
        double[][] outputs = passes.outputs(model, batches());
        for (double[] logits : outputs) {
            for (double logit : logits) {
                DivergedException.requireFinite(logit, "a score in evaluation");
            }
        }
        return EntityScores.of(
                sentences.stream().map(LabelledWords::tags).toList(), tags(windows, List.of(outputs), labels));
    }

    /**
     * Returns the predicted tags of words.
     *
     * @param windows the sentences
     * @param outputs the logits of the tokens, for each window of each sentence
     * @param labels the tags in the order of the outputs
     * @return the tags of each sentence
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
     * @param windows the sentences
     * @param outputs the logits of the tokens, for each window of each sentence
     * @param classes the number of classes
     * @return one answer per word of each sentence
     */
    public static List<List<WordWindows.Answer>> answers(
            List<WordWindows> windows, List<double[]> outputs, int classes) {
        List<List<WordWindows.Answer>> all = new ArrayList<>();
        int from = 0;
        for (WordWindows sentence : windows) {
            int to = from + sentence.windows().size();
            all.add(sentence.answers(outputs.subList(from, to), classes));
            from = to;
        }
        return all;
    }
}
