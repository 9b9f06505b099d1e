package org.lsradapt.runs;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;
import org.lsradapt.tasks.EntityScores;
import org.lsradapt.tasks.LabelledWords;
import org.lsradapt.tasks.TokenData;
import org.lsradapt.transformer.WordReading;

/**
 * Words with tags, as the data of a run.
 *
 * @param reading the way in which words become tokens
 */
public record TokenRunData(String name, TokenData words, WordReading reading) implements RunData {
    private static final long LIMIT_SEED = 0;

    @Override
    public Usage usage(String adapter) {
        return Usage.of(adapter, "predict 'a text'", "TokenClassifier", "predict(\"a text\")");
    }

    @Override
    public Experiment<?> on(FrozenModel base, RunSettings settings) {
        return new TokenExperiment(settings, this, (BaseModel) base);
    }

    @Override
    public TokenRunData holdOut(double fraction, long seed) {
        return new TokenRunData(name, words.holdOut(fraction, seed), reading);
    }

    @Override
    public RunData limit(int count) {
        return new TokenRunData(name, words.limit(count, LIMIT_SEED), reading);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation texts with %,d and %,d spans, %d tags",
                name,
                words.train().size(),
                words.evaluation().size(),
                spans(words.train()),
                spans(words.evaluation()),
                words.labels().size());
    }

    private static long spans(List<LabelledWords> sentences) {
        return sentences.stream().mapToLong(sentence -> sentence.spans().size()).sum();
    }

    @Override
    public List<String> notes() {
        return words.notes();
    }

    @Override
    public Optional<Integer> labelledExamples() {
        return Optional.of(words.train().size());
    }

    @Override
    public boolean hasHead() {
        return true;
    }

    @Override
    public String primaryMetric() {
        return EntityScores.METRICS.get(0);
    }

    @Override
    public boolean hasLabelsToSmooth() {
        return true;
    }
}
