package org.lsradapt.objectives;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Embeddings of texts: similar vectors for texts that belong together. It has no parameters of its own; its outputs are
 * the embeddings, of width numbers each. Where the loss is a contrast, a text's loss depends on the other texts of its
 * part of a step.
 *
 * <p>For one thread at a time; the model stays its owner's to close.
 */
public final class EmbeddingObjective implements Objective {
    private final int width;
    private final DataType type;
    private final Pooling pooling;
    private final boolean normalized;
    private final EmbeddingLoss loss;
    private final Backend backend;

    /**
     * The objective of a model.
     *
     * @param model whose hidden states are read; kept
     * @param pooling how a text's become one vector
     * @param normalized whether that is divided by its Euclidean norm; losses are the same with and without
     * @param loss what is minimized, which decides what targets are
     * @param backend the matrix products
     */
    public EmbeddingObjective(
            TransformerWeights model, Pooling pooling, boolean normalized, EmbeddingLoss loss, Backend backend) {
        this(model.model().width(), model.dataType(), pooling, normalized, loss, backend);
    }

    /**
     * The objective of a model of two towers, whose embeddings are projected already.
     *
     * @param towers the model
     * @param normalized whether embeddings are divided by their Euclidean norm
     * @param loss what is minimized, such as {@link EmbeddingLoss#symmetricContrast} of pairs of an image and a text
     * @param backend the matrix products
     */
    public EmbeddingObjective(DualTowers towers, boolean normalized, EmbeddingLoss loss, Backend backend) {
        this(towers.dimensions(), towers.dataType(), Pooling.CLS, normalized, loss, backend);
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
     * Its peak memory in FLOAT with a contrast, which takes more than other losses: a vector for each text and the
     * cosines of each anchor with all candidates, and the gradient of the hidden states. The Java heap has the vectors and
     * cosines of a batch in double beside that.
     *
     * @param width of hidden states
     * @param pooling how a text's become one vector
     * @param pairs anchors of a batch
     * @param candidates positives and negatives of a batch
     * @param rows hidden states that are read of the texts that are passed through the model at once
     * @param texts the most texts that are, in training or evaluation
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
    public List<Parameter> trainable() {
        return List.of();
    }

    @Override
    public Map<String, String> settings() {
        return Map.of("loss", loss.toString(), "pooling", pooling + (normalized ? ", normalized" : ""));
    }

    /** The number of anchors, or of scored pairs. */
    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        Require.argument(
                targets.size() == sequences.size(),
                "training step: %d sequences and %d targets",
                sequences.size(),
                targets.size());
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
