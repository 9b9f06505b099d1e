package org.lsradapt.transformer.internal;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.transformer.parts.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The plain path: ND4J operations only, in the arrays' own type, on any ND4J backend on the class path. It allocates
 * temporaries freely; the fast path is checked against it.
 */
public final class PlainKernels implements Kernels {

    /** The score of a key that a query does not see; its exponential is 0. */
    private static final double UNSEEN = -1e30;

    @Override
    public void embed(EmbeddingTable[] tables, int[][] rows, double scale, INDArray out) {
        out.assign(0);
        for (int i = 0; i < tables.length; i++) {
            for (int t = 0; t < rows[i].length; t++) {
                row(out, t).addi(tables[i].row(rows[i][t]));
            }
        }
        out.muli(scale);
    }

    @Override
    public void activate(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative) {
        INDArray z = withBias(product, bias);
        if (keepDerivative) {
            product.assign(derivative(f, z));
        }
        out.assign(value(f, z));
    }

    @Override
    public void activateGated(Activation f, INDArray product, INDArray bias, INDArray out, boolean keepDerivative) {
        INDArray z = withBias(product, bias);
        long width = out.size(1);
        INDArray gate = Views.columns(z, 0, width).dup('c');
        INDArray up = Views.columns(z, width, 2 * width);
        INDArray value = value(f, gate);
        if (keepDerivative) {
            Views.columns(product, 0, width).assign(derivative(f, gate).muli(up));
            Views.columns(product, width, 2 * width).assign(value);
        }
        out.assign(value.mul(up));
    }

    @Override
    public void gatedGradient(INDArray kept, INDArray gradOut, INDArray gradProduct) {
        long width = gradOut.size(1);
        Views.columns(gradProduct, 0, width)
                .assign(Views.columns(kept, 0, width).mul(gradOut));
        Views.columns(gradProduct, width, 2 * width)
                .assign(Views.columns(kept, width, 2 * width).mul(gradOut));
    }

    private static INDArray withBias(INDArray product, INDArray bias) {
        return bias == null ? product.dup('c') : product.addRowVector(bias);
    }

    private static INDArray value(Activation f, INDArray x) {
        return switch (f) {
            case GELU -> cumulative(x).muli(x);
            case GELU_TANH -> sigmoid(tanhArgument(x)).muli(x);
            case QUICK_GELU -> sigmoid(x.mul(1.702)).muli(x);
            case SILU -> sigmoid(x).muli(x);
            case RELU -> x.mul(x.gt(0).castTo(x.dataType()));
            case TANH -> Transforms.tanh(x, true);
        };
    }

    private static INDArray derivative(Activation f, INDArray x) {
        return switch (f) {
            case GELU -> {
                INDArray density = Transforms.exp(x.mul(x).muli(-0.5), true).muli(1 / Math.sqrt(2 * Math.PI));
                yield density.muli(x).addi(cumulative(x));
            }
            case GELU_TANH -> {
                INDArray slope = x.mul(x).muli(3 * 0.044715).addi(1).muli(2 * Math.sqrt(2 / Math.PI));
                yield productDerivative(sigmoid(tanhArgument(x)), x.mul(slope));
            }
            case QUICK_GELU -> productDerivative(sigmoid(x.mul(1.702)), x.mul(1.702));
            case SILU -> productDerivative(sigmoid(x), x);
            case RELU -> x.gt(0).castTo(x.dataType());
            case TANH -> {
                INDArray y = Transforms.tanh(x, true);
                yield y.mul(y).rsubi(1);
            }
        };
    }

    /** Returns Φ(x). */
    private static INDArray cumulative(INDArray x) {
        INDArray scaled = x.mul(Math.sqrt(0.5));
        return Nd4j.exec(new Erf(scaled, scaled.ulike())).addi(1).muli(0.5);
    }

    private static INDArray sigmoid(INDArray x) {
        return Transforms.exp(x.neg(), false).addi(1).rdivi(1);
    }

    private static INDArray tanhArgument(INDArray x) {
        return x.mul(x).muli(x).muli(0.044715).addi(x).muli(2 * Math.sqrt(2 / Math.PI));
    }

    /** Returns s + s·(1 − s)·argument, the derivative of x·s(x); argument is x times the slope in the sigmoid. */
    private static INDArray productDerivative(INDArray s, INDArray argument) {
        return s.rsub(1).muli(s).muli(argument).addi(s);
    }

    @Override
    public void drop(INDArray x, DropMask mask, boolean add, INDArray out) {
        double[][] factors = new double[(int) x.size(0)][(int) x.size(1)];
        for (int t = 0; t < factors.length; t++) {
            for (int j = 0; j < factors[t].length; j++) {
                factors[t][j] = mask.factor(t, j);
            }
        }
        INDArray product = Nd4j.createFromArray(factors).castTo(x.dataType()).muli(x);
        if (add) {
            out.addi(product);
        } else {
            out.assign(product);
        }
    }

    @Override
    public void multiply(INDArray factor, INDArray inOut) {
        inOut.muli(factor);
    }

    @Override
    public void add(INDArray product, INDArray bias, INDArray residual, INDArray out) {
        out.assign(sum(product, bias, residual));
    }

    private static INDArray sum(INDArray product, INDArray bias, INDArray residual) {
        INDArray z = withBias(product, bias);
        return residual == null ? z : z.addi(residual);
    }

    @Override
    public void addNormalize(
            INDArray product,
            INDArray bias,
            INDArray residual,
            INDArray sum,
            NormWeights norm,
            INDArray out,
            INDArray normalized,
            INDArray inverseDeviation) {
        INDArray z = sum(product, bias, residual);
        if (sum != null) {
            sum.assign(z);
        }
        if (!norm.normalizes()) {
            scaleNormalized(z, norm, out);
            return;
        }
        if (norm.centres()) {
            z.subiColumnVector(z.mean(true, 1));
        }
        INDArray variance = z.mul(z).mean(true, 1);
        INDArray inverse = Transforms.pow(variance.addi(norm.epsilon()), -0.5, true);
        z.muliColumnVector(inverse);
        if (normalized != null) {
            normalized.assign(z);
            inverseDeviation.assign(inverse.reshape(inverse.length()));
        }
        scaleNormalized(z, norm, out);
    }

    @Override
    public void normalizeGradient(
            INDArray gradOut,
            NormWeights norm,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray residual,
            INDArray gradIn) {
        INDArray g = gradOut.mulRowVector(norm.gamma());
        if (!norm.normalizes()) {
            gradIn.assign(residual == null ? g : g.addi(residual));
            return;
        }
        INDArray overlap = g.mul(normalized).mean(true, 1);
        if (norm.centres()) {
            g.subiColumnVector(g.mean(true, 1));
        }
        g.subi(normalized.mulColumnVector(overlap));
        g.muliColumnVector(inverseDeviation.reshape(inverseDeviation.length(), 1));
        gradIn.assign(residual == null ? g : g.addi(residual));
    }

    @Override
    public void scaleNormalized(INDArray normalized, NormWeights norm, INDArray out) {
        INDArray scaled = normalized.mulRowVector(norm.gamma());
        out.assign(norm.beta() == null ? scaled : scaled.addiRowVector(norm.beta()));
    }

    @Override
    public void cap(double cap, INDArray x) {
        x.assign(Transforms.tanh(x.div(cap), true).muli(cap));
    }

    @Override
    public void capGradient(double cap, INDArray capped, INDArray gradient) {
        INDArray share = capped.div(cap);
        gradient.muli(share.muli(share).rsubi(1));
    }

    @Override
    public void normalizeHeads(INDArray x, NormWeights norm, INDArray normalized, INDArray inverseDeviation) {
        long size = norm.gamma().length();
        for (long head = 0; head < x.size(1) / size; head++) {
            long from = head * size;
            INDArray own = Views.columns(x, from, from + size);
            INDArray z = own.dup('c');
            INDArray inverse = Transforms.pow(z.mul(z).mean(true, 1).addi(norm.epsilon()), -0.5, true);
            z.muliColumnVector(inverse);
            if (normalized != null) {
                Views.columns(normalized, from, from + size).assign(z);
                Views.columns(inverseDeviation, head, head + 1).assign(inverse);
            }
            own.assign(z.muliRowVector(norm.gamma()));
        }
    }

    @Override
    public void normalizeHeadsGradient(
            NormWeights norm, INDArray normalized, INDArray inverseDeviation, INDArray gradient) {
        long size = norm.gamma().length();
        for (long head = 0; head < gradient.size(1) / size; head++) {
            long from = head * size;
            INDArray own = Views.columns(gradient, from, from + size);
            INDArray n = Views.columns(normalized, from, from + size).dup('c');
            INDArray g = own.mulRowVector(norm.gamma());
            g.subi(n.mulColumnVector(g.mul(n).mean(true, 1)));
            INDArray inverse = Views.columns(inverseDeviation, head, head + 1).dup('c');
            own.assign(g.muliColumnVector(inverse));
        }
    }

    @Override
    public void rotate(Rotation rotation, int[] positions, INDArray x, boolean back) {
        int half = rotation.half();
        double[] cos = new double[half];
        double[] sin = new double[half];
        for (int t = 0; t < positions.length; t++) {
            rotation.read(positions[t], cos, sin);
            INDArray c = vector(cos, x.dataType());
            INDArray s = vector(sin, x.dataType()).muli(back ? -1 : 1);
            for (long at = 0; at < x.size(1); at += rotation.headSize()) {
                INDArray left = Views.block(x, t, t + 1L, at, at + half);
                INDArray right = Views.block(x, t, t + 1L, at + half, at + 2L * half);
                INDArray rotated = left.mul(c).subi(right.mul(s));
                right.assign(right.mul(c).addi(left.mul(s)));
                left.assign(rotated);
            }
        }
    }

    private static INDArray vector(double[] values, DataType type) {
        return Nd4j.createFromArray(values).castTo(type).reshape(1, values.length);
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
    public void appendRows(INDArray from, int[] begins, INDArray[] to, int[] places) {
        for (int b = 0; b < to.length; b++) {
            for (int i = begins[b]; i < begins[b + 1]; i++) {
                row(to[b], places[b] + i - begins[b]).assign(row(from, i));
            }
        }
    }

    @Override
    public void scatterAddRows(INDArray from, int[] rows, INDArray to) {
        for (int i = 0; i < rows.length; i++) {
            row(to, rows[i]).addi(row(from, i));
        }
    }

    @Override
    public void write(Supplier<float[]> numbers, long from, INDArray to) {
        float[] written = numbers.get();
        Views.piece(to, from, written.length).assign(Nd4j.createFromArray(written));
    }

    @Override
    public long attentionMemory(Spans spans, Heads heads) {
        return offset(spans, spans.size(), heads);
    }

    private static long offset(Spans spans, int b, Heads heads) {
        long offset = 0;
        for (int i = 0; i < b; i++) {
            offset += (long) spans.queryCount(i) * spans.keyCount(i) * heads.queries();
        }
        return offset;
    }

    private record Head(AttentionInputs in, int b, int index) {

        static void forEach(AttentionInputs in, Consumer<Head> action) {
            for (int b = 0; b < in.spans().size(); b++) {
                for (int index = 0; index < in.heads().queries(); index++) {
                    action.accept(new Head(in, b, index));
                }
            }
        }

        INDArray queries(INDArray array) {
            int[] rows = in.spans().queries();
            return block(array, rows[b], rows[b + 1], index, in.heads().queries());
        }

        INDArray keys(INDArray array) {
            int[] rows = in.spans().keys();
            int head = index / in.heads().perKeyValue();
            return block(array, rows[b], rows[b + 1], head, in.heads().keyValues());
        }

        INDArray ownKeys() {
            return own(in.keys());
        }

        INDArray ownValues() {
            return own(in.values());
        }

        private INDArray own(INDArray[] arrays) {
            INDArray array = arrays[in.areSeparate() ? b : 0];
            int from = in.keyRow(b);
            int head = index / in.heads().perKeyValue();
            return block(
                    array, from, from + in.spans().keyCount(b), head, in.heads().keyValues());
        }

        RelativeRows relative() {
            return in.relative(b);
        }

        /** Returns the relative rows from the smallest to the largest distance between its queries and keys. */
        INDArray distances(INDArray array) {
            int keys = in.spans().keyCount(b);
            int from = relative().centre() + in.spans().first()[b] - (keys - 1);
            return block(
                    array,
                    from,
                    from + in.spans().queryCount(b) + keys - 1,
                    index,
                    in.heads().queries());
        }

        INDArray probabilities(INDArray all) {
            int queries = in.spans().queryCount(b);
            int keys = in.spans().keyCount(b);
            return Views.piece(all, offset(in.spans(), b, in.heads()) + (long) index * queries * keys, queries, keys);
        }

        /** Returns the row in {@link #distances} for the distance between a query and a key. */
        int distance(int query, int key) {
            return query - key + in.spans().keyCount(b) - 1;
        }

        private static INDArray block(INDArray array, int from, int to, int head, int heads) {
            long width = array.size(1) / heads;
            return Views.block(array, from, to, head * width, (head + 1) * width);
        }
    }

    @Override
    public void attention(AttentionInputs inputs, INDArray kept, INDArray out) {
        Head.forEach(inputs, head -> {
            INDArray scores = head.queries(inputs.queries()).mmul(head.ownKeys().transpose());
            if (head.relative() != null) {
                addRelative(head, scores);
            }
            scores.muli(inputs.heads().scale());
            inputs.heads().cap().ifPresent(cap -> cap(cap, scores));
            if (inputs.bias() != null) {
                addBias(head, inputs.bias(), scores);
            }
            if (inputs.heads().causal() || inputs.heads().reach().isPresent()) {
                hideUnseen(head, scores);
            }
            scores.subiColumnVector(scores.max(true, 1));
            INDArray p = Transforms.exp(scores, false);
            p.diviColumnVector(p.sum(true, 1));
            if (kept != null) {
                head.probabilities(kept).assign(p);
            }
            head.queries(out).assign(p.mmul(head.ownValues()));
        });
    }

    private static void addBias(Head head, ScoreBias bias, INDArray scores) {
        double[] numbers = bias.numbers()[head.index];
        int first = bias.centre() + head.in.spans().first()[head.b];
        for (int i = 0; i < scores.size(0); i++) {
            for (int j = 0; j < scores.size(1); j++) {
                scores.putScalar(i, j, scores.getDouble(i, j) + numbers[first + i - j]);
            }
        }
    }

    private static void hideUnseen(Head head, INDArray scores) {
        for (int i = 0; i < scores.size(0); i++) {
            int query = head.in.spans().first()[head.b] + i;
            for (int j = 0; j < head.in.heads().firstKey(query); j++) {
                scores.putScalar(i, j, UNSEEN);
            }
            for (int j = head.in.heads().endKey(query, (int) scores.size(1)); j < scores.size(1); j++) {
                scores.putScalar(i, j, UNSEEN);
            }
        }
    }

    private static void addRelative(Head head, INDArray scores) {
        INDArray byQuery =
                products(head, head.queries(head.in.queries()), head.relative().keys());
        INDArray byKey = products(head, head.ownKeys(), head.relative().queries());
        for (int i = 0; i < scores.size(0); i++) {
            for (int j = 0; j < scores.size(1); j++) {
                int distance = head.distance(i, j);
                scores.putScalar(
                        i,
                        j,
                        scores.getDouble(i, j)
                                + (byQuery == null ? 0 : byQuery.getDouble(i, distance))
                                + (byKey == null ? 0 : byKey.getDouble(j, distance)));
            }
        }
    }

    /** Returns the products of a head's rows and its rows of distances; null without the latter. */
    private static INDArray products(Head head, INDArray rows, INDArray relative) {
        return relative == null ? null : rows.mmul(head.distances(relative).transpose());
    }

    @Override
    public void attentionGradient(
            AttentionInputs inputs, INDArray kept, INDArray out, INDArray gradOut, AttentionGradients gradients) {
        Stream.of(gradients.values(), gradients.keys(), gradients.relativeKeys(), gradients.relativeQueries())
                .filter(Objects::nonNull)
                .forEach(gradient -> gradient.assign(0));
        Head.forEach(inputs, head -> {
            INDArray p = head.probabilities(kept);
            INDArray g = head.queries(gradOut).dup('c');
            head.keys(gradients.values()).addi(p.transpose().mmul(g));
            INDArray gradP = g.mmul(head.ownValues().transpose());
            INDArray mean = gradP.mul(p).sum(true, 1);
            INDArray gradScores =
                    gradP.subiColumnVector(mean).muli(p).muli(inputs.heads().scale());
            inputs.heads().cap().ifPresent(cap -> {
                INDArray scores = head.queries(inputs.queries())
                        .mmul(head.ownKeys().transpose())
                        .muli(inputs.heads().scale());
                cap(cap, scores);
                capGradient(cap, scores, gradScores);
            });
            head.queries(gradients.queries()).assign(gradScores.mmul(head.ownKeys()));
            if (gradients.keys() != null) {
                head.keys(gradients.keys()).addi(gradScores.transpose().mmul(head.queries(inputs.queries())));
            }
            if (head.relative() != null) {
                relativeGradient(head, gradScores, gradients);
            }
        });
    }

    private static void relativeGradient(Head head, INDArray gradScores, AttentionGradients gradients) {
        int m = (int) gradScores.size(0);
        int n = (int) gradScores.size(1);
        INDArray byQuery = Nd4j.zeros(gradScores.dataType(), m, m + n - 1L);
        INDArray byKey = Nd4j.zeros(gradScores.dataType(), n, m + n - 1L);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                byQuery.putScalar(i, head.distance(i, j), gradScores.getDouble(i, j));
                byKey.putScalar(j, head.distance(i, j), gradScores.getDouble(i, j));
            }
        }
        RelativeRows relative = head.relative();
        if (relative.keys() != null) {
            head.queries(gradients.queries()).addi(byQuery.mmul(head.distances(relative.keys())));
            if (gradients.relativeKeys() != null) {
                head.distances(gradients.relativeKeys())
                        .addi(byQuery.transpose().mmul(head.queries(head.in.queries())));
            }
        }
        if (relative.queries() != null) {
            if (gradients.keys() != null) {
                head.keys(gradients.keys()).addi(byKey.mmul(head.distances(relative.queries())));
            }
            if (gradients.relativeQueries() != null) {
                head.distances(gradients.relativeQueries())
                        .addi(byKey.transpose().mmul(head.ownKeys()));
            }
        }
    }

    @Override
    public void crossEntropy(
            INDArray logits,
            int[] targets,
            int from,
            double smoothing,
            double scale,
            boolean gradient,
            double[] losses) {
        INDArray largest = logits.max(true, 1);
        INDArray exponentials = Transforms.exp(logits.subColumnVector(largest), false);
        INDArray sums = exponentials.sum(true, 1);
        for (int i = 0; i < logits.size(0); i++) {
            int target = targets[from + i];
            double wanted = logits.getDouble(i, target);
            double smoothed = smoothing == 0
                    ? wanted
                    : (1 - smoothing) * wanted
                            + smoothing * row(logits, i).meanNumber().doubleValue();
            losses[from + i] = Math.log(sums.getDouble(i)) + largest.getDouble(i) - smoothed;
        }
        if (gradient) {
            logits.assign(exponentials.diviColumnVector(sums));
            for (int i = 0; i < logits.size(0); i++) {
                logits.putScalar(i, targets[from + i], logits.getDouble(i, targets[from + i]) - (1 - smoothing));
            }
            if (smoothing != 0) {
                logits.subi(smoothing / logits.size(1));
            }
            logits.muli(scale);
        }
    }

    private static INDArray row(INDArray matrix, int row) {
        return Views.rows(matrix, row, row + 1L);
    }
}
