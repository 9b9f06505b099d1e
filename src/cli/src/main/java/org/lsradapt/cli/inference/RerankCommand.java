package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.ConsoleCommand;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.cli.command.TaskOptionSpecs;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.tasks.reranking.Reranker;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "rerank",
        sortOptions = false,
        showDefaultValues = true,
        preprocessor = TaskOptionSpecs.OfSources.class,
        description = "Orders passages by how well they answer a query, with an adapter for rerank or a"
                + " cross-encoder. Prints the score and the passage, separated by a tab, best first.")
public final class RerankCommand extends ConsoleCommand {
    @Option(
            names = "--adapter",
            paramLabel = "FOLDER",
            description = "Adapter saved by finetune for rerank, such as RUN/lsr-1.")
    @Names(Names.Use.INPUT)
    private Path adapter;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "With --adapter: the base model. Default: the one named in the adapter. Without"
                    + " --adapter: the folder of a cross-encoder, a sequence classifier with one output, such as"
                    + " written by merge.")
    @Names(Names.Use.INPUT)
    private String model;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DeviceOption device;

    @Option(names = "--query", paramLabel = "TEXT", required = true, description = "The query; repeat for several.")
    private List<String> queries;

    @Mixin
    private PassagesOptions passages = new PassagesOptions();

    @Option(names = "--top", paramLabel = "N", description = "Passages to print per query; 0 for all.")
    private int top = 10;

    @Override
    protected void execute() throws IOException {
        BadInput.throwIf(top < 0, "--top " + top + ": expected >= 0");
        BadInput.throwIf(queries.stream().anyMatch(String::isBlank), "--query: is blank, expected a text");
        List<String> texts = passages.read(TaskOptionSpecs.given(spec(), "rerank"));
        try (DeviceOption.Opened where = device.open(console().err()::println);
                FineTunedModel loaded = load()) {
            loaded.passes(where.passes());
            Reranker reranker = LoadedModel.require(
                    loaded,
                    Reranker.class,
                    adapter + ": scores no passages, expected an adapter that was trained with --task rerank; see"
                            + " predict, generate and search");
            int most = top == 0 ? texts.size() : top;
            PassagesOptions.print(out(), queries, i -> reranker.rank(queries.get(i), texts, most));
        }
    }

    private FineTunedModel load() throws IOException {
        if (adapter != null || model == null) {
            return LoadedModel.load(adapter, model, basePrecision);
        }
        Path folder = Path.of(model);
        return basePrecision.asked().isPresent() ? Reranker.load(folder, basePrecision.value()) : Reranker.load(folder);
    }
}
