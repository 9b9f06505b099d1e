package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.TaskOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name passages. */
final class PassagesOptions {
    @Option(
            names = "--passages",
            paramLabel = "FILE",
            description =
                    "The passages: a .txt file with a passage per line, CSV or TSV with a header, JSON lines, or - for"
                            + " such a table from standard input.")
    @Names(Names.Use.INPUT)
    private Path file;

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(names = "--text", paramLabel = "COLUMN", description = "Passage column of a table. Default: text.")
    private String column;

    /** Reads the passages; {@code given} names their source beyond files. */
    List<String> read(TaskOptions given) throws IOException {
        List<String> texts = TextFile.read("--passages", file, column, format, given);
        BadInput.throwIf(texts.isEmpty(), file + ": has no passages, expected at least one");
        return texts;
    }
}
