package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.strikethrough.StrikethroughExtension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.junit.jupiter.api.Test;

/** What a page of Markdown shows, rendered with GitHub's tables and strikethrough. */
class MarkdownTextTest {
    private static final List<Extension> GITHUB = List.of(TablesExtension.create(), StrikethroughExtension.create());

    static String rendered(String markdown) {
        return HtmlRenderer.builder()
                .extensions(GITHUB)
                .build()
                .render(Parser.builder().extensions(GITHUB).build().parse(markdown));
    }

    private static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(
                        "a",
                        "B",
                        "1",
                        " ",
                        "*",
                        "**",
                        "_",
                        "__",
                        "~",
                        "~~",
                        "`",
                        "\\",
                        "<",
                        ">",
                        "&",
                        "&amp;",
                        "&#65;",
                        "[",
                        "](",
                        "]: ",
                        "!",
                        "|",
                        "#",
                        "+",
                        "-",
                        "---",
                        "=",
                        ".",
                        ")",
                        ":",
                        "//",
                        "http://x.org",
                        "www.x.org",
                        "ftp://x.org",
                        "a@x.org",
                        "<script>",
                        "</p>",
                        "<!--",
                        "<b ",
                        "\"",
                        "é",
                        "🙂",
                        "x=",
                        "$")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts).strip().replaceAll(" +", " "));
    }

    @Property
    void paragraph_showsTheText(@ForAll("texts") String text) {
        String expected = text.isEmpty() ? "" : "<p>" + html(text) + "</p>\n";
        assertEquals(expected, rendered(MarkdownText.line(text)));
    }

    @Property
    void page_showsTheTextEverywhere(@ForAll("texts") String text) {
        Report page = new Report();
        page.heading(2, "a" + text);
        page.points(List.of("first", text + "a"));
        TextTable table = new TextTable(1, List.of("label", "n" + text));
        table.add(List.of(text, "1"));
        table.highlight(1);
        page.table(table);
        page.warning(text);
        String expected = """
                <h2>aTEXT</h2>
                <ul>
                <li>first</li>
                <li>TEXTa</li>
                </ul>
                <table>
                <thead>
                <tr>
                <th>label</th>
                <th align="right">nTEXT</th>
                </tr>
                </thead>
                <tbody>
                <tr>
                <td>TEXT</td>
                <td align="right"><strong>1</strong></td>
                </tr>
                </tbody>
                </table>
                <p><strong>Warning:</strong>!TEXT</p>
                """;
        assertEquals(
                expected.replace("!TEXT", text.isEmpty() ? "" : " " + html(text))
                        .replace("TEXT", html(text)),
                rendered(page.markdown()));
    }

    @Test
    void escaped_ofControlCharacters_isOneLineWithoutThem() {
        String escaped = MarkdownText.line("a\r\nb\tc\u001b[31m\u2028d");
        assertFalse(escaped.chars().anyMatch(Character::isISOControl), escaped);
        assertEquals("<p>a b c\\u001b[31m d</p>\n", rendered(escaped));
    }
}
