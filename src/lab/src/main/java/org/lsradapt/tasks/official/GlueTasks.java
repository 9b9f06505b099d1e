package org.lsradapt.tasks.official;

import static org.lsradapt.data.metrics.Metric.ACCURACY;
import static org.lsradapt.data.metrics.Metric.BINARY_F1;
import static org.lsradapt.data.metrics.Metric.MATTHEWS;
import static org.lsradapt.data.metrics.Metric.PEARSON;
import static org.lsradapt.data.metrics.Metric.SPEARMAN;

import java.util.List;
import java.util.Optional;
import org.lsradapt.data.Label;
import org.lsradapt.data.Task;
import org.lsradapt.data.metrics.Metric;
import org.lsradapt.data.rules.FiniteNumber;
import org.lsradapt.data.rules.LabelParser;
import org.lsradapt.data.rules.LabelSet;
import org.lsradapt.data.rules.Quoted;

/**
 * The nine tasks of GLUE (Wang et al. 2018, arXiv 1804.07461) with their metrics and the columns of their official files.
 * Files with a header are read by column name, so the order of the columns and additional columns do not matter.
 *
 * <p>MNLI has two development sets. The task {@code mnli} is evaluated on the matched one, {@code mnli-mm} on the
 * mismatched one; both train on the same file.
 */
final class GlueTasks {

    private static final String DEV = "dev.tsv";
    private static final LabelSet MNLI = LabelSet.named("contradiction", "entailment", "neutral");
    private static final LabelSet ENTAILMENT = LabelSet.named("entailment", "not_entailment");
    private static final TsvFormat SENTENCES = TsvFormat.withHeader("sentence1", "sentence2", "label");
    private static final TsvFormat GOLD = TsvFormat.withHeader("sentence1", "sentence2", "gold_label");

    private GlueTasks() {}

    /** Returns all nine tasks in the order of the GLUE paper. */
    static List<Task> all() {
        TsvFormat cola = new TsvFormat(List.of("source", "label", "mark", "sentence"), "sentence", null, "label");
        TsvFormat sst2 = TsvFormat.withHeader("sentence", null, "label");
        TsvFormat mrpc = TsvFormat.withHeader("#1 String", "#2 String", "Quality");
        TsvFormat stsb = TsvFormat.withHeader("sentence1", "sentence2", "score");
        TsvFormat qqp = TsvFormat.withHeader("question1", "question2", "is_duplicate");
        TsvFormat qnli = TsvFormat.withHeader("question", "sentence", "label");
        return List.of(
                task("cola", "CoLA", DEV, cola, LabelSet.zeroOne("unacceptable", "acceptable"), MATTHEWS),
                task("sst2", "SST-2", DEV, sst2, LabelSet.zeroOne("negative", "positive"), ACCURACY),
                task("mrpc", "MRPC", DEV, mrpc, LabelSet.zeroOne("not_equivalent", "equivalent"), ACCURACY, BINARY_F1),
                task(
                        "stsb",
                        "STS-B",
                        DEV,
                        stsb,
                        List.of(),
                        new ScoreRange(0, 5).as(Label.Value::new),
                        PEARSON,
                        SPEARMAN),
                task("qqp", "QQP", DEV, qqp, LabelSet.zeroOne("not_duplicate", "duplicate"), ACCURACY, BINARY_F1),
                task("mnli", "MNLI", "dev_matched.tsv", GOLD, MNLI, ACCURACY),
                task("mnli-mm", "MNLI mismatched", "dev_mismatched.tsv", GOLD, MNLI, ACCURACY),
                task("qnli", "QNLI", DEV, qnli, ENTAILMENT, ACCURACY),
                task("rte", "RTE", DEV, SENTENCES, ENTAILMENT, ACCURACY),
                task("wnli", "WNLI", DEV, SENTENCES, LabelSet.zeroOne("not_entailment", "entailment"), ACCURACY));
    }

    private static Task task(
            String name, String title, String evaluationFile, TsvFormat format, LabelSet classes, Metric... metrics) {
        return task(name, title, evaluationFile, format, classes.names(), classes.as(Label.Category::new), metrics);
    }

    private static Task task(
            String name,
            String title,
            String evaluationFile,
            TsvFormat format,
            List<String> labels,
            LabelParser<Label> parser,
            Metric... metrics) {
        return new FileTask(
                name, title, labels, List.of(metrics), "train.tsv", evaluationFile, file -> format.read(file, parser));
    }

    /** A decimal number between two limits, inclusive. */
    private record ScoreRange(int least, int most) implements LabelParser<Double> {

        @Override
        public Optional<Double> parse(String value) {
            return new FiniteNumber().parse(value).filter(score -> score >= least && score <= most);
        }

        @Override
        public String complaint(String value) {
            return "score is " + Quoted.value(value) + ", expected a number from " + least + " to " + most;
        }
    }
}
