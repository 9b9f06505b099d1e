package org.lsradapt.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.RestoredModel;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.Tokenizer;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code predict}. */
@Command(
        name = "predict",
        sortOptions = false,
        description = "Classifies texts with a saved adapter. Prints for each text the label and its probability, or"
                + " the value of a regression, separated by a tab. Texts come from the arguments, a file, or else"
                + " standard input, one per line; the two texts of a pair are separated by a tab.")
final class PredictCommand implements Callable<Integer> {

    private static final int BATCH = 32;

    private final Console console;

    @Option(names = "--adapter", required = true, paramLabel = "FOLDER",
            description = "An adapter that finetune saved, such as RUN/lsr-1.")
    private Path adapter;

    @Option(names = "--model", paramLabel = "MODEL",
            description = "Base model, if not by the name that the adapter has.")
    private String model;

    @Option(names = "--file", paramLabel = "FILE", description = "File of texts, UTF-8, one per line.")
    private Path file;

    @Parameters(paramLabel = "TEXT", arity = "0..*", description = "Texts.")
    private List<String> texts = List.of();

    PredictCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (file != null && !texts.isEmpty()) {
            throw new BadInput("texts and --file " + file + ": expected one or the other");
        }
        Backend backend = BadInput.in(Backends::standard);
        try (SavedAdapter saved = BadInput.in(() -> AdapterFolder.load(adapter))) {
            AdapterCard card = BadInput.card(adapter, saved);
            List<TextLines.Input> inputs = inputs(card.task());
            if (!inputs.isEmpty()) {
                predict(saved, card, inputs, backend);
            }
        }
        return 0;
    }

    private List<TextLines.Input> inputs(TaskDescription task) throws IOException {
        if (!texts.isEmpty()) {
            return new TextLines("arguments", task.pairs()).parse(texts);
        }
        if (file == null) {
            if (console.interactive()) {
                console.err().println("reading texts from standard input, one per line");
            }
            return new TextLines("standard input", task.pairs()).read(console.in());
        }
        if (!Files.isRegularFile(file)) {
            throw new BadInput("--file " + file + ": there is no such file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new TextLines(file.toString(), task.pairs()).read(in);
        }
    }

    private void predict(SavedAdapter saved, AdapterCard card, List<TextLines.Input> inputs, Backend backend)
            throws IOException {
        String name = model == null ? card.baseModel() : model;
        try (PretrainedModel base = BadInput.in(() -> Models.load(name))) {
            String fingerprint = base.fingerprint();
            try (TransformerWeights encoder = new TransformerWeights(base.model(), base.weights(), DataType.FLOAT);
                    RestoredModel restored = BadInput.in(() -> saved.restore(encoder, name, fingerprint, backend))) {
                for (int from = 0; from < inputs.size(); from += BATCH) {
                    List<TextLines.Input> batch = inputs.subList(from, Math.min(inputs.size(), from + BATCH));
                    List<TokenSequence> tokens = tokens(batch, base.tokenizer(), card.maxLength());
                    for (double[] output : restored.predict(tokens)) {
                        console.out().println(line(output, card.task()));
                    }
                }
            }
        }
    }

    private static List<TokenSequence> tokens(List<TextLines.Input> batch, Tokenizer tokenizer, int maxLength) {
        return batch.stream()
                .map(input -> tokenizer.encode(input.first(), input.second(), maxLength))
                .toList();
    }

    private static String line(double[] output, TaskDescription task) {
        if (task.isRegression()) {
            return String.format(Locale.ROOT, "%.4f", output[0]);
        }
        int best = 0;
        for (int i = 1; i < output.length; i++) {
            best = output[i] > output[best] ? i : best;
        }
        double total = 0;
        for (double score : output) {
            total += Math.exp(score - output[best]);
        }
        return String.format(Locale.ROOT, "%s\t%.4f", task.labels().get(best), 1 / total);
    }
}
