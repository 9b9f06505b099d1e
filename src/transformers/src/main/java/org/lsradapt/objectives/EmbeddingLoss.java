package org.lsradapt.objectives;

import java.util.Collections;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target.Role;
import org.lsradapt.objectives.Target.Value;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A loss that depends on all embeddings of a batch. It reads only their cosines, so normalizing them does not change
 * it. Immutable.
 */
public abstract sealed class EmbeddingLoss
        permits ContrastiveLoss,
                SigmoidContrastiveLoss,
                CosineLoss,
                CosentLoss,
                TripletLoss,
                EmbeddingDistillationLoss,
                ClassContrastLoss,
                MatryoshkaLoss,
                EmbeddingLoss.OfGradients {
    /** The default temperature of a contrast: 1/20, the scale in sentence-transformers. */
    public static final double TEMPERATURE = 0.05;

    /** The default scale of CoSENT, as in sentence-transformers. */
    public static final double SCALE = 20;

    /** The default margin of triplets of cosine distances. */
    public static final double MARGIN = 0.5;

    private final String description;

    EmbeddingLoss(String description) {
        this.description = description;
    }

    /**
     * In-batch contrast, also called InfoNCE or multiple negatives ranking (Henderson et al., arXiv 1705.00652,
     * section 4.4): with the cosine s_ic of anchor i and text c, the mean over a batch's anchors of
     *
     * <pre>
     *   −log( e^(s_ii/τ) / Σ_c e^(s_ic/τ) )
     * </pre>
     *
     * <p>where c runs over all positives and hard negatives of the batch. A text is left out as a negative of an anchor
     * if some pair of the batch has the same tokens as these two: an equal positive of another pair, another positive
     * of an equal anchor, or a hard negative equal to one of those.
     *
     * <p>The targets are {@link Target.Role}s: an anchor, a positive, and any number of negatives, one such group after
     * the other. If a step has several batches, each contrasts its own texts.
     *
     * @param temperature τ, positive
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public static EmbeddingLoss contrast(double temperature) {
        return new ContrastiveLoss(temperature, false);
    }

    /**
     * Symmetric contrast: half of {@link #contrast}, plus half the same loss of each positive against all anchors.
     *
     * @param temperature τ, positive
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public static EmbeddingLoss symmetricContrast(double temperature) {
        return new ContrastiveLoss(temperature, true);
    }

    /**
     * Sigmoid contrast, which judges each pair of an anchor and a positive by itself (SigLIP; Zhai et al., arXiv
     * 2303.15343, section 3.2): with the cosine s_ic of anchor i and positive c, the mean over a batch's n anchors of
     *
     * <pre>
     *   −Σ_c log σ(±(t·s_ic + b))
     * </pre>
     *
     * <p>with + if they belong together. As in {@link #contrast}, equal texts of other pairs are left out. The targets
     * are {@link Target.Role}s: an anchor and a positive, one such pair after the other.
     *
     * @param scale t, positive
     * @param bias b
     * @throws IllegalArgumentException if either is not finite, or the scale is not positive
     */
    public static EmbeddingLoss sigmoidContrast(double scale, double bias) {
        return new SigmoidContrastiveLoss(scale, bias);
    }

    /**
     * The mean over pairs of (cosine − score)², with scores from −1 to 1. The two texts of a pair follow each other,
     * and each has the pair's score as its target, a {@link Target.Value}.
     */
    public static EmbeddingLoss cosine() {
        return new CosineLoss(-1, 1, -1);
    }

    /**
     * The loss of {@link #cosine()} with scores from another range, mapped linearly to cosines from 0 (lowest) to 1
     * (highest). STS data, for example, has scores from 0 to 5.
     *
     * @throws IllegalArgumentException if they are not finite, or the lowest is not below the highest
     */
    public static EmbeddingLoss cosine(double lowest, double highest) {
        return new CosineLoss(lowest, highest, 0);
    }

    /**
     * CoSENT (cosine sentences), which learns the order of scores, not their values. With the cosine s_i and the score
     * y_i of pair i,
     *
     * <pre>
     *   log( 1 + Σ e^(λ·(s_i − s_j)) )
     * </pre>
     *
     * <p>over all pairs i, j of a batch with y_i &lt; y_j. The two texts of a pair follow each other, and each has the
     * pair's score as its target, a {@link Target.Value}. If a step has several batches, the loss is the mean over
     * them, weighted by their pairs.
     *
     * @param scale λ, positive
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public static EmbeddingLoss cosent(double scale) {
        return new CosentLoss(scale);
    }

    /**
     * Triplet loss: the mean over hard negatives of max(0, s_an − s_ap + margin), with the cosines of an anchor with
     * its negative and its positive. This is {@code TripletLoss} of sentence-transformers with cosine distances. The
     * targets are those of {@link #contrast}, with at least one hard negative per anchor.
     *
     * @param margin positive
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public static EmbeddingLoss triplet(double margin) {
        return new TripletLoss(margin);
    }

    /**
     * Distillation of a teacher's embeddings: the mean over texts of 1 − cos(e, t), half the squared distance of the
     * unit vectors. The target of a text is its t, a {@link Target.Embedding}.
     */
    public static EmbeddingLoss distillation() {
        return new EmbeddingDistillationLoss();
    }

    /**
     * Contrast of classes: half the mean over a batch's pairs of one class of (cosine − 1)², plus half the mean over its
     * other pairs of cosine². SetFit samples as many pairs of either kind (Tunstall et al., arXiv 2209.11055, section 3);
     * this is the mean over all samples. If a batch has pairs of one kind only, their mean counts whole. The target of a
     * text is its class, a {@link Target.Category}. If a step has several batches, each contrasts its own texts.
     */
    public static EmbeddingLoss classes() {
        return new ClassContrastLoss();
    }

    /**
     * Matryoshka embeddings, whose leading numbers are embeddings themselves (Kusupati et al., arXiv 2205.13147): the
     * weighted sum of another loss over vectors cut to each length and divided by their norms.
     *
     * @param loss any loss except a Matryoshka loss
     * @param dimensions the lengths, different, from 1 to the embeddings' width; the full width counts only if listed;
     *     copied
     * @param weights one per length, finite and positive; copied
     * @throws IllegalArgumentException if the loss, the lengths or the weights are invalid
     */
    public static EmbeddingLoss matryoshka(EmbeddingLoss loss, List<Integer> dimensions, List<Double> weights) {
        return new MatryoshkaLoss(loss, dimensions, weights);
    }

    /**
     * Continues the backward pass of a loss that was computed elsewhere: Σ g·e over texts, with the unit vector e of a text
     * and the loss's gradient g by it. The target of a text is its g, a {@link Target.Embedding}; a step's total weight is 1.
     */
    public static EmbeddingLoss ofGradients() {
        return new OfGradients();
    }

    /** Calls {@link #matryoshka(EmbeddingLoss, List, List)} with weights of 1. */
    public static EmbeddingLoss matryoshka(EmbeddingLoss loss, List<Integer> dimensions) {
        return matryoshka(loss, dimensions, Collections.nCopies(dimensions.size(), 1.0));
    }

    /** A description of the loss with all its settings. */
    @Override
    public final String toString() {
        return description;
    }

    abstract double weight(List<Target> targets);

    void requireWidth(int width) {}

    /** Checks that each anchor has a positive and any number of hard negatives, and counts the anchors. */
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

    /** Checks that both texts of each pair have the same score. Returns one score per pair. */
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

    /** Returns the scores of pairs that were checked before. */
    static double[] scores(List<Target> targets) {
        return IntStream.range(0, targets.size() / 2)
                .mapToDouble(pair -> ((Value) targets.get(2 * pair)).value())
                .toArray();
    }

    /** Opens a use of the loss; by default {@link #loss}. */
    Run open(int width, DataType type, Backend backend) {
        return this::loss;
    }

    /** Computes the loss of a batch, unless {@link #open} is overridden; see {@link Run#loss}. */
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        throw new IllegalStateException(description + ": has a run of its own");
    }

    static void requireTarget(boolean fits, List<? extends Target> targets, int at, String expected) {
        Require.argument(fits, "embedding loss: target %s of text %d, expected %s", targets.get(at), at, expected);
    }

    /** See {@link EmbeddingLoss#ofGradients}. */
    static final class OfGradients extends EmbeddingLoss {
        private OfGradients() {
            super("gradients of embeddings");
        }

        @Override
        double weight(List<Target> targets) {
            Target.require(Target.Embedding.class, targets);
            return 1;
        }

        @Override
        double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
            int width = units.width();
            double sum = 0;
            for (int i = 0; i < gradient.length; i++) {
                float[] given = ((Target.Embedding) batch.targets().get(i / width)).teacher();
                gradient[i] = given[i % width] / total;
                sum += gradient[i] * units.rows()[i];
            }
            return sum;
        }
    }

    /** One thread's use of a loss; by default without memory to free. */
    @FunctionalInterface
    interface Run extends AutoCloseable {

        /**
         * Computes the loss of a batch.
         *
         * @param batch the texts, of which equal ones count as one, and their targets
         * @param units the texts' vectors; not modified
         * @param gradient ∂L/∂units, without the constraint of norm 1; zeros at first
         */
        double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient);

        @Override
        default void close() {}
    }
}
