package org.lsradapt.cli.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.cli.command.DeviceOption;
import org.lsradapt.cli.command.Names;
import org.lsradapt.console.BadInput;
import org.lsradapt.console.Console;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.embeddings.TextEncoder;
import org.lsradapt.tasks.queries.QueryAdapter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name an embedding model. */
final class EmbedderOptions {

    @Option(
            names = "--adapter",
            paramLabel = "FOLDER",
            description = "Adapter saved by finetune for pairs or similarity, such as RUN/lsr-1.")
    @Names(Names.Use.INPUT)
    private Path adapter;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "With --adapter: the base model. Default: the one named in the adapter. Without"
                    + " --adapter: the model to use.")
    @Names(Names.Use.INPUT)
    private String model;

    @Option(
            names = "--dimensions",
            paramLabel = "N",
            description = "Cut embeddings to their first N numbers and normalize them, for models trained with"
                    + " finetune --dimensions.")
    private Integer dimensions;

    @Option(
            names = "--query-adapter",
            paramLabel = "FOLDER",
            description = "Adapt the vectors of queries by an adapter that finetune --task query-adapter saved.")
    @Names(Names.Use.INPUT)
    private Path queryAdapter;

    @Mixin
    private BasePrecisionOption basePrecision;

    @Mixin
    private DeviceOption device;

    /**
     * A loaded embedder.
     *
     * @param closing closes the embedder, its base model and its device
     */
    record Loaded(TextEmbedder embedder, Runnable closing) implements AutoCloseable {

        @Override
        public void close() {
            closing.run();
        }
    }

    boolean adaptsQueries() {
        return queryAdapter != null;
    }

    /**
     * Returns the embedder, cut to {@code --dimensions}, with {@code --query-adapter}; warns on standard error if an adapter
     * was not trained for it.
     */
    TextEncoder encoder(Loaded loaded, Console console) throws IOException {
        TextEncoder cut = cut(loaded, console);
        if (queryAdapter == null) {
            return cut;
        }
        QueryAdapter queries = QueryAdapter.load(queryAdapter);
        String name = loaded.embedder().base().name();
        if (!queries.embedder().isEmpty() && !queries.embedder().equals(name)) {
            console.err()
                    .println("--query-adapter " + queryAdapter + ": was trained on vectors of " + queries.embedder()
                            + ", found " + name + "; queries find less unless they are the same model");
        }
        return queries.wrap(cut);
    }

    private TextEncoder cut(Loaded loaded, Console console) {
        if (dimensions == null) {
            return loaded.embedder();
        }
        List<Integer> trained = loaded.embedder().settings().dimensions();
        if (adapter != null && !trained.contains(dimensions)) {
            console.err()
                    .println("--dimensions " + dimensions + ": " + adapter + " was trained at "
                            + (trained.isEmpty() ? "the whole length" : trained)
                            + " only; shorter embeddings find less");
        }
        return loaded.embedder().truncated(dimensions);
    }

    void check() {
        BadInput.throwIf(
                adapter == null && model == null,
                "found no embedding model, expected --model MODEL, or --adapter FOLDER of an adapted one");
    }

    DeviceOption device() {
        return device;
    }

    /** Loads the embedder on the requested device and prints the device to standard error. */
    Loaded load(Console console) throws IOException {
        DeviceOption.Opened where = device.open(console.err()::println);
        try {
            Loaded loaded = load();
            loaded.embedder().passes(where.passes());
            return new Loaded(loaded.embedder(), () -> {
                loaded.close();
                where.close();
            });
        } catch (IOException | RuntimeException e) {
            where.close();
            throw e;
        }
    }

    private Loaded load() throws IOException {
        if (adapter == null && model != null) {
            BaseModel base = BaseModel.load(model, basePrecision.value());
            try {
                TextEmbedder embedder = TextEmbedder.of(base);
                return new Loaded(embedder, () -> {
                    embedder.close();
                    base.close();
                });
            } catch (IOException | RuntimeException e) {
                base.close();
                throw e;
            }
        }
        FineTunedModel loaded = LoadedModel.load(adapter, model, basePrecision);
        try {
            TextEmbedder embedder = LoadedModel.require(
                    loaded,
                    TextEmbedder.class,
                    adapter + ": is not an embedding adapter, expected one that was trained on pairs or similarity; see"
                            + " predict and generate");
            return new Loaded(embedder, loaded::close);
        } catch (BadInput e) {
            loaded.close();
            throw e;
        }
    }
}
