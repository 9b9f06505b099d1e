package org.lsradapt.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.console.BadInput;
import org.lsradapt.tasks.DataFormat;
import org.lsradapt.tasks.Offsets;
import org.lsradapt.tasks.TokenData;
import picocli.CommandLine.Option;

/** The options that describe files of words with tags. */
final class TokenOptions {
    @Option(
            names = "--word-column",
            paramLabel = "N",
            description = "tokens: the number of the word column, from 1. Default: 1.")
    private Integer wordColumn;

    @Option(
            names = "--tag-column",
            paramLabel = "N",
            description = "tokens: the number of the tag column, from 1. Default: the last one.")
    private Integer tagColumn;

    @Option(
            names = "--offsets",
            paramLabel = "UNIT",
            description = "tokens, spans: unit of offsets in texts: code-points (Python) or utf-16 (Java,"
                    + " JavaScript). Default: code-points.")
    private String offsets;

    /** Whether a column was given. */
    boolean hasColumns() {
        return wordColumn != null || tagColumn != null;
    }

    /** Whether any of these options was given. */
    boolean isGiven() {
        return hasColumns() || offsets != null;
    }

    /** Returns the unit of offsets, code points by default. */
    Offsets offsets() {
        return offsets == null ? Offsets.CODE_POINTS : Offsets.named(offsets);
    }

    /**
     * Sets up reading a file.
     *
     * @param format {@code --format}: JSON lines or empty
     * @param text {@code --text}: at most one field
     * @param label {@code --label}, or null
     */
    TokenData.FromFile file(Path file, Optional<DataFormat> format, List<String> text, @Nullable String label) {
        TokenData.FromFile data = TokenData.of(file).offsets(offsets());
        format.ifPresent(asked -> {
            if (asked != DataFormat.JSON_LINES) {
                throw new BadInput("--format " + asked.label() + ": words with tags are read from CoNLL"
                        + " columns, which need no --format, or from json-lines");
            }
            data.jsonLines(true);
        });
        if (text.size() > 1) {
            throw new BadInput(
                    "--text " + String.join(",", text) + ": expected the field of the words, or of the text");
        }
        text.forEach(data::text);
        if (label != null) {
            data.label(label);
        }
        if (wordColumn != null) {
            data.wordColumn(wordColumn);
        }
        if (tagColumn != null) {
            data.tagColumn(tagColumn);
        }
        return data;
    }
}
