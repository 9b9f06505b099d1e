package org.lsradapt.objectives.language;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;

/**
 * The loss of training on preferences. It depends on how much more probable a chosen answer y is than a rejected answer
 * z to the same prompt x. log π(y|x) is the sum of the log-probabilities of an answer's tokens, |y| their number.
 * Immutable.
 */
public final class PreferenceLoss {
    /** The default β of DPO, as in TRL. */
    public static final double DPO_BETA = 0.1;

    /** The default β of ORPO (λ in its paper), as in TRL. */
    public static final double ORPO_BETA = 0.1;

    /** The least value of 1 − p in the odds p/(1 − p), which keeps the odds of a certain answer finite. */
    private static final double LEAST_DOUBT = 1e-12;

    private final boolean hasReference;
    private final double beta;
    private final double smoothing;

    private PreferenceLoss(boolean hasReference, double beta, double smoothing) {
        Require.argument(
                beta > 0 && Double.isFinite(beta),
                "preference loss: beta is %s, expected a finite positive number",
                beta);
        this.hasReference = hasReference;
        this.beta = beta;
        this.smoothing = Loss.requireSmoothing(smoothing);
    }

    /**
     * Direct preference optimization (Rafailov et al., arXiv 2305.18290, equation 7): the mean over pairs of −log σ(r(y) − r(z)) with the
     * rewards r(y) = β·(log π(y|x) − log π₀(y|x)), where π₀ is the base model without adapters.
     *
     * @param beta β, finite and positive: the smaller, the further the model may move from the base model
     * @throws IllegalArgumentException if it is out of range
     */
    public static PreferenceLoss dpo(double beta) {
        return new PreferenceLoss(true, beta, 0);
    }

    /**
     * Odds ratio preference optimization (Hong et al., arXiv 2403.07691, equations 3 to 7): with p(y) = exp(log π(y|x)/|y|), the mean over
     * pairs of
     *
     * <pre>
     *   −log p(y) − β·log σ(log(p(y)/(1 − p(y))) − log(p(z)/(1 − p(z))))
     * </pre>
     *
     * <p>It needs no reference. The first term is the loss of next-token training on chosen answers. It covers the
     * answer's tokens, as in the paper; TRL also counts the prompt's. Rewards are β·log p(y). 1 − p counts as at least
     * 10⁻¹².
     *
     * @param beta β, λ in the paper, finite and positive
     * @throws IllegalArgumentException if it is out of range
     */
    public static PreferenceLoss orpo(double beta) {
        return new PreferenceLoss(false, beta, 0);
    }

    /**
     * Returns the same loss for preferences of which a fraction ε is assumed wrong (Mitchell 2023, conservative DPO):
     * with the margin m = r(y) − r(z), −(1 − ε)·log σ(m) − ε·log σ(−m).
     *
     * @param newSmoothing ε, in [0, 1)
     * @throws IllegalArgumentException if it is out of range, or not 0 for a loss other than DPO
     */
    public PreferenceLoss smoothed(double newSmoothing) {
        Require.argument(
                newSmoothing == 0 || hasReference,
                "label smoothing %s: the loss is %s, expected DPO or no smoothing",
                newSmoothing,
                this);
        return new PreferenceLoss(hasReference, beta, newSmoothing);
    }

    /** Whether the loss compares the model with the base model. */
    public boolean hasReference() {
        return hasReference;
    }

    double smoothing() {
        return smoothing;
    }

    /**
     * The loss of a pair with its derivatives.
     *
     * @param margin the reward of the chosen answer minus that of the rejected one; positive if the model prefers the
     *     chosen one
     * @param byChosen the derivative of the loss with respect to −log π(y|x)
     * @param byRejected the derivative of the loss with respect to −log π(z|x)
     */
    public record Pair(double loss, double margin, double byChosen, double byRejected) {}

    /**
     * Computes the loss of a pair.
     *
     * @param chosen Σ −log p over the tokens of the chosen answer, and their number, as {@link PreferenceObjective}
     *     returns them
     * @param rejected the same for the rejected answer
     * @param reference log π₀ of the chosen and of the rejected answer; not read by losses without a reference
     */
    public Pair of(double[] chosen, double[] rejected, double[] reference) {
        return hasReference ? dpo(chosen, rejected, reference) : orpo(chosen, rejected);
    }

    private Pair dpo(double[] chosen, double[] rejected, double[] reference) {
        double margin = beta * ((-chosen[0] - reference[0]) - (-rejected[0] - reference[1]));
        double loss = -(1 - smoothing) * Loss.logSigmoid(margin) - smoothing * Loss.logSigmoid(-margin);
        double byMargin = smoothing * Loss.sigmoid(margin) - (1 - smoothing) * Loss.sigmoid(-margin);
        return new Pair(loss, margin, -beta * byMargin, beta * byMargin);
    }

    private Pair orpo(double[] chosen, double[] rejected) {
        double best = -chosen[0] / chosen[1];
        double worst = -rejected[0] / rejected[1];
        double logOdds = (best - Math.log(doubt(best))) - (worst - Math.log(doubt(worst)));
        double wrong = beta * Loss.sigmoid(-logOdds);
        return new Pair(
                -best - beta * Loss.logSigmoid(logOdds),
                beta * (best - worst),
                (1 + wrong / doubt(best)) / chosen[1],
                -wrong / doubt(worst) / rejected[1]);
    }

    /** 1 − exp(x) for x ≤ 0. */
    private static double doubt(double logProbability) {
        return Math.max(LEAST_DOUBT, -Math.expm1(logProbability));
    }

    /** A description of the loss with all its settings. */
    @Override
    public String toString() {
        return (hasReference ? "DPO" : "ORPO") + ", beta " + beta
                + (smoothing == 0 ? "" : ", label smoothing " + smoothing);
    }
}
