package org.lsradapt.models.internal.cards;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.internal.Controls;

/** Builds a card's Markdown. Names that users chose are written as code, so that they have no meaning in Markdown. For one thread. */
public final class CardText {

    public static final String LIBRARY = "LSR-Adapt for Java ([arXiv 2502.13568](https://arxiv.org/abs/2502.13568))";

    private final StringBuilder text = new StringBuilder();

    /** Starts a text with a title of one line, without names that users chose. */
    public CardText(String title) {
        text.append("# ").append(title).append('\n');
    }

    public CardText paragraph(String content) {
        text.append('\n').append(content).append('\n');
        return this;
    }

    public CardText section(String heading) {
        return paragraph("## " + heading);
    }

    public CardText items(List<String> items) {
        return paragraph(items.stream().map("- "::concat).collect(Collectors.joining("\n")));
    }

    public CardText python(String... lines) {
        return paragraph("```python\n" + String.join("\n", lines) + "\n```");
    }

    public CardText shell(String... lines) {
        return paragraph("```sh\n" + String.join("\n", lines) + "\n```");
    }

    public static List<String> method(List<AdapterConfig> configs, long parameters) {
        String settings = configs.stream()
                .map(config -> described(config.label(), config.settings()))
                .distinct()
                .collect(Collectors.joining("; "));
        return List.of(
                "Method: " + (configs.isEmpty() ? "the head alone, no adapters" : settings),
                String.format(Locale.ROOT, "Trained parameters: %,d", parameters));
    }

    private static String described(String kind, Map<String, Object> settings) {
        return settings.entrySet().stream()
                .map(entry -> literal(entry.getKey() + " " + entry.getValue()))
                .collect(Collectors.joining(", ", literal(kind) + " with ", ""));
    }

    /** Says how words become tokens, and what users of transformers do. */
    public static String words(boolean joined) {
        return joined
                ? "Words: joined by single spaces and tokenized as one text, `tokenizer(\" \".join(words))`; the first token of a"
                        + " word has its label, and `is_split_into_words` may give other tokens"
                : "Words: each tokenized by itself, `tokenizer(words, is_split_into_words=True)`; the first token of a word has"
                        + " its label";
    }

    public static String labels(List<String> labels) {
        return "Labels, in the order of the outputs: "
                + labels.stream().map(CardText::literal).collect(Collectors.joining(", "));
    }

    /** Formats any text as code in a line of Markdown, with a longer fence than its backticks; escapes controls. */
    public static String literal(String name) {
        String line = Controls.escaped(name);
        int longest = 0;
        int row = 0;
        for (int i = 0; i < line.length(); i++) {
            row = line.charAt(i) == '`' ? row + 1 : 0;
            longest = Math.max(longest, row);
        }
        String fence = "`".repeat(longest + 1);
        boolean touches = line.isEmpty() || line.charAt(0) == '`' || line.charAt(line.length() - 1) == '`';
        return touches ? fence + " " + line + " " + fence : fence + line + fence;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
