package org.lsradapt.tasks.tokens;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.Prediction;
import org.lsradapt.finetuning.Predictor;

/** The spans of texts, or the tags of the words of a file. */
public final class TokenPredictor extends Predictor {
    private final TokenClassifier model;

    TokenPredictor(Request request, TokenClassifier model) {
        super(request, new Kind("assigns labels to words", TokensTask.TYPE, Inputs.TEXTS));
        this.model = model;
    }

    @Override
    public void requireProbabilities() {
        throw noProbabilities();
    }

    /** Makes the exception for probabilities that are asked of spans. */
    public static IllegalArgumentException noProbabilities() {
        return new IllegalArgumentException(
                "--probabilities: the model finds spans, expected a classifier of texts or images");
    }

    @Override
    public List<Prediction> predict(List<Example> inputs) {
        List<List<FoundSpan>> found =
                model.predict(inputs.stream().map(Example::first).toList());
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            String text = inputs.get(i).first();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("text", text);
            line.put(
                    "spans",
                    found.get(i).stream().map(span -> fields(span, text)).toList());
            predictions.add(all -> line);
        }
        return predictions;
    }

    private Map<String, Object> fields(FoundSpan span, String text) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("start", given().offsets().ofIndex(text, span.start()));
        fields.put("end", given().offsets().ofIndex(text, span.end()));
        fields.put("label", span.label());
        fields.put("score", span.score());
        fields.put("text", span.text());
        return fields;
    }

    @Override
    public Comparison compare(Table file) throws IOException {
        List<LabelledWords> sentences = TokensTask.file(file, given()).readAll(model.labels());
        List<List<String>> tags =
                model.predictTags(sentences.stream().map(LabelledWords::words).toList());
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < tags.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("tokens", sentences.get(i).words());
            line.put("tags", tags.get(i));
            predictions.add(all -> line);
        }
        EntityScores scores =
                EntityScores.of(sentences.stream().map(LabelledWords::tags).toList(), tags);
        return new Comparison(predictions, Optional.of(scores), scores.metrics(), scores.resamples(), List.of());
    }
}
