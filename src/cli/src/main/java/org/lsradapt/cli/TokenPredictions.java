package org.lsradapt.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.FoundSpan;
import org.lsradapt.finetuning.TokenClassifier;
import org.lsradapt.report.internal.ScoreTable;
import org.lsradapt.tasks.EntityScores;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.LabelledWords;
import org.lsradapt.tasks.Offsets;

/** Prints the predictions of a token classifier, one line of JSON per text. */
record TokenPredictions(Console console, TokenClassifier tagger, Offsets offsets) {

    /** Prints the spans of texts; returns false if the output cannot be written any more. */
    boolean print(List<Example> texts) {
        List<List<FoundSpan>> found =
                tagger.predict(texts.stream().map(Example::first).toList());
        for (int i = 0; i < found.size(); i++) {
            String text = texts.get(i).first();
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("text", text);
            line.put(
                    "spans",
                    found.get(i).stream().map(span -> fields(span, text)).toList());
            console.out().println(PredictionFormat.write(line));
        }
        return !console.out().checkError();
    }

    private Map<String, Object> fields(FoundSpan span, String text) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("start", offsets.ofIndex(text, span.start()));
        fields.put("end", offsets.ofIndex(text, span.end()));
        fields.put("label", span.label());
        fields.put("score", span.score());
        fields.put("text", span.text());
        return fields;
    }

    /** Prints the words of sentences with their tags, and their scores against the right tags on standard error. */
    void compare(List<LabelledWords> sentences) {
        List<List<String>> tags =
                tagger.predictTags(sentences.stream().map(LabelledWords::words).toList());
        List<List<String>> right = new ArrayList<>();
        for (int i = 0; i < tags.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("tokens", sentences.get(i).words());
            line.put("tags", tags.get(i));
            console.out().println(PredictionFormat.write(line));
            right.add(sentences.get(i).tags());
        }
        console.out().flush();
        console.err().print(ScoreTable.text(EntityScores.of(right, tags)));
        console.err().flush();
    }
}
