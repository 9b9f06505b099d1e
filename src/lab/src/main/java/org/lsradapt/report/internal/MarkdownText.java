package org.lsradapt.report.internal;

import java.util.regex.Pattern;
import org.lsradapt.lsr.internal.Controls;

/** Text that Markdown shows as it is: labels, names and examples make no markup, HTML or pictures. An address stays one. */
final class MarkdownText {
    private static final Pattern LINE_ENDS = Pattern.compile("\\R+");

    /** Backslashes, code, emphasis, strikethrough, mathematics, cells of tables, and underscores at the edge of a word. */
    private static final Pattern MARKS = Pattern.compile("[\\\\`*~$|]|(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])");

    /** The end of a link's text, and of a heading. */
    private static final Pattern ENDS = Pattern.compile("\\](?=[(\\[:])|(?<=.)#$");

    private static final Pattern ENTITIES = Pattern.compile("&(?=#?\\w+;)");
    private static final Pattern TAGS = Pattern.compile("<(?=\\S)");

    /** What makes a line a heading, a list, a quotation, a rule or the definition of a link. */
    private static final Pattern STARTS = Pattern.compile("^(?=[#>+=\\[-])|(?<=^\\d{1,20})(?=[.)])");

    private MarkdownText() {}

    /** A line of its own. */
    static String line(String text) {
        return STARTS.matcher(inline(text)).replaceFirst("\\\\");
    }

    /** A part of a line; line ends are blanks, other control characters are escaped as in Java. */
    static String inline(String text) {
        String line = Controls.escaped(LINE_ENDS.matcher(text).replaceAll(" ").replace('\t', ' '))
                .strip();
        line = MARKS.matcher(line).replaceAll("\\\\$0");
        line = ENDS.matcher(line).replaceAll("\\\\$0");
        line = ENTITIES.matcher(line).replaceAll("&amp;");
        return TAGS.matcher(line).replaceAll("&lt;");
    }
}
