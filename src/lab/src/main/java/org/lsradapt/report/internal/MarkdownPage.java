package org.lsradapt.report.internal;

import java.util.List;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.lsradapt.report.MethodResult;

/** A page in Markdown; its pictures are separate files. */
public final class MarkdownPage implements Page {
    private final StringBuilder page = new StringBuilder();

    @Override
    public void heading(int level, String text) {
        block("#".repeat(level) + " " + MarkdownText.inline(text));
    }

    @Override
    public void details(String heading) {
        heading(2, heading);
    }

    @Override
    public void text(String paragraph) {
        block(MarkdownText.line(paragraph));
    }

    private void block(String markdown) {
        page.append(markdown).append("\n\n");
    }

    @Override
    public void warning(String text) {
        block("**Warning:** " + MarkdownText.inline(text));
    }

    @Override
    public void lines(List<String> sentences) {
        block(sentences.stream().map(MarkdownText::line).collect(Collectors.joining("\n")));
    }

    @Override
    public void points(List<String> points) {
        block(points.stream().map(MarkdownText::line).collect(Collectors.joining("\n- ", "- ", "")));
    }

    @Override
    public void code(String lines) {
        block("    " + lines.strip().replace("\n", "\n    "));
    }

    @Override
    public void table(TextTable table) {
        block(table.toMarkdown().stripTrailing());
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
        block("![" + MarkdownText.inline(title) + "](" + file + ")");
    }

    @Override
    public String content() {
        return page.toString().stripTrailing() + "\n";
    }
}
