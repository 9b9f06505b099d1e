package org.lsradapt.report.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.data.checks.LabelIssue;
import org.lsradapt.data.checks.LabelIssues;
import org.lsradapt.finetuning.validation.DataReport;

/** Writes the results of a check of data. */
public final class CheckReport {
    /** The name of the table of labels that are probably wrong. */
    public static final String ISSUES = "label-issues.csv";

    public static final String REPORT = Report.MARKDOWN;

    /** The most issues in the report. */
    private static final int REPORTED = 200;

    /** The most characters of a text in a table. */
    private static final int TEXT = 100;

    private CheckReport() {}

    public static void write(Path folder, String title, DataReport found) throws IOException {
        Files.createDirectories(folder);
        Report report = new Report();
        report.title(title);
        report.points(found.sentences().stream().map(sentence -> sentence + ".").toList());
        report.heading(2, "Labels");
        report.table(labels(found));
        if (found.issues().isPresent()) {
            LabelIssues issues = found.issues().get();
            report.heading(2, "Labels that are probably wrong");
            report.text(
                    "By confident learning on the probabilities of models that were not trained on the rows, the most"
                            + " suspicious first" + (issues.all().size() > REPORTED ? "; the first " + REPORTED : "")
                            + ". All are in "
                            + ISSUES
                            + ": edit its column label (empty to remove the row), and use it with --corrections. Rare"
                            + " and difficult rows are listed as well, the more the less the models agree with the"
                            + " labels, so look before you change.");
            report.table(issues(issues, REPORTED));
            issues.write(folder.resolve(ISSUES));
        }
        report.write(folder);
    }

    public static TextTable labels(DataReport found) {
        TextTable table = new TextTable(1, List.of("label", "count"));
        found.facts().labels().forEach((label, count) -> table.add(List.of(label, String.valueOf(count))));
        return table;
    }

    public static TextTable issues(LabelIssues issues, int most) {
        List<String> columns = issues.columns();
        List<String> shown = columns.subList(0, columns.size() - 1);
        TextTable table = new TextTable(shown.size(), shown);
        for (LabelIssue issue :
                issues.all().subList(0, Math.min(most, issues.all().size()))) {
            table.add(issues.cells(issue).stream()
                    .limit(shown.size())
                    .map(CheckReport::shortened)
                    .toList());
        }
        return table;
    }

    private static String shortened(String text) {
        return text.codePointCount(0, text.length()) <= TEXT
                ? text
                : text.substring(0, text.offsetByCodePoints(0, TEXT - 2)) + " …";
    }
}
