package org.lsradapt.objectives;

import java.util.Collections;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target.Role;
import org.lsradapt.objectives.Target.Value;
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
     * <p>Its targets are {@link Target.Role}s: an anchor, a positive, and any number of negatives, one such group after
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
     * <p>with + where they belong together. As in {@link #contrast}, equal texts of other pairs are left out. Its targets are {@link Target.Role}s: an
     * anchor and a positive, one such pair after the other.
     *
     * @param scale t, positive
     * @param bias b
     * @throws IllegalArgumentException if one is not finite, or the scale not positive
     */
    public static EmbeddingLoss sigmoidContrast(double scale, double bias) {
        return new SigmoidContrast(scale, bias);
    }

    /**
     * The mean over pairs of (cosine − score)², with scores from −1 to 1. Its targets are the score, a {@link Target.Value} for each of
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
     * <p>over all pairs i, j of a batch with y_i &lt; y_j. Its targets are the score, a {@link Target.Value} for each of the two texts, which follow each other. Where
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
     * positive: sentence-transformers' {@code TripletLoss} with cosine distances. Its targets are those of {@link #contrast}, with a
     * hard negative at least for each anchor.
     *
     * @param margin positive
     * @throws IllegalArgumentException if it is not
     */
    public static EmbeddingLoss triplet(double margin) {
        return new TripletLoss(margin);
    }

    /**
     * A teacher's embeddings: the mean over texts of 1 − cos(e, t), half the squared distance of the unit vectors. The target of a text is
     * its t, a {@link Target.Embedding}.
     */
    public static EmbeddingLoss taught() {
        return new TaughtEmbeddings();
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

    /** All that it depends on but for embeddings and targets. */
    @Override
    public abstract String toString();

    /** Checks targets, and gives the number of anchors, or of pairs. */
    abstract double weight(List<Target> targets);

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

    /** Checks the roles of anchors, each with its positive and any number of hard negatives, and counts the anchors. */
    static int requireGroups(List<Target> targets) {
        List<Role> roles = Target.require(Role.class, targets);
        int anchors = 0;
        Role before = Role.NEGATIVE;
        for (int i = 0; i < roles.size(); i++) {
            Role role = roles.get(i);
            if (before == Role.ANCHOR) {
                requireTarget(role == Role.POSITIVE, roles, i, "POSITIVE, as it follows an anchor");
            } else {
                requireTarget(
                        role == Role.ANCHOR || (role == Role.NEGATIVE && i > 0),
                        roles,
                        i,
                        i == 0 ? "ANCHOR" : "ANCHOR or NEGATIVE");
            }
            anchors += role == Role.ANCHOR ? 1 : 0;
            before = role;
        }
        Require.argument(before != Role.ANCHOR, "embedding loss: the last text is an anchor, expected its positive");
        return anchors;
    }

    /** Checks the scores of pairs, of which both texts have that of the pair; one score for each pair. */
    static double[] scores(List<Target> targets, DoublePredicate fits, String expected) {
        List<Value> values = Target.require(Value.class, targets);
        Require.argument(values.size() % 2 == 0, "embedding loss: %d texts, expected pairs", values.size());
        for (int i = 0; i < values.size(); i++) {
            double first = values.get(i & ~1).value();
            requireTarget(fits.test(values.get(i).value()), values, i, expected);
            requireTarget(values.get(i).value() == first, values, i, "that of the text before it, " + first);
        }
        return scores(targets);
    }

    /** The scores of pairs that were checked. */
    static double[] scores(List<Target> targets) {
        return IntStream.range(0, targets.size() / 2)
                .mapToDouble(pair -> ((Value) targets.get(2 * pair)).value())
                .toArray();
    }

    /** Memory for batches of vectors of so many numbers, for one thread. */
    abstract Run open(int width, DataType type, Backend backend);

    static void requireTarget(boolean fits, List<? extends Target> targets, int at, String expected) {
        Require.argument(fits, "embedding loss: target %s of text %d, expected %s", targets.get(at), at, expected);
    }

    /** One thread's use of a loss. */
    interface Run extends AutoCloseable {

        /**
         * The loss of a batch.
         *
         * @param sequences the texts, of which equal ones count as one
         * @param targets as the loss takes them
         * @param units the texts' vectors of norm 1, [texts, width]; not modified
         * @param total what the sum is divided by
         * @param gradient ∂L/∂units as if each number was free, overwritten
         * @return the loss
         */
        double loss(
                List<? extends ModelInput> sequences,
                List<Target> targets,
                double[] units,
                double total,
                double[] gradient);

        @Override
        void close();
    }
}
