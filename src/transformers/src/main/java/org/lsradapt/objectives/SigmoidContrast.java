package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target.Role;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * See {@link EmbeddingLoss#sigmoidContrast}. Computes everything in double, which costs little compared with the
 * passes.
 */
final class SigmoidContrast extends EmbeddingLoss {
    private final double scale;
    private final double bias;

    SigmoidContrast(double scale, double bias) {
        Require.argument(
                scale > 0 && Double.isFinite(scale) && Double.isFinite(bias),
                "sigmoid contrast: scale is %s and bias %s, expected a positive number and a number",
                scale,
                bias);
        this.scale = scale;
        this.bias = bias;
    }

    @Override
    public String toString() {
        return "sigmoid contrast of scale " + scale + " and bias " + bias;
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
    Run open(int width, DataType type, Backend backend) {
        return new Run() {
            @Override
            public double loss(
                    List<? extends ModelInput> sequences,
                    List<Target> targets,
                    double[] units,
                    double total,
                    double[] gradient) {
                Arrays.fill(gradient, 0);
                return pairs(new ContrastGroups(sequences, targets), units, width, total, gradient);
            }

            @Override
            public void close() {
                // No memory to free.
            }
        };
    }

    private double pairs(ContrastGroups groups, double[] units, int width, double total, double[] gradient) {
        double loss = 0;
        for (int i = 0; i < groups.anchors().length; i++) {
            for (int c = 0; c < groups.candidates().length; c++) {
                if (!groups.contrasted(i, c)) {
                    continue;
                }
                int anchor = groups.anchors()[i] * width;
                int candidate = groups.candidates()[c] * width;
                double cosine = 0;
                for (int k = 0; k < width; k++) {
                    cosine += units[anchor + k] * units[candidate + k];
                }
                double sign = i == c ? 1 : -1;
                double logit = sign * (scale * cosine + bias);
                // log(1 + e^−z), in a form that does not overflow.
                loss += (Math.max(-logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)))) / total;
                double share = -sign * scale / (1 + Math.exp(logit)) / total;
                for (int k = 0; k < width; k++) {
                    gradient[anchor + k] += share * units[candidate + k];
                    gradient[candidate + k] += share * units[anchor + k];
                }
            }
        }
        return loss;
    }
}
