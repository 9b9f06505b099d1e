package org.lsradapt.training;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.lsr.planning.LayerShape;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.PassMemory;
import org.lsradapt.transformer.PassMemory.Pass;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * The peak memory of a training, in bytes, predicted from the model's description before anything is loaded.
 *
 * <pre>{@code
 * TrainingMemory memory = TrainingMemory.builder(model, adapters).config(config).length(512).build();
 * }</pre>
 *
 * <p>The prediction counts arrays. A process also needs memory for the virtual machine, native libraries (see docs/guides/training.md)
 * and the examples. Immutable.
 *
 * @param frozenWeights the model: linear layers and token tables in the requested precision, all else in FLOAT
 * @param adapters trainable parameters and the adapters' dense matrices, both with gradients
 * @param optimizer AdamW's moments and buffers, and the best parameters so far
 * @param activations the arrays of a training step's passes
 * @param dropout the additional arrays of dropout
 * @param objective the logits of a vocabulary that are held at once, or the arrays of a head or of the loss of embeddings
 * @param evaluation the additional memory of an evaluation's passes. It is held together with training's; with checkpointing one is freed
 *     for the other, and only the excess over a step's memory counts
 */
public record TrainingMemory(
        long frozenWeights,
        long adapters,
        long optimizer,
        long activations,
        long dropout,
        long objective,
        long evaluation) {

    /** The number of texts that an evaluation of embeddings passes through the model at once. */
    public static final int EMBEDDED_TEXTS = 32;

    /**
     * Creates a builder for a model with adapters. The defaults are the default configuration, sequences of 128 tokens, FLOAT weights,
     * the standard backend, and next-token training if the model supports it.
     *
     * @param adapters the adapters' configuration, with the adapted layers under their full names
     */
    public static Builder builder(Transformer model, Candidate adapters) {
        return new Builder(model, adapters);
    }

    /** The sum of all components. */
    public long total() {
        return frozenWeights + adapters + optimizer + activations + dropout + objective + evaluation;
    }

    /** Collects the settings. For one thread. */
    public static final class Builder {
        private final Transformer model;
        private final Candidate candidate;
        private TrainingConfig config = TrainingConfig.defaults();
        private int length = 128;
        private BasePrecision precision = BasePrecision.F32;
        private double storedBytes = Float.BYTES;
        private boolean nextToken;
        /** The pooling of embeddings; empty for other trainings. */
        private Optional<Pooling> pooling = Optional.empty();

        private int texts = 1;

        private Backend backend;

        private Builder(Transformer model, Candidate candidate) {
            this.model = model;
            this.candidate = candidate;
            nextToken = model.isCausal() && model.vocabularyHead().isPresent();
        }

        /** Sets the training configuration: examples and tokens per batch, checkpointing and dropout. */
        public Builder config(TrainingConfig value) {
            config = value;
            return this;
        }

        /** Sets the number of tokens of each sequence, or of the longest if they differ; images have the model's own size. */
        public Builder length(int value) {
            length = value;
            return this;
        }

        /** Sets the precision of frozen linear layers and token tables, with which adapters can be trained. */
        public Builder precision(BasePrecision value) {
            value.requireTraining();
            precision = value;
            return this;
        }

        /** Sets the bytes per weight, scales included, in a file that {@link BasePrecision#STORED} maps; 4 by default. */
        public Builder storedBytes(double value) {
            storedBytes = value;
            return this;
        }

        /** Selects the training of embeddings by contrast: an example of a batch is an anchor with its positive and any negatives. */
        public Builder embeddings(Pooling pooled, int textsOfExample) {
            pooling = Optional.of(pooled);
            texts = textsOfExample;
            nextToken = false;
            return this;
        }

        /** Sets the backend, whose lanes share a batch. */
        public Builder backend(Backend value) {
            backend = value;
            return this;
        }

        /** Predicts the memory; refuses settings out of their range, and a model with fewer positions. */
        public TrainingMemory build() {
            Require.argument(length >= 2, "sequences of %d tokens, expected >= 2", length);
            Require.argument(
                    storedBytes > 0 && storedBytes <= Double.BYTES,
                    "%s bytes per stored weight, expected > 0 and <= 8",
                    storedBytes);
            Require.argument(
                    pooling.isEmpty() || texts >= 2, "embeddings of %d texts in an example, expected >= 2", texts);
            Backend used = backend == null ? Backends.standard() : backend;
            int examples = examples(config.batchSize(), config.batchTokens());
            int whole = examples * texts;
            TokenBatch batch = batch(config.chunkSize() == 0 ? whole : Math.min(whole, config.chunkSize()));
            TokenBatch evaluated = batch(
                    pooling.isPresent()
                            ? EMBEDDED_TEXTS
                            : examples(EvaluationBatches.SEQUENCES, EvaluationBatches.TOKENS));
            Set<String> adapted =
                    candidate.layers().stream().map(LayerShape::name).collect(Collectors.toSet());
            ToIntFunction<String> ranks =
                    name -> adapted.contains(name) ? candidate.config().bottleneckRank() : 0;
            Pass pass = config.checkpointing() ? Pass.CHECKPOINTED : Pass.TRAINING;
            PassMemory step = PassMemory.of(model, pass, ranks, config.dropout() > 0, batch, used);
            PassMemory evaluation = PassMemory.of(model, Pass.INFERENCE, ranks, false, evaluated, used);
            long beside = config.checkpointing() ? Math.max(0, evaluation.total() - step.total()) : evaluation.total();
            long dense = candidate.layers().stream()
                    .mapToLong(layer ->
                            candidate.a(layer).denseCount() + candidate.b(layer).denseCount())
                    .sum();
            long trained = candidate.parameters() + trainedByHead();
            return new TrainingMemory(
                    frozenWeights(),
                    Float.BYTES * (2 * trained + (1L + used.lanes()) * dense),
                    trained * (AdamW.BYTES_PER_PARAMETER + Float.BYTES),
                    step.activations() + step.adapters(),
                    step.dropout(),
                    objective(examples, batch, evaluated, used),
                    beside);
        }

        private int examples(int most, int mostTokens) {
            return mostTokens == 0 ? most : Math.max(1, Math.min(most, mostTokens / (length * texts)));
        }

        /** The sequences that pass through the model at once. */
        private TokenBatch batch(int size) {
            Rows rows = nextToken
                    ? Rows.PREDICTING
                    : pooling.map(Pooling::rows)
                            .orElseGet(() -> Rows.of(model.head().row()));
            return TokenBatch.of(Collections.nCopies(size, input()), model, rows);
        }

        private ModelInput input() {
            return model.patches()
                    .<ModelInput>map(patches -> new ImageInput(
                            "an image", patches.imageSize(), patches.imageSize(), patches, () -> new float[0]))
                    .orElseGet(() -> new TokenSequence(new int[length], new int[length], 1));
        }

        private long objective(int examples, TokenBatch batch, TokenBatch evaluated, Backend used) {
            if (pooling.isPresent()) {
                return EmbeddingObjective.memoryBytes(
                        model.width(),
                        pooling.get(),
                        examples,
                        (long) examples * (texts - 1),
                        batch.wantedRows().length,
                        Math.max(batch.size(), evaluated.size()));
            }
            if (nextToken) {
                return NextTokenObjective.memoryBytes(
                        model.vocabulary(),
                        model.logitCap().isPresent(),
                        model.width(),
                        batch.wantedRows().length,
                        evaluated.wantedRows().length,
                        used.lanes());
            }
            return 4L * Float.BYTES * Math.max(batch.size(), evaluated.size()) * model.width();
        }

        /** The weights of a head's own trained dense layer; a head's other parameters are few. */
        private long trainedByHead() {
            return nextToken || pooling.isPresent()
                    ? 0
                    : model.head()
                            .dense()
                            .filter(dense -> dense.source() == Head.Source.TRAINED)
                            .map(dense ->
                                    (long) dense.linear().in() * dense.linear().out())
                            .orElse(0L);
        }

        private double weightBytes() {
            return precision == BasePrecision.STORED
                    ? storedBytes
                    : precision
                            .format()
                            .map(format -> (double) format.blockBytes() / format.blockLength())
                            .orElse((double) Float.BYTES);
        }

        /** Token tables are BF16 if the layers are rounded. In a mapped file they take about as many bytes as the layers. */
        private double tableBytes() {
            return switch (precision) {
                case F32 -> Float.BYTES;
                case STORED -> storedBytes;
                default -> Short.BYTES;
            };
        }

        private long frozenWeights() {
            double bytes =
                    model.tensors().values().stream().mapToLong(Builder::count).sum() * (double) Float.BYTES;
            List<Linear> linears = IntStream.range(0, model.blocks().size())
                    .mapToObj(model::linears)
                    .flatMap(List::stream)
                    .distinct()
                    .toList();
            for (Linear linear : linears) {
                bytes += (weightBytes() - Float.BYTES) * linear.in() * linear.out();
            }
            List<Table> perToken = Stream.concat(model.words().stream(), model.vocabularyHead().stream())
                    .distinct()
                    .toList();
            for (Table table : perToken) {
                bytes += (tableBytes() - Float.BYTES) * table.rows() * table.width();
            }
            // Normalized relative embeddings are kept in addition to the table.
            bytes += model.relativeEmbeddings()
                    .filter(relative -> relative.norm().isPresent())
                    .map(relative -> (double) Float.BYTES
                            * relative.table().rows()
                            * relative.table().width())
                    .orElse(0.0);
            return Math.round(bytes);
        }

        private static long count(Tensor tensor) {
            return tensor.shape().stream().reduce(1L, Math::multiplyExact);
        }
    }
}
