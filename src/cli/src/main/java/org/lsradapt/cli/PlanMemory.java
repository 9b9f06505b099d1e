package org.lsradapt.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.report.internal.TextTable;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingMemory;
import org.lsradapt.transformer.BasePrecision;
import org.lsradapt.transformer.parts.Transformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The part of {@code plan} that says what training takes, with and without checkpointing. */
final class PlanMemory {
    private static final int LENGTH = 128;
    private static final int TEXT_LENGTH = 512;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Memory: sequences per batch. Default: 32, 8 for a model that predicts tokens, 64 pairs.")
    private Integer batch;

    @Option(
            names = "--length",
            paramLabel = "N",
            description =
                    "Memory: tokens per sequence. Default: 128, 512 for a model that predicts tokens, and the most"
                            + " that the model embeds.")
    private Integer length;

    @Option(names = "--pairs", description = "Memory: of training embeddings on pairs of texts.")
    private boolean pairs;

    @Option(names = "--chunk", paramLabel = "N", description = "Memory: as of finetune.")
    private int chunk;

    @Option(names = "--dropout", paramLabel = "P", description = "Memory: as of finetune.")
    private double dropout;

    @Mixin
    private BasePrecisionOption basePrecision;

    /** Whether an option was given that needs a model. */
    boolean isGiven() throws IOException {
        return isOfPairs()
                || chunk != 0
                || batch != null
                || length != null
                || dropout != 0
                || basePrecision.asked().isPresent();
    }

    /** Whether embeddings are trained. */
    boolean isOfPairs() {
        return pairs;
    }

    /**
     * A heading and a table, of megabytes.
     *
     * @param model the base model's parts
     * @param embedding how it embeds, if embeddings are trained
     * @param loadedBytes bytes per weight of a linear layer, scales included, as the model was loaded
     * @param candidate the adapters
     * @param markdown whether as Markdown
     * @throws IllegalArgumentException if an option is out of its range
     */
    String text(
            Transformer model,
            Optional<EmbeddingSettings> embedding,
            double loadedBytes,
            Candidate candidate,
            boolean markdown)
            throws IOException {
        boolean predicts = embedding.isEmpty()
                && model.isCausal()
                && model.vocabularyHead().isPresent();
        int usual = embedding.isPresent()
                ? EmbedderTraining.BATCH
                : predicts
                        ? TextGenerator.Training.BATCH
                        : TrainingConfig.defaults().batchSize();
        int sequences = batch == null ? usual : batch;
        int longest = embedding
                .map(EmbeddingSettings::maxLength)
                .orElse(Math.min(model.maxTokens(), predicts ? TEXT_LENGTH : LENGTH));
        int tokens = length == null ? longest : length;
        TrainingConfig config = TrainingConfig.builder()
                .batchSize(sequences)
                .chunkSize(chunk)
                .dropout(dropout)
                .build();
        BasePrecision precision = basePrecision.value();
        double weightBytes = precision == BasePrecision.STORED
                ? loadedBytes
                : precision
                        .format()
                        .map(f -> (double) f.blockBytes() / f.blockLength())
                        .orElse((double) Float.BYTES);
        TrainingMemory.Builder builder = TrainingMemory.builder(model, candidate)
                .length(tokens)
                .weightBytes(weightBytes)
                .vocabularyBytes(vocabularyBytes(precision, loadedBytes));
        embedding.ifPresent(settings -> builder.embeddings(settings.pooling(), 2));
        TrainingMemory keeping = builder.config(config).build();
        TrainingMemory checkpointing =
                builder.config(config.toBuilder().checkpointing(true).build()).build();
        TextTable table = new TextTable(1, List.of("MB", "default", "--checkpointing"));
        List<TrainingMemory> both = List.of(keeping, checkpointing);
        row(table, "frozen weights", both, TrainingMemory::frozenWeights);
        row(table, "adapters", both, TrainingMemory::adapters);
        row(table, "optimizer", both, TrainingMemory::optimizer);
        row(table, "activations", both, TrainingMemory::activations);
        row(table, "dropout", both, TrainingMemory::dropout);
        row(table, embedding.isPresent() ? "loss" : predicts ? "logits" : "head", both, TrainingMemory::objective);
        row(table, "evaluation", both, TrainingMemory::evaluation);
        row(table, "together", both, TrainingMemory::total);
        String heading = String.format(
                Locale.ROOT,
                "memory of training with the recommended adapters on %s%d x %d tokens, beside that of Java and native"
                        + " libraries:%n%n",
                embedding.isPresent() ? "2 x " : "",
                sequences,
                tokens);
        return heading + (markdown ? table.toMarkdown() : table.toText());
    }

    /** Token tables are BF16 beside rounded layers, and about what the layers are where a file is mapped. */
    private static double vocabularyBytes(BasePrecision precision, double loadedBytes) {
        return switch (precision) {
            case F32 -> Float.BYTES;
            case STORED -> loadedBytes;
            default -> Short.BYTES;
        };
    }

    private static void row(
            TextTable table, String name, List<TrainingMemory> both, ToLongFunction<TrainingMemory> part) {
        table.add(List.of(name, megabytes(part.applyAsLong(both.get(0))), megabytes(part.applyAsLong(both.get(1)))));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,.1f", bytes / 1e6);
    }
}
