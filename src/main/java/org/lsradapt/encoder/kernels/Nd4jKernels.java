package org.lsradapt.encoder.kernels;

import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The plain path: ND4J operations only, in the arrays' own type, on whichever ND4J backend is on the class path. Allocates
 * temporaries freely; the fast path is checked against it.
 */
public final class Nd4jKernels implements EncoderKernels {

    @Override
    public void embed(INDArray[] tables, int[][] rows, INDArray out) {
        out.assign(0);
        for (int i = 0; i < tables.length; i++) {
            for (int t = 0; t < rows[i].length; t++) {
                row(out, t).addi(row(tables[i], rows[i][t]));
            }
        }
    }

    @Override
    public void gelu(INDArray product, INDArray bias, INDArray out, boolean keepDerivative) {
        INDArray z = product.addRowVector(bias);
        INDArray scaled = z.mul(Math.sqrt(0.5));
        INDArray erf = Nd4j.exec(new Erf(scaled, scaled.ulike()));
        INDArray cumulative = erf.addi(1).muli(0.5);
        if (keepDerivative) {
            INDArray density = Transforms.exp(z.mul(z).muli(-0.5), true).muli(1 / Math.sqrt(2 * Math.PI));
            product.assign(density.muli(z).addi(cumulative));
        }
        out.assign(cumulative.muli(z));
    }

    @Override
    public void multiply(INDArray factor, INDArray inOut) {
        inOut.muli(factor);
    }

    @Override
    public void addNormalize(
            INDArray product,
            INDArray bias,
            INDArray residual,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray out,
            INDArray normalized,
            INDArray inverseDeviation) {
        INDArray z = product.dup('c');
        if (bias != null) {
            z.addiRowVector(bias);
        }
        if (residual != null) {
            z.addi(residual);
        }
        z.subiColumnVector(z.mean(true, 1));
        INDArray variance = z.mul(z).mean(true, 1);
        INDArray inverse = Transforms.pow(variance.addi(epsilon), -0.5, true);
        z.muliColumnVector(inverse);
        if (normalized != null) {
            normalized.assign(z);
            inverseDeviation.assign(inverse.reshape(inverse.length()));
        }
        out.assign(z.muliRowVector(gamma).addiRowVector(beta));
    }

    @Override
    public void normalizeGradient(
            INDArray gradOut, INDArray gamma, INDArray normalized, INDArray inverseDeviation, INDArray gradIn) {
        INDArray g = gradOut.mulRowVector(gamma);
        INDArray mean = g.mean(true, 1);
        INDArray overlap = g.mul(normalized).mean(true, 1);
        g.subiColumnVector(mean);
        g.subi(normalized.mulColumnVector(overlap));
        g.muliColumnVector(inverseDeviation.reshape(inverseDeviation.length(), 1));
        gradIn.assign(g);
    }

    @Override
    public void tanh(INDArray z) {
        Transforms.tanh(z, false);
    }

    @Override
    public void tanhGradient(INDArray y, INDArray grad) {
        try (INDArray derivative = y.mul(y).rsubi(1)) {
            grad.muli(derivative);
        }
    }

    @Override
    public void gatherRows(INDArray from, int[] rows, INDArray to) {
        for (int i = 0; i < rows.length; i++) {
            row(to, i).assign(row(from, rows[i]));
        }
    }

    @Override
    public void scatterRows(INDArray from, int[] rows, INDArray to) {
        for (int i = 0; i < rows.length; i++) {
            row(to, rows[i]).assign(row(from, i));
        }
    }

    @Override
    public void scatterAddRows(INDArray from, int[] rows, INDArray to) {
        for (int i = 0; i < rows.length; i++) {
            row(to, rows[i]).addi(row(from, i));
        }
    }

    @Override
    public void attention(
            Spans spans, int heads, INDArray q, INDArray k, INDArray v, INDArray probabilities, INDArray out) {
        double scale = 1 / Math.sqrt((double) q.size(1) / heads);
        for (int b = 0; b < spans.size(); b++) {
            for (int head = 0; head < heads; head++) {
                INDArray scores = queries(spans, q, b, head, heads)
                        .mmul(keys(spans, k, b, head, heads).transpose())
                        .muli(scale);
                scores.subiColumnVector(scores.max(true, 1));
                INDArray p = Transforms.exp(scores, false);
                p.diviColumnVector(p.sum(true, 1));
                probabilities(spans, probabilities, b, head, heads).assign(p);
                queries(spans, out, b, head, heads).assign(p.mmul(keys(spans, v, b, head, heads)));
            }
        }
    }

    @Override
    public void attentionGradient(
            Spans spans,
            int heads,
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray probabilities,
            INDArray gradOut,
            INDArray gradQ,
            INDArray gradK,
            INDArray gradV) {
        double scale = 1 / Math.sqrt((double) q.size(1) / heads);
        for (int b = 0; b < spans.size(); b++) {
            for (int head = 0; head < heads; head++) {
                INDArray p = probabilities(spans, probabilities, b, head, heads);
                INDArray g = queries(spans, gradOut, b, head, heads).dup('c');
                keys(spans, gradV, b, head, heads).assign(p.transpose().mmul(g));
                INDArray gradP = g.mmul(keys(spans, v, b, head, heads).transpose());
                INDArray mean = gradP.mul(p).sum(true, 1);
                INDArray gradScores = gradP.subiColumnVector(mean).muli(p).muli(scale);
                queries(spans, gradQ, b, head, heads).assign(gradScores.mmul(keys(spans, k, b, head, heads)));
                if (gradK != null) {
                    keys(spans, gradK, b, head, heads)
                            .assign(gradScores.transpose().mmul(queries(spans, q, b, head, heads)));
                }
            }
        }
    }

    private static INDArray row(INDArray matrix, int row) {
        return Views.rows(matrix, row, row + 1L);
    }

    private static INDArray queries(Spans spans, INDArray array, int b, int head, int heads) {
        return block(array, spans.queries()[b], spans.queries()[b + 1], head, heads);
    }

    private static INDArray keys(Spans spans, INDArray array, int b, int head, int heads) {
        return block(array, spans.keys()[b], spans.keys()[b + 1], head, heads);
    }

    private static INDArray block(INDArray array, int from, int to, int head, int heads) {
        long width = array.size(1) / heads;
        return Views.block(array, from, to, head * width, (head + 1) * width);
    }

    private static INDArray probabilities(Spans spans, INDArray all, int b, int head, int heads) {
        long length = (long) spans.queryCount(b) * spans.keyCount(b);
        long from = spans.offset(b, heads) + head * length;
        return Views.piece(all, from, spans.queryCount(b), spans.keyCount(b));
    }
}
