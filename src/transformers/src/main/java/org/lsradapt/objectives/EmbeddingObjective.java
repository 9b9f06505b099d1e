package org.lsradapt.objectives;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Embeds texts so that texts that belong together have similar vectors. The objective itself has no parameters. Its
 * outputs are the embeddings, each as long as the model is wide. With a contrast, a text's loss depends on the other
 * texts of its part of a step.
 *
 * <p>For one thread at a time; the owner of the model closes it.
 */
public final class EmbeddingObjective implements Objective {
    private final int width;
    private final DataType type;
    private final Pooling pooling;
    private final boolean normalized;
    private final EmbeddingLoss loss;
    private final Backend backend;

    /**
     * Creates the objective of a model.
     *
     * @param model the model whose hidden states are read; kept
     * @param pooling how the hidden states of a text become one vector
     * @param normalized whether that vector is divided by its Euclidean norm; this does not change losses
     * @param loss the loss to minimize, which decides the kind of targets
     */
    public EmbeddingObjective(
            TransformerWeights model, Pooling pooling, boolean normalized, EmbeddingLoss loss, Backend backend) {
        this(model.model().width(), model.dataType(), pooling, normalized, loss, backend);
    }

    /**
     * Creates the objective of a model of two towers, whose embeddings are projected already.
     *
     * @param normalized whether embeddings are divided by their Euclidean norm
     * @param loss the loss to minimize, such as {@link EmbeddingLoss#symmetricContrast} of pairs of an image and a text
     */
    public EmbeddingObjective(DualTowers towers, boolean normalized, EmbeddingLoss loss, Backend backend) {
        this(towers.dimensions(), towers.dataType(), Pooling.CLS, normalized, loss, backend);
    }

    /**
     * Creates the objective of the numbers that a head reads, one row for each sequence, for
     * {@link AdaptedModel#with(Objective)}.
     *
     * @param width the length of a row
     */
    public static EmbeddingObjective ofFeatures(int width, DataType type, EmbeddingLoss loss, Backend backend) {
        return new EmbeddingObjective(width, type, Pooling.CLS, false, loss, backend);
    }

    private EmbeddingObjective(
            int width, DataType type, Pooling pooling, boolean normalized, EmbeddingLoss loss, Backend backend) {
        this.width = width;
        this.type = type;
        this.pooling = pooling;
        this.normalized = normalized;
        loss.requireWidth(width);
        this.loss = loss;
        this.backend = backend;
    }

    /**
     * Returns the peak memory in FLOAT with a contrast, which takes more than other losses: a vector for each text, the
     * cosines of each anchor with all candidates, and the gradient of the hidden states. The Java heap also holds a
     * batch's vectors and cosines in double.
     *
     * @param width width of the hidden states
     * @param pooling how the hidden states of a text become one vector
     * @param pairs number of anchors in a batch
     * @param candidates number of positives and negatives in a batch
     * @param rows number of hidden states read from the texts that pass through the model at once
     * @param texts the most texts that pass through the model at once, in training or evaluation
     * @return bytes
     */
    public static long memoryBytes(int width, Pooling pooling, long pairs, long candidates, long rows, long texts) {
        long contrast = (pairs + candidates + Math.max(pairs, candidates)) * width + pairs * candidates;
        long pooled = pooling == Pooling.MEAN ? texts * width : 0;
        return Float.BYTES * (contrast + pooled + rows * width);
    }

    @Override
    public Rows rows() {
        return pooling.rows();
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", loss.toString(), "pooling", pooling + (normalized ? ", normalized" : ""));
    }

    /** Returns the number of anchors or of scored pairs. */
    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        Loss.requireOneTargetEach(sequences, targets);
        for (Target target : targets) {
            if (target instanceof Target.Embedding embedding) {
                Require.argument(
                        embedding.teacher().length == width,
                        "teacher: embeddings of %d numbers, expected the model's %d",
                        embedding.teacher().length,
                        width);
            }
        }
        return loss.weight(targets);
    }

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        return new EmbeddingRun(width, type, pooling, normalized, loss, backend);
    }
}
