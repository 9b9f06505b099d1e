package org.lsradapt.cli.inference;

import java.io.IOException;
import java.util.List;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.retrieval.ExactSearch;
import org.lsradapt.retrieval.Hit;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.lsradapt.tasks.reranking.RankedPassage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "search",
        sortOptions = false,
        showDefaultValues = true,
        preprocessor = TaskOptionSpecs.OfSources.class,
        description = "Finds the passages closest to a query, with a saved adapter or a base model. Prints the "
                + "dot product of the embeddings and the passage, separated by a tab, closest first.")
public final class SearchCommand extends ConsoleCommand {
    @Mixin
    private EmbedderOptions embedder = new EmbedderOptions();

    @Mixin
    private PassagesOptions passages = new PassagesOptions();

    @Option(names = "--top", paramLabel = "N", description = "Passages to print per query.")
    private int top = 5;

    @Parameters(paramLabel = "QUERY", arity = "1..*", description = "Queries.")
    private List<String> queries;

    @Override
    protected void execute() throws IOException {
        BadInput.throwIf(top < 1, "--top " + top + ": expected >= 1");
        for (String query : queries) {
            BadInput.throwIf(query.isBlank(), "a query is blank, expected a text");
        }
        List<String> texts = passages.read(TaskOptionSpecs.given(spec(), "search"));
        try (EmbedderOptions.Loaded loaded = embedder.load(console())) {
            TextEncoder model = embedder.encoder(loaded, console());
            ExactSearch search = ExactSearch.in(model.embed(texts));
            List<List<Hit>> found = search.search(model.embedQueries(queries), Math.min(top, texts.size()));
            PassagesOptions.print(
                    out(),
                    queries,
                    i -> found.get(i).stream()
                            .map(hit -> new RankedPassage(hit.document(), texts.get(hit.document()), hit.score()))
                            .toList());
        }
    }
}
