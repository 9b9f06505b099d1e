package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingResult;

class HtmlReportTest {
    private static final String HOSTILE = "</script><script>alert(1)</script> & **bold**";

    /** Three texts, two of them mistaken, of classes with odd names. */
    static RunRecord run() {
        Predictions predictions = new Predictions(
                List.of("<good>", HOSTILE),
                List.of(0, 1, 1),
                List.of(1, 0, 1),
                List.of(0.61, 0.93, 0.8),
                List.of("fine <b>film</b>", HOSTILE + "x".repeat(400), "never again"),
                List.of());
        return run(predictions);
    }

    private static RunRecord run(Predictions predictions) {
        TrainingResult training = new TrainingResult(
                List.of(
                        new EvaluationResult(1, 10, 0.7, 1, Map.of("accuracy", 0.31)),
                        new EvaluationResult(2, 20, 0.4, 1, Map.of("accuracy", 0.37))),
                1,
                List.of(),
                0,
                false);
        MethodResult result = Records.result("lsr", 1, training, Optional.of(predictions), Resamples.NONE);
        return Records.run("own", "Own <data>, MiniLM", "accuracy", List.of(result));
    }

    static String html() throws IOException {
        return RunReport.of(run(), Usage.of("lsr-1", "predict 'a text'", "TextClassifier", "predict(\"a text\")"))
                .html();
    }

    @Test
    void verdict_isTheFirstSentence() throws IOException {
        Predictions predictions = new Predictions(
                List.of("ham", "spam"),
                IntStream.range(0, 100).mapToObj(i -> i % 2).toList(),
                IntStream.range(0, 100)
                        .mapToObj(i -> i < 90 ? i % 2 : 1 - i % 2)
                        .toList(),
                IntStream.range(0, 100).mapToObj(i -> 0.75).toList(),
                List.of(),
                List.of());
        RunRecord run = run(predictions);
        String page = RunReport.of(run, new Usage("predict", "predict();")).html();
        // The record's metric at the best epoch, of which the interval is Wilson's for 100 rows.
        assertTrue(
                page.matches(
                        "(?s).*</h1><p>lsr: 0\\.370 accuracy on 100 evaluation rows, 0\\.500 by always saying ham;"
                                + " 0\\.282 to 0\\.468 with 95 % confidence\\. This is no better than always saying ham\\.</p>.*"),
                page);
    }

    @Test
    void html_escapesTextsOfTheUser() throws IOException {
        String page = html();
        assertFalse(page.contains("<script>alert"), page);
        assertFalse(page.contains("<b>film"), page);
        assertTrue(page.contains("<title>Own &lt;data&gt;, MiniLM</title>"), page);
        assertTrue(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; **bold**"), page);
        assertFalse(page.contains("<b>bold</b>"), page);
        assertFalse(page.contains("<script"), page);
    }

    @Test
    void markdown_escapesTextsOfTheUser() throws IOException {
        String page = RunReport.of(run(), new Usage("predict", "predict();")).markdown();
        String shown = MarkdownTextTest.rendered(page);
        assertFalse(shown.contains("<script>"), page);
        assertFalse(shown.contains("<strong>bold</strong>"), page);
        assertTrue(shown.contains("<h1>Own &lt;data&gt;, MiniLM</h1>"), page);
        assertTrue(shown.contains("<td>fine &lt;b&gt;film&lt;/b&gt;</td>"), page);
        assertTrue(
                shown.contains("<td>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; **bold**</td>"), page);
    }

    @Test
    void html_readsNothingElse() throws IOException {
        assertFalse(Pattern.compile("(src|href)=\"(?!data:)").matcher(html()).find());
    }

    @Test
    void html_hasTheNumbersOfTheCurves() throws IOException {
        assertTrue(html().contains("<title>lsr, 1: 0.31</title>"), html());
        assertTrue(html().contains("<title>lsr, 2: 0.37</title>"), html());
        assertEquals(2, Pattern.compile("<svg").matcher(html()).results().count());
    }

    @Test
    void html_namesTheCountsOfTheConfusionMatrix() throws IOException {
        assertTrue(html().contains("&lt;good&gt; predicted as"), html());
        assertTrue(html().contains(": 1 of 2 (50.0 %)"), html());
    }

    @Test
    void markdown_hasTheCountsOfAFewClasses_andLinksToTheCharts() throws IOException {
        RunRecord run = run();
        Report report = new Report();
        report.confusion("lsr", run.results().get(0).predictions().orElseThrow());
        assertTrue(report.markdown().contains("| 1 | 1 |\n"), report.markdown());
        String page = RunReport.of(run, new Usage("predict", "predict();")).markdown();
        assertTrue(page.contains("[Learning curves](report.html)"), page);
        assertTrue(page.contains("## Confusion matrix\n"), page);
    }

    @Test
    void report_ofManyClasses_omitsTheMatrix() throws IOException {
        List<String> labels =
                IntStream.range(0, 1000).mapToObj(i -> "class " + i).toList();
        Predictions predictions = new Predictions(
                labels, List.of(0, 1, 1), List.of(0, 0, 1), List.of(0.5, 0.75, 0.625), List.of(), List.of());
        String page = RunReport.of(run(predictions), new Usage("predict", "predict();"))
                .html();
        assertTrue(page.contains("The matrix of 1,000 classes is omitted: for 1 methods, at most 200,000 cells"), page);
        assertFalse(page.contains("class=\"wide matrix\""), page);
    }

    @Test
    void mistakes_areOrderedByConfidence_andLongTextsCut() throws IOException {
        String page = RunReport.of(run(), new Usage("predict", "predict();")).markdown();
        int confident = page.indexOf("| 0.930 |");
        assertTrue(confident > 0 && confident < page.indexOf("| 0.610 |"), page);
        assertFalse(page.contains("never again"), page);
        assertFalse(page.contains("x".repeat(300)), page);
    }

    @Test
    void usage_namesCommandAndClass() throws IOException {
        String page = html();
        assertTrue(page.contains("lsr-adapt predict --adapter lsr-1 &#x27;a text&#x27;"), page);
        assertTrue(page.contains("TextClassifier.load(Path.of(&quot;lsr-1&quot;))"), page);
    }
}
