package org.lsradapt.report.internal;

import static j2html.TagCreator.b;
import static j2html.TagCreator.body;
import static j2html.TagCreator.div;
import static j2html.TagCreator.document;
import static j2html.TagCreator.figcaption;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.head;
import static j2html.TagCreator.img;
import static j2html.TagCreator.li;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.style;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;
import static j2html.TagCreator.ul;

import j2html.TagCreator;
import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.training.Predictions;

/**
 * A report, to which content is added from top to bottom. It is written in two formats: {@code report.html} is one file that
 * loads nothing else, {@code report.md} has the same texts and tables and links to {@code report.html} for the charts. Texts
 * contain no markup and are shown literally.
 */
public final class Report {
    public static final String MARKDOWN = "report.md";

    static final String HTML = "report.html";

    /** The most classes of a confusion matrix in Markdown. */
    private static final int MOST_COLUMNS = 12;

    private final ContainerTag<?> main = main();
    private final StringBuilder markdown = new StringBuilder();
    private String title = "";

    /** The element to which content is added: the page, or the details at its end. */
    private ContainerTag<?> open = main;

    private void add(DomContent html, String block) {
        open.with(html);
        markdown.append(block).append("\n\n");
    }

    public void title(String text) {
        title = text;
        heading(1, text);
    }

    /** Adds a heading of level 2 or 3. */
    public void heading(int level, String text) {
        open = level <= 2 ? main : open;
        add(tag("h" + level).withText(text), "#".repeat(level) + " " + MarkdownText.inline(text));
    }

    /** Adds a heading of level 2 above content that is folded in HTML. */
    void details(String heading) {
        open = main;
        ContainerTag<?> details = TagCreator.details(summary(heading));
        add(details, "## " + MarkdownText.inline(heading));
        open = details;
    }

    public void text(String paragraph) {
        add(p(paragraph), MarkdownText.line(paragraph));
    }

    void warning(String text) {
        add(p(b("Warning:"), TagCreator.text(" " + text)), "**Warning:** " + MarkdownText.inline(text));
    }

    /** Adds a paragraph of sentences, which Markdown has on separate lines. */
    void lines(List<String> sentences) {
        add(
                p(String.join(" ", sentences)),
                sentences.stream().map(MarkdownText::line).collect(Collectors.joining("\n")));
    }

    public void points(List<String> points) {
        add(
                ul().with(points.stream().map(point -> li(point))),
                points.stream().map(MarkdownText::line).collect(Collectors.joining("\n- ", "- ", "")));
    }

    void code(String lines) {
        add(pre(TagCreator.code(lines.strip())), "    " + lines.strip().replace("\n", "\n    "));
    }

    public void table(TextTable table) {
        ContainerTag<?> header = tr();
        for (int j = 0; j < table.header().size(); j++) {
            header.with(classed(th(table.header().get(j)), j < table.names()));
        }
        ContainerTag<?> rows = tbody();
        for (int i = 0; i < table.rows().size(); i++) {
            ContainerTag<?> row = tr();
            for (int j = 0; j < table.header().size(); j++) {
                String text = table.rows().get(i).get(j);
                row.with(classed(table.isHighlighted(i, j) ? td(b(text)) : td(text), j < table.names()));
            }
            rows.with(row);
        }
        add(wide(thead(header), rows), table.toMarkdown().stripTrailing());
    }

    private static ContainerTag<?> classed(ContainerTag<?> cell, boolean isName) {
        return cell.attr("class", isName ? "name" : "number");
    }

    private static ContainerTag<?> wide(DomContent... parts) {
        return div(TagCreator.table(parts)).withClass("wide");
    }

    /** Adds charts. Markdown links to the page that has them. */
    public void charts(String title, List<Chart> charts) {
        add(charts(charts), "[" + MarkdownText.inline(title) + "](" + HTML + ")");
    }

    /** Adds a chart that Markdown shows from a file, whose path is relative to the report. */
    public void picture(String title, Chart chart, String file) {
        add(charts(List.of(chart)), "![" + MarkdownText.inline(title) + "](" + file + ")");
    }

    private static DomContent charts(List<Chart> charts) {
        return TagCreator.each(charts, chart -> figure(rawHtml(chart.svg())));
    }

    void confusion(String heading, Predictions predictions) {
        heading(3, heading);
        List<String> labels = predictions.labels();
        int[][] counts = predictions.confusion();
        ContainerTag<?> header = tr(th("actual ↓ predicted →"));
        labels.forEach(label -> header.with(th(div(label)).withClass("turned")));
        List<String> columns = new ArrayList<>(List.of("actual ↓ predicted →"));
        columns.addAll(labels);
        TextTable table = new TextTable(1, columns);
        ContainerTag<?> rows = tbody();
        for (int i = 0; i < counts.length; i++) {
            List<String> cells = new ArrayList<>(List.of(labels.get(i)));
            ContainerTag<?> row = tr(th(labels.get(i)).withClass("name"));
            int support = Arrays.stream(counts[i]).sum();
            for (int j = 0; j < counts.length; j++) {
                cells.add(String.valueOf(counts[i][j]));
                row.with(cell(counts[i][j], support, labels.get(i), labels.get(j)));
            }
            rows.with(row);
            table.add(cells);
        }
        add(
                wide(thead(header), rows).withClasses("wide", "matrix"),
                labels.size() <= MOST_COLUMNS
                        ? table.toMarkdown().stripTrailing()
                        : "[Confusion matrix](" + HTML + ")");
    }

    private static DomContent cell(int count, int support, String actual, String predicted) {
        double share = support == 0 ? 0 : (double) count / support;
        return td(count == 0 ? "" : String.valueOf(count))
                .withTitle(String.format(
                        Locale.ROOT,
                        "%s predicted as %s: %d of %d (%.1f %%)",
                        actual,
                        predicted,
                        count,
                        support,
                        100 * share))
                .withStyle(String.format(
                        Locale.ROOT,
                        "background:rgba(%s,%.2f)",
                        actual.equals(predicted) ? "0,114,178" : "213,94,0",
                        Math.sqrt(share) * 0.8));
    }

    /** Adds captioned PNG images side by side. Markdown links to the page that has them. */
    void images(String title, List<byte[]> pngs, List<String> captions) {
        ContainerTag<?> images = div().withClass("images");
        for (int i = 0; i < pngs.size(); i++) {
            images.with(figure(
                    img().withSrc("data:image/png;base64," + Base64.getEncoder().encodeToString(pngs.get(i)))
                            .withAlt(captions.get(i)),
                    figcaption(captions.get(i))));
        }
        add(images, "[" + MarkdownText.inline(title) + "](" + HTML + ")");
    }

    String markdown() {
        return markdown.toString().stripTrailing() + "\n";
    }

    String html() {
        return document(TagCreator.html(
                        head(
                                meta().withCharset("utf-8"),
                                meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                                TagCreator.title(title),
                                style(rawHtml(css()))),
                        body(main))
                .withLang("en"));
    }

    public void write(Path folder) throws IOException {
        AtomicFile.write(folder.resolve(HTML), html().getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(folder.resolve(MARKDOWN), markdown().getBytes(StandardCharsets.UTF_8));
    }

    private static String css() {
        try (InputStream in = Report.class.getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
