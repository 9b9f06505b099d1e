package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.ControlCharacters;
import org.lsradapt.retrieval.ExactSearch;
import org.lsradapt.retrieval.Hit;
import org.lsradapt.tasks.embeddings.TextEncoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "search",
        sortOptions = false,
        showDefaultValues = true,
        description = "Finds the passages closest to a query, with a saved adapter or a base model. Prints the "
                + "dot product of the embeddings and the passage, separated by a tab, closest first.")
public final class SearchCommand extends ConsoleCommand {
    @Mixin
    private EmbedderOptions embedder = new EmbedderOptions();

    @Option(
            names = "--passages",
            paramLabel = "FILE",
            required = true,
            description = "The passages to search: a .txt file with a passage per line, CSV or TSV with a header,"
                    + " or JSON lines.")
    @Names(Names.Use.INPUT)
    private Path passages;

    @Mixin
    private TableFormatOption format = new TableFormatOption();

    @Option(names = "--text", paramLabel = "COLUMN", description = "Passage column of a table. Default: text.")
    private String column;

    @Option(names = "--top", paramLabel = "N", description = "Passages to print per query.")
    private int top = 5;

    @Parameters(paramLabel = "QUERY", arity = "1..*", description = "Queries.")
    private List<String> queries;

    @Override
    protected void execute() throws IOException {
        if (top < 1) {
            throw new BadInput("--top " + top + ": expected >= 1");
        }
        for (String query : queries) {
            if (query.isBlank()) {
                throw new BadInput("a query is blank, expected a text");
            }
        }
        List<String> texts = TextFile.read("--passages", passages, column, format);
        if (texts.isEmpty()) {
            throw new BadInput(passages + ": has no passages, expected at least one");
        }
        try (EmbedderOptions.Loaded loaded = embedder.load(console())) {
            TextEncoder model = embedder.encoder(loaded, console());
            ExactSearch search = ExactSearch.in(model.embed(texts));
            List<List<Hit>> found = search.search(model.embedQueries(queries), Math.min(top, texts.size()));
            for (int i = 0; i < queries.size(); i++) {
                if (queries.size() > 1) {
                    out().println((i == 0 ? "" : System.lineSeparator()) + ControlCharacters.escaped(queries.get(i)));
                }
                for (Hit hit : found.get(i)) {
                    out().println(String.format(
                            Locale.ROOT,
                            "%.4f\t%s",
                            hit.score(),
                            ControlCharacters.escaped(texts.get(hit.document()))));
                }
            }
        }
    }
}
