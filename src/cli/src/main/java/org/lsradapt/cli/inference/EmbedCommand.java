package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.tasks.embeddings.TextEncoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "embed",
        sortOptions = false,
        preprocessor = TaskOptionSpecs.OfSources.class,
        description = "Computes embeddings with a saved adapter or a base model. Prints a JSON line with the"
                + " embedding of each text. Texts come from the arguments, a file, or standard input, one per line.")
public final class EmbedCommand extends ConsoleCommand {
    private static final int AT_ONCE = 1024;

    @Mixin
    private EmbedderOptions embedder = new EmbedderOptions();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description =
                    "Texts: a .txt file with one per line, CSV or TSV with a header, JSON lines, or - for such a table"
                            + " from standard input.")
    @Names(Names.Use.INPUT)
    private Path file;

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(names = "--text", paramLabel = "COLUMN", description = "Text column of a table. Default: text.")
    private String column;

    @Option(names = "--query", description = "The texts are queries: put the model's query prefix before each.")
    private boolean query;

    @Parameters(paramLabel = "TEXT", arity = "0..*", description = "Texts.")
    private List<String> texts = List.of();

    @Override
    protected void execute() throws IOException {
        TextInput.refuseBoth(texts, file);
        BadInput.throwIf(
                embedder.adaptsQueries() && !query, "--query-adapter: adapts queries alone, expected --query as well");
        TaskOptions given = TaskOptionSpecs.given(spec(), "embed");
        boolean hasTable = TextFile.isGiven(file, given);
        BadInput.throwIf(hasTable && !texts.isEmpty(), "texts and --sql: expected one or the other");
        BadInput.throwIf(
                !hasTable && (column != null || format.isGiven() || given.has(DatabaseOptions.ENCODING)),
                "--text, --format and --encoding apply to files, expected --file FILE as well");
        try (EmbedderOptions.Loaded loaded = embedder.load(console())) {
            TextEncoder model = embedder.encoder(loaded, console());
            if (hasTable) {
                printAll(TextFile.read("--file", file, column, format, given), model);
            } else {
                TextInput.forEach(console(), texts, Optional.of(false), some -> printAll(firsts(some), model));
            }
        }
    }

    private static List<String> firsts(List<Example> examples) {
        return examples.stream().map(Example::first).toList();
    }

    /** Prints all embeddings; returns false if the output cannot be written any more. */
    private boolean printAll(List<String> all, TextEncoder model) throws IOException {
        for (int from = 0; from < all.size() && !out().checkError(); from += AT_ONCE) {
            print(all.subList(from, Math.min(all.size(), from + AT_ONCE)), model);
        }
        return !out().checkError();
    }

    private void print(List<String> some, TextEncoder model) throws IOException {
        float[][] embeddings = query ? model.embedQueries(some) : model.embed(some);
        for (int i = 0; i < embeddings.length; i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("text", some.get(i));
            line.put("embedding", embeddings[i]);
            out().println(JsonFile.line(line));
        }
    }
}
