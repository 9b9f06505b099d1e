package org.lsradapt.tasks.official;

import java.util.List;
import org.lsradapt.tasks.Metric;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.internal.LabelSet;

/**
 * The nine tasks of GLUE (Wang et al. 2018, arXiv 1804.07461) with their metrics, and the columns of their official
 * files. A file with a header is read by the names in it, so that the order of its columns and those that are not
 * needed do not matter.
 *
 * <p>MNLI has two development sets. The task {@code mnli} is evaluated on the matched one, {@code mnli-mm} on the
 * mismatched one; both train on the same file.
 */
final class GlueTasks {

    private static final LabelSet ENTAILMENT_OR_NOT = LabelSet.named("entailment", "not_entailment");

    private GlueTasks() {}

    /** All of them, in the order of the GLUE paper. */
    static List<Task> all() {
        return List.of(
                classification(
                        "cola",
                        "CoLA",
                        LabelSet.zeroOne("unacceptable", "acceptable"),
                        new TsvFormat(List.of("source", "label", "mark", "sentence"), "sentence", null, "label"),
                        Metric.MATTHEWS),
                classification(
                        "sst2",
                        "SST-2",
                        LabelSet.zeroOne("negative", "positive"),
                        TsvFormat.withHeader("sentence", null, "label"),
                        Metric.ACCURACY),
                classification(
                        "mrpc",
                        "MRPC",
                        LabelSet.zeroOne("not_equivalent", "equivalent"),
                        TsvFormat.withHeader("#1 String", "#2 String", "Quality"),
                        Metric.ACCURACY,
                        Metric.BINARY_F1),
                stsb(),
                classification(
                        "qqp",
                        "QQP",
                        LabelSet.zeroOne("not_duplicate", "duplicate"),
                        TsvFormat.withHeader("question1", "question2", "is_duplicate"),
                        Metric.ACCURACY,
                        Metric.BINARY_F1),
                mnli("mnli", "MNLI", "dev_matched.tsv"),
                mnli("mnli-mm", "MNLI mismatched", "dev_mismatched.tsv"),
                classification(
                        "qnli",
                        "QNLI",
                        ENTAILMENT_OR_NOT,
                        TsvFormat.withHeader("question", "sentence", "label"),
                        Metric.ACCURACY),
                classification(
                        "rte",
                        "RTE",
                        ENTAILMENT_OR_NOT,
                        TsvFormat.withHeader("sentence1", "sentence2", "label"),
                        Metric.ACCURACY),
                classification(
                        "wnli",
                        "WNLI",
                        LabelSet.zeroOne("not_entailment", "entailment"),
                        TsvFormat.withHeader("sentence1", "sentence2", "label"),
                        Metric.ACCURACY));
    }

    private static Task mnli(String name, String title, String evaluationFile) {
        LabelSet labels = LabelSet.named("contradiction", "entailment", "neutral");
        TsvFormat format = TsvFormat.withHeader("sentence1", "sentence2", "gold_label");
        return new FileTask(
                name,
                title,
                labels.names(),
                List.of(Metric.ACCURACY),
                "train.tsv",
                evaluationFile,
                file -> format.read(file, labels));
    }

    private static Task stsb() {
        TsvFormat format = TsvFormat.withHeader("sentence1", "sentence2", "score");
        ScoreRange scores = new ScoreRange(0, 5);
        return new FileTask(
                "stsb",
                "STS-B",
                List.of(),
                List.of(Metric.PEARSON, Metric.SPEARMAN),
                "train.tsv",
                "dev.tsv",
                file -> format.read(file, scores));
    }

    private static Task classification(
            String name, String title, LabelSet labels, TsvFormat format, Metric... metrics) {
        return new FileTask(
                name,
                title,
                labels.names(),
                List.of(metrics),
                "train.tsv",
                "dev.tsv",
                file -> format.read(file, labels));
    }
}
