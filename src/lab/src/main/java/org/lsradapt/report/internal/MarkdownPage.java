package org.lsradapt.report.internal;

import java.util.List;
import org.knowm.xchart.XYChart;
import org.lsradapt.report.MethodResult;

/** A page in Markdown; pictures are files beside it. */
public final class MarkdownPage implements Page {
    private final StringBuilder page = new StringBuilder();

    @Override
    public void heading(int level, String text) {
        text("#".repeat(level) + " " + text);
    }

    @Override
    public void details(String heading) {
        heading(2, heading);
    }

    @Override
    public void text(String paragraph) {
        page.append(paragraph).append("\n\n");
    }

    @Override
    public void lines(List<String> sentences) {
        text(String.join("\n", sentences));
    }

    @Override
    public void points(List<String> points) {
        text("- " + String.join("\n- ", points));
    }

    @Override
    public void code(String lines) {
        text("    " + lines.strip().replace("\n", "\n    "));
    }

    @Override
    public void table(TextTable table) {
        text(table.toMarkdown().stripTrailing());
    }

    @Override
    public void charts(String title, String file, List<XYChart> charts) {
        link(title, file);
    }

    @Override
    public void confusion(String file, List<MethodResult> classifiers) {
        link("Confusion matrix", file);
    }

    @Override
    public void picture(String title, String file, byte[] png) {
        link(title, file);
    }

    private void link(String title, String file) {
        text("![" + title + "](" + file + ")");
    }

    @Override
    public String content() {
        return page.toString().stripTrailing() + "\n";
    }
}
