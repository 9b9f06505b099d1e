package org.lsradapt.cli.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.lsradapt.cli.command.BasePrecisionOption;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.report.internal.TextTable;
import org.lsradapt.training.TrainingMemory;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.parts.Transformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The memory table of {@code plan}, with and without checkpointing. */
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
            description = "Memory: tokens per sequence. Default: 128, 512 for a model that predicts tokens, with"
                    + " --pairs the model's maximum.")
    private Integer length;

    @Option(names = "--pairs", description = "Memory: train embeddings on pairs of texts.")
    private boolean pairs;

    @Option(names = "--chunk", paramLabel = "N", description = "Memory: as in finetune.")
    private int chunk;

    @Option(names = "--dropout", paramLabel = "P", description = "Memory: as in finetune.")
    private double dropout;

    @Mixin
    private BasePrecisionOption basePrecision;

    /** Whether an option was given that needs a model. */
    boolean isGiven() {
        return isOfPairs()
                || chunk != 0
                || batch != null
                || length != null
                || dropout != 0
                || basePrecision.asked().isPresent();
    }

    boolean isOfPairs() {
        return pairs;
    }

    /**
     * The parts of a base model that determine the memory.
     *
     * @param embedding the embedding settings, if embeddings are trained
     * @param weightBytes bytes per weight of a linear layer as loaded, scales included
     */
    record Base(Transformer model, Optional<EmbeddingSettings> embedding, double weightBytes) {

        private boolean predictsTokens() {
            return embedding.isEmpty()
                    && model.isCausal()
                    && model.vocabularyHead().isPresent();
        }
    }

    private int batch(Base base) {
        TrainingDefaults usual = base.embedding().isPresent()
                ? TrainingDefaults.PAIRS
                : base.predictsTokens() ? TrainingDefaults.TEXT : TrainingDefaults.HEAD;
        return batch == null ? usual.withoutAdapters().batchSize() : batch;
    }

    private int length(Base base) {
        int usual = Math.min(base.model().maxTokens(), base.predictsTokens() ? TEXT_LENGTH : LENGTH);
        return length == null
                ? base.embedding().map(EmbeddingSettings::maxLength).orElse(usual)
                : length;
    }

    /** Returns the line above the table. */
    String heading(Base base) {
        return String.format(
                Locale.ROOT,
                "memory of training with the recommended adapters on %s%d x %d tokens, in addition to that of"
                        + " Java and native libraries:",
                base.embedding().isPresent() ? "2 x " : "",
                batch(base),
                length(base));
    }

    /** Returns a table in megabytes; refuses an option that is out of range. */
    TextTable table(Base base, Candidate candidate) {
        TrainingConfig config = TrainingConfig.builder()
                .batchSize(batch(base))
                .chunkSize(chunk)
                .dropout(dropout)
                .build();
        TrainingMemory.Builder builder = TrainingMemory.builder(base.model(), candidate)
                .length(length(base))
                .precision(basePrecision.value())
                .storedBytes(base.weightBytes());
        base.embedding().ifPresent(settings -> builder.embeddings(settings.pooling(), 2));
        TrainingMemory keeping = builder.config(config).build();
        TrainingMemory checkpointing =
                builder.config(config.toBuilder().checkpointing(true).build()).build();
        String objective = base.embedding().isPresent() ? "loss" : base.predictsTokens() ? "logits" : "head";
        Map<String, ToLongFunction<TrainingMemory>> parts = new LinkedHashMap<>();
        parts.put("frozen weights", TrainingMemory::frozenWeights);
        parts.put("adapters", TrainingMemory::adapters);
        parts.put("optimizer", TrainingMemory::optimizer);
        parts.put("activations", TrainingMemory::activations);
        parts.put("dropout", TrainingMemory::dropout);
        parts.put(objective, TrainingMemory::objective);
        parts.put("evaluation", TrainingMemory::evaluation);
        parts.put("together", TrainingMemory::total);
        TextTable table = new TextTable(1, List.of("MB", "default", "--checkpointing"));
        parts.forEach((name, part) -> table.add(
                List.of(name, megabytes(part.applyAsLong(keeping)), megabytes(part.applyAsLong(checkpointing)))));
        return table;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%,.1f", bytes / 1e6);
    }
}
