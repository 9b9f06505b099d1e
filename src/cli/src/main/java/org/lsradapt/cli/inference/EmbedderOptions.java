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

    /** Returns the embedder, cut to {@code --dimensions}; warns on standard error if the adapter was not trained at that length. */
    TextEncoder encoder(Loaded loaded, Console console) {
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
