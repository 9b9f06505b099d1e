package org.lsradapt.report.internal;

import java.util.regex.Pattern;
import org.lsradapt.lsr.internal.Controls;

/**
 * Escapes text for Markdown, so that labels, names and examples produce no markup, HTML or pictures. Web addresses still
 * become links.
 */
final class MarkdownText {
    private static final Pattern LINE_ENDS = Pattern.compile("\\R+");

    /** Backslashes, code, emphasis, strikethrough, mathematics, table cells, and underscores at the edge of a word. */
    private static final Pattern MARKS = Pattern.compile("[\\\\`*~$|]|(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])");

    private static final Pattern ENDS = Pattern.compile("\\](?=[(\\[:])|(?<=.)#$");

    private static final Pattern ENTITIES = Pattern.compile("&(?=#?\\w+;)");
    private static final Pattern TAGS = Pattern.compile("<(?=\\S)");

    /** The start of a heading, a list, a quotation, a rule or a link definition. */
    private static final Pattern STARTS = Pattern.compile("^(?=[#>+=\\[-])|(?<=^\\d{1,20})(?=[.)])");

    private MarkdownText() {}

    static String line(String text) {
        return STARTS.matcher(inline(text)).replaceFirst("\\\\");
    }

    /** Escapes a text inside a line. Line ends become blanks; other control characters are escaped as in Java. */
    static String inline(String text) {
        String line = Controls.escaped(LINE_ENDS.matcher(text).replaceAll(" ").replace('\t', ' '))
                .strip();
        line = MARKS.matcher(line).replaceAll("\\\\$0");
        line = ENDS.matcher(line).replaceAll("\\\\$0");
        line = ENTITIES.matcher(line).replaceAll("&amp;");
        return TAGS.matcher(line).replaceAll("&lt;");
    }
}
