package org.lsradapt.objectives;

import java.util.Collections;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The loss of a batch's embeddings together. It reads their cosines alone, so it is the same whether they are
 * normalized or not. Immutable.
 */
public abstract sealed class EmbeddingLoss
        permits InBatchContrast,
                SigmoidContrast,
                CosineRegression,
                CosineOrder,
                TripletLoss,
                TaughtEmbeddings,
                MatryoshkaLoss {
    /** The label of an anchor in a contrast, such as a question. */
    public static final double ANCHOR = 0;

    /** The label of the text that belongs to the anchor before it. */
    public static final double POSITIVE = 1;

    /** The label of a hard negative: a text that resembles what belongs to the anchor before it, and does not. */
    public static final double NEGATIVE = 2;

    /** The usual temperature of a contrast: 1/20, sentence-transformers' scale. */
    public static final double TEMPERATURE = 0.05;

    /** The usual scale of CoSENT: sentence-transformers'. */
    public static final double SCALE = 20;

    /** The usual margin of triplets of cosine distances. */
    public static final double MARGIN = 0.5;

    EmbeddingLoss() {}

    /**
     * In-batch contrast, also called InfoNCE or multiple negatives ranking (Henderson et al., arXiv 1705.00652,
     * section 4.4): with the cosine s_ic of anchor i and text c, the mean over a batch's anchors of
     *
     * <pre>
     *   −log( e^(s_ii/τ) / Σ_c e^(s_ic/τ) )
     * </pre>
     *
     * <p>where c is over all positives and hard negatives of the batch. No text is a negative of an anchor that the
     * batch has a pair of with the same tokens: not another pair's equal positive, nor another positive of an equal
     * anchor, nor a hard negative that is equal to one of those.
     *
     * <p>Its labels are {@link #ANCHOR}, {@link #POSITIVE}, and any number of {@link #NEGATIVE}, one such group after
     * the other. Where a step has several batches, each contrasts its own texts.
     *
     * @param temperature τ, positive
     * @throws IllegalArgumentException if it is not
     */
    public static EmbeddingLoss contrast(double temperature) {
        return new InBatchContrast(temperature, false);
    }

    /**
     * As {@link #contrast}, half of it, and half the same of each positive against all anchors.
     *
     * @param temperature τ, positive
     * @throws IllegalArgumentException if it is not
     */
    public static EmbeddingLoss symmetricContrast(double temperature) {
        return new InBatchContrast(temperature, true);
    }

    /**
     * Each pair of an anchor and a positive is judged by itself (SigLIP; Zhai et al., arXiv 2303.15343, section 3.2): with the cosine
     * s_ic of anchor i and positive c, the mean over a batch's n anchors of
     *
     * <pre>
     *   −Σ_c log σ(±(t·s_ic + b))
     * </pre>
     *
     * <p>with + where they belong together. As in {@link #contrast}, equal texts of other pairs are left out. Its labels are {@link #ANCHOR} and
     * {@link #POSITIVE}, one such pair after the other.
     *
     * @param scale t, positive
     * @param bias b
     * @throws IllegalArgumentException if one is not finite, or the scale not positive
     */
    public static EmbeddingLoss sigmoidContrast(double scale, double bias) {
        return new SigmoidContrast(scale, bias);
    }

    /**
     * The mean over pairs of (cosine − score)², with scores from −1 to 1. Its labels are the score, once for each of
     * the two texts, which follow each other.
     */
    public static EmbeddingLoss cosine() {
        return new CosineRegression(-1, 1, -1);
    }

    /**
     * As {@link #cosine()} with scores of a range of their own, mapped to cosines from 0 to 1: the lowest is 0, the
     * highest 1, as STS data with scores from 0 to 5 are trained.
     *
     * @param lowest the lowest score
     * @param highest the highest score
     * @throws IllegalArgumentException if they are not finite or in another order
     */
    public static EmbeddingLoss cosine(double lowest, double highest) {
        return new CosineRegression(lowest, highest, 0);
    }

    /**
     * CoSENT (cosine sentences): the order of scores, not their values. With the cosine s_i and the score y_i of pair i,
     *
     * <pre>
     *   log( 1 + Σ e^(λ·(s_i − s_j)) )
     * </pre>
     *
     * <p>over all pairs i, j of a batch with y_i &lt; y_j. Its labels are the score, once for each of the two texts, which follow each other. Where
     * a step has several batches, it is the mean of theirs, weighted by their pairs.
     *
     * @param scale λ, positive
     * @throws IllegalArgumentException if it is not
     */
    public static EmbeddingLoss cosent(double scale) {
        return new CosineOrder(scale);
    }

    /**
     * Triplets: the mean over hard negatives of max(0, s_an − s_ap + margin), with the cosines of an anchor with its negative and its
     * positive: sentence-transformers' {@code TripletLoss} with cosine distances. Its labels are those of {@link #contrast}, with a
     * hard negative at least for each anchor.
     *
     * @param margin positive
     * @throws IllegalArgumentException if it is not
     */
    public static EmbeddingLoss triplet(double margin) {
        return new TripletLoss(margin);
    }

    /**
     * A teacher's embeddings: the mean over texts of 1 − cos(e, t), half the squared distance of the unit vectors. The label of a text is
     * the index of its t.
     *
     * @param teacher t of each text, at least one, equally long and not zero; copied
     * @throws IllegalArgumentException if they are others
     */
    public static EmbeddingLoss taught(float[][] teacher) {
        return new TaughtEmbeddings(teacher);
    }

    /**
     * Embeddings of which the first numbers are embeddings themselves (Kusupati et al., arXiv 2205.13147): the weighted sum of a loss of
     * vectors that are cut to each length and divided by their norms.
     *
     * @param loss any other
     * @param dimensions the lengths, from 1 to the embeddings' width, which counts where it is among them; copied
     * @param weights one per length, finite and positive; copied
     * @throws IllegalArgumentException if they are others
     */
    public static EmbeddingLoss matryoshka(EmbeddingLoss loss, List<Integer> dimensions, List<Double> weights) {
        return new MatryoshkaLoss(loss, dimensions, weights);
    }

    /** As the other, with weights of 1. */
    public static EmbeddingLoss matryoshka(EmbeddingLoss loss, List<Integer> dimensions) {
        return matryoshka(loss, dimensions, Collections.nCopies(dimensions.size(), 1.0));
    }

    /** All that it depends on but for embeddings and labels. */
    @Override
    public abstract String toString();

    /** Checks labels, and gives the number of anchors, or of pairs. */
    abstract double weight(double[] labels);

    /** Checks that embeddings have numbers enough. */
    void requireWidth(int width) {}

    /** The cosine of two texts. */
    static double dot(double[] units, int one, int other, int width) {
        double sum = 0;
        for (int c = 0; c < width; c++) {
            sum += units[one * width + c] * units[other * width + c];
        }
        return sum;
    }

    /** Checks labels of anchors, each with its positive and any number of hard negatives, and counts the anchors. */
    static int requireGroups(double[] labels) {
        int anchors = 0;
        double before = NEGATIVE;
        for (int i = 0; i < labels.length; i++) {
            double label = labels[i];
            if (before == ANCHOR) {
                requireLabel(label == POSITIVE, labels, i, "a positive (1), as it follows an anchor");
            } else {
                boolean negative = label == NEGATIVE && i > 0;
                requireLabel(
                        negative || label == ANCHOR,
                        labels,
                        i,
                        i == 0 ? "an anchor (0)" : "an anchor (0) or a hard negative (2)");
            }
            anchors += label == ANCHOR ? 1 : 0;
            before = label;
        }
        Require.argument(before != ANCHOR, "embedding loss: the last text is an anchor, expected its positive");
        return anchors;
    }

    /** Memory for batches of vectors of so many numbers, for one thread. */
    abstract Run open(int width, DataType type, Backend backend);

    static void requireLabel(boolean fits, double[] labels, int at, String expected) {
        Require.argument(fits, "embedding loss: label %s of text %d, expected %s", labels[at], at, expected);
    }

    /** One thread's use of a loss. */
    interface Run extends AutoCloseable {

        /**
         * The loss of a batch.
         *
         * @param sequences the texts, of which equal ones count as one
         * @param labels as the loss wants them
         * @param units the texts' vectors of norm 1, [texts, width]; not modified
         * @param total what the sum is divided by
         * @param gradient ∂L/∂units as if each number was free, overwritten
         * @return the loss
         */
        double loss(
                List<? extends ModelInput> sequences, double[] labels, double[] units, double total, double[] gradient);

        @Override
        void close();
    }
}
