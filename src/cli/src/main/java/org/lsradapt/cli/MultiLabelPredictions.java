package org.lsradapt.cli;

import java.util.List;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.ChosenLabels;
import org.lsradapt.finetuning.MultiLabelClassifier;
import org.lsradapt.report.internal.ScoreTable;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.LabelScores;
import org.lsradapt.tasks.PredictionInputs;

/** Prints the labels that a classifier assigns to texts. */
record MultiLabelPredictions(Console console, MultiLabelClassifier classifier, PredictionFormat format) {

    /** Prints the labels of texts; returns false if the output cannot be written any more. */
    boolean print(List<Example> texts) {
        print(texts, classifier.outputs(texts));
        return !console.out().checkError();
    }

    private void print(List<Example> texts, double[][] outputs) {
        for (int i = 0; i < outputs.length; i++) {
            ChosenLabels labels = ChosenLabels.of(outputs[i], classifier.labels(), classifier.thresholds());
            console.out().println(format.line(texts.get(i), labels));
        }
    }

    /** Prints the labels of a table's texts; if the table has the right labels, also prints metrics on standard error. */
    void compare(PredictionInputs inputs) {
        double[][] outputs = classifier.outputs(inputs.examples());
        print(inputs.examples(), outputs);
        console.out().flush();
        inputs.task()
                .flatMap(task -> task.labelScores(inputs.examples(), outputs))
                .ifPresent(scores -> {
                    console.err().print(ScoreTable.text(scores));
                    console.err().println(PredictionFormat.metrics(scores.metrics()));
                    LabelScores.unmeasured(
                                    classifier.labels(),
                                    label -> scores.types().get(label).support() > 0)
                            .ifPresent(console.err()::println);
                    console.err().flush();
                });
    }
}
