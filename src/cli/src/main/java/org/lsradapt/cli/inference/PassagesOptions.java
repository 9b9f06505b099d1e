package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name passages. */
final class PassagesOptions {
    @Option(
            names = "--passages",
            paramLabel = "FILE",
            required = true,
            description = "The passages: a .txt file with a passage per line, CSV or TSV with a header, or JSON lines.")
    @Names(Names.Use.INPUT)
    private Path file;

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(names = "--text", paramLabel = "COLUMN", description = "Passage column of a table. Default: text.")
    private String column;

    List<String> read() throws IOException {
        List<String> texts = TextFile.read("--passages", file, column, format);
        BadInput.throwIf(texts.isEmpty(), file + ": has no passages, expected at least one");
        return texts;
    }
}
