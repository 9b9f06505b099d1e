package org.lsradapt.cli.inference;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Texts from the arguments, from a file of lines, or else from standard input. */
final class TextInput {
    @Option(names = "--file", paramLabel = "FILE", description = "File of texts, UTF-8, one per line.")
    @Names(Names.Use.INPUT)
    private Path file;

    @Parameters(paramLabel = "TEXT", arity = "0..*", description = "Texts.")
    private List<String> texts = List.of();

    boolean isGiven() {
        return file != null || !texts.isEmpty();
    }

    void check() {
        refuseBoth(texts, file);
    }

    static void refuseBoth(List<String> texts, Path file) {
        BadInput.throwIf(file != null && !texts.isEmpty(), "texts and --file " + file + ": expected one or the other");
    }

    /** Reads all texts; {@code pairs} is as for {@link TextLines}. */
    void forEach(Console console, Optional<Boolean> pairs, TextLines.Taker taker) throws IOException {
        if (file == null) {
            forEach(console, texts, pairs, taker);
        } else {
            TextFile.require("--file", file);
            try (InputStream in = Files.newInputStream(file)) {
                new TextLines(file.toString(), pairs).forEach(in, taker);
            }
        }
    }

    /** Reads texts from the arguments or, if there are none, from standard input. */
    static void forEach(Console console, List<String> texts, Optional<Boolean> pairs, TextLines.Taker taker)
            throws IOException {
        if (!texts.isEmpty()) {
            taker.take(new TextLines("arguments", pairs).parse(texts));
            return;
        }
        if (console.interactive()) {
            console.err().println("reading texts from standard input, one per line");
        }
        new TextLines("standard input", pairs).forEach(console.in(), taker);
    }
}
