package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target.Role;

/** See {@link EmbeddingLoss#sigmoidContrast}. Computes everything in double, which is cheap next to passes. */
final class SigmoidContrastiveLoss extends EmbeddingLoss {
    private final double scale;
    private final double bias;

    SigmoidContrastiveLoss(double scale, double bias) {
        super("sigmoid contrast of scale " + scale + " and bias " + bias);
        Require.argument(
                scale > 0 && Double.isFinite(scale) && Double.isFinite(bias),
                "sigmoid contrast: scale is %s and bias %s, expected a positive number and a number",
                scale,
                bias);
        this.scale = scale;
        this.bias = bias;
    }

    @Override
    double weight(List<Target> targets) {
        List<Role> roles = Target.require(Role.class, targets);
        for (int i = 0; i < roles.size(); i++) {
            Role expected = i % 2 == 0 ? Role.ANCHOR : Role.POSITIVE;
            requireTarget(roles.get(i) == expected, roles, i, expected.toString());
        }
        Require.argument(roles.size() % 2 == 0, "sigmoid contrast: the last text is an anchor, expected its positive");
        return roles.size() / 2.0;
    }

    @Override
    double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
        ContrastGroups groups = new ContrastGroups(batch);
        double loss = 0;
        for (int i = 0; i < groups.anchors().length; i++) {
            for (int c = 0; c < groups.candidates().length; c++) {
                if (!groups.contrasted(i, c)) {
                    continue;
                }
                int anchor = groups.anchors()[i];
                int candidate = groups.candidates()[c];
                double sign = i == c ? 1 : -1;
                double logit = sign * (scale * units.cosine(anchor, candidate) + bias);
                loss -= Loss.logSigmoid(logit) / total;
                double share = -sign * scale / (1 + Math.exp(logit)) / total;
                units.addCosineGradient(anchor, candidate, share, gradient);
            }
        }
        return loss;
    }
}
