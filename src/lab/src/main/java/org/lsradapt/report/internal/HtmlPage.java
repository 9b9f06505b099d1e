package org.lsradapt.report.internal;

import static j2html.TagCreator.b;
import static j2html.TagCreator.body;
import static j2html.TagCreator.div;
import static j2html.TagCreator.document;
import static j2html.TagCreator.figure;
import static j2html.TagCreator.head;
import static j2html.TagCreator.html;
import static j2html.TagCreator.img;
import static j2html.TagCreator.li;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.script;
import static j2html.TagCreator.style;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.tag;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.title;
import static j2html.TagCreator.tr;
import static j2html.TagCreator.ul;

import j2html.TagCreator;
import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.lsradapt.report.MethodResult;
import org.lsradapt.training.Predictions;

/**
 * A page in HTML: one file that loads nothing else, neither from the network nor from its folder. Line charts and confusion
 * matrices show their numbers under the pointer; uPlot draws the charts.
 */
public final class HtmlPage implements Page {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/uPlot.";

    private final ContainerTag<?> main = main();
    private final List<DomContent> charts = new ArrayList<>();

    /** The element to which content is added: the page, or the details at its end. */
    private ContainerTag<?> open = main;

    private String title = "";

    @Override
    public void heading(int level, String text) {
        if (level <= 2) {
            open = main;
        }
        if (level == 1) {
            title = text;
        }
        open.with(tag("h" + level).withText(text));
    }

    @Override
    public void details(String heading) {
        open = TagCreator.details(summary(heading));
        main.with(open);
    }

    @Override
    public void text(String paragraph) {
        open.with(p(paragraph));
    }

    @Override
    public void warning(String text) {
        open.with(p(b("Warning:"), TagCreator.text(" " + text)));
    }

    @Override
    public void lines(List<String> sentences) {
        text(String.join(" ", sentences));
    }

    @Override
    public void points(List<String> points) {
        open.with(ul().with(points.stream().map(point -> li(point))));
    }

    @Override
    public void code(String lines) {
        open.with(pre(TagCreator.code(lines.strip())));
    }

    @Override
    public void table(TextTable table) {
        List<DomContent> rows = new ArrayList<>();
        for (int i = 0; i < table.rows().size(); i++) {
            ContainerTag<?> row = tr();
            for (int j = 0; j < table.header().size(); j++) {
                String text = table.rows().get(i).get(j);
                row.with(classed(table.isHighlighted(i, j) ? td(b(text)) : td(text), j < table.names()));
            }
            rows.add(row);
        }
        ContainerTag<?> header = tr();
        for (int j = 0; j < table.header().size(); j++) {
            header.with(classed(th(table.header().get(j)), j < table.names()));
        }
        open.with(div(TagCreator.table(thead(header), tbody().with(rows))).withClass("wide"));
    }

    private static ContainerTag<?> classed(ContainerTag<?> cell, boolean isName) {
        return cell.attr("class", isName ? "name" : "number");
    }

    @Override
    public void charts(String title, String file, List<XYChart> shown) {
        for (XYChart chart : shown) {
            String id = "chart" + charts.size();
            open.with(figure(div().withId(id)).withTitle(title));
            charts.add(script(rawHtml(ChartJson.of(chart)))
                    .withType("application/json")
                    .attr("data-chart", id));
        }
    }

    @Override
    public void confusion(String file, List<MethodResult> classifiers) {
        for (MethodResult classifier : classifiers) {
            Predictions predictions = classifier.predictions().orElseThrow();
            open.with(tag("h3").withText(classifier.method()), matrix(predictions));
        }
    }

    private static DomContent matrix(Predictions predictions) {
        List<String> labels = predictions.labels();
        int[][] counts = predictions.confusion();
        ContainerTag<?> header = tr(th("actual ↓ predicted →"));
        labels.forEach(label -> header.with(th(div(label)).withClass("turned")));
        List<DomContent> rows = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            int support = Arrays.stream(counts[i]).sum();
            ContainerTag<?> row = tr(th(labels.get(i)).withClass("name"));
            for (int j = 0; j < counts.length; j++) {
                double share = support == 0 ? 0 : (double) counts[i][j] / support;
                row.with(td(counts[i][j] == 0 ? "" : String.valueOf(counts[i][j]))
                        .withTitle(String.format(
                                Locale.ROOT,
                                "%s taken for %s: %d of %d (%.1f %%)",
                                labels.get(i),
                                labels.get(j),
                                counts[i][j],
                                support,
                                100 * share))
                        .withStyle(String.format(
                                Locale.ROOT,
                                "background:rgba(%s,%.2f)",
                                i == j ? "0,114,178" : "213,94,0",
                                Math.sqrt(share) * 0.8)));
            }
            rows.add(row);
        }
        return div(TagCreator.table(thead(header), tbody().with(rows)).withClass("matrix"))
                .withClass("wide");
    }

    @Override
    public void picture(String title, String file, byte[] png) {
        open.with(figure(
                img().withSrc("data:image/png;base64," + Base64.getEncoder().encodeToString(png))
                        .withAlt(title)));
    }

    @Override
    public String content() {
        ContainerTag<?> all = body(main);
        if (!charts.isEmpty()) {
            all.with(charts);
            all.with(
                    script(rawHtml(resource(UPLOT + "iife.min.js"))),
                    script(rawHtml(resource("/org/lsradapt/report/internal/charts.js"))));
        }
        return document(html(
                        head(
                                meta().withCharset("utf-8"),
                                meta().withName("viewport").withContent("width=device-width, initial-scale=1"),
                                title(title),
                                style(rawHtml(resource(UPLOT + "min.css")
                                        + resource("/org/lsradapt/report/internal/report.css")))),
                        all)
                .withLang("en"));
    }

    private static String resource(String name) {
        try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("report: resource " + name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
