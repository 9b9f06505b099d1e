package org.lsradapt.transformer.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Attention against its definition, and its gradients against central differences, in every form. */
class AttentionTest {

    /** What a case's arrays look like; relative rows are c2p, p2c, both or none. */
    record Form(
            String name,
            Spans spans,
            int heads,
            int keyValueHeads,
            int size,
            boolean causal,
            String relative,
            OptionalInt reach,
            OptionalDouble cap) {

        Form(String name, Spans spans, int heads, int keyValueHeads, int size, boolean causal, String relative) {
            this(
                    name,
                    spans,
                    heads,
                    keyValueHeads,
                    size,
                    causal,
                    relative,
                    OptionalInt.empty(),
                    OptionalDouble.empty());
        }

        Form capped(double most) {
            return new Form(
                    name + " capped at " + most,
                    spans,
                    heads,
                    keyValueHeads,
                    size,
                    causal,
                    relative,
                    reach,
                    OptionalDouble.of(most));
        }

        Form within(int tokens) {
            return new Form(
                    name + " within " + tokens,
                    spans,
                    heads,
                    keyValueHeads,
                    size,
                    causal,
                    relative,
                    OptionalInt.of(tokens),
                    cap);
        }

        @Override
        public String toString() {
            return name + " " + heads + "/" + keyValueHeads + " heads of " + size;
        }

        double behindCap(double score) {
            return cap.isEmpty() ? score : cap.getAsDouble() * Math.tanh(score / cap.getAsDouble());
        }

        Heads division() {
            return new Heads(heads, keyValueHeads, 0.37, causal, cap, reach);
        }

        int queryRows() {
            return spans.queries()[spans.size()];
        }

        int keyRows() {
            return spans.keys()[spans.size()];
        }

        boolean isBiased() {
            return relative.equals("bias");
        }

        /** Larger than the longest sequence needs. */
        ScoreBias bias() {
            if (!isBiased()) {
                return null;
            }
            int centre = longest() + 2;
            Random random = new Random(9);
            double[][] numbers = new double[heads][2 * centre + 1];
            for (double[] row : numbers) {
                Arrays.setAll(row, i -> random.nextGaussian());
            }
            return new ScoreBias(numbers, centre);
        }

        int longest() {
            int longest = 0;
            for (int b = 0; b < spans.size(); b++) {
                longest = Math.max(longest, spans.keyCount(b));
            }
            return longest;
        }
    }

    private static Spans spans(int[] queries, int[] keys, int... first) {
        return new Spans(queries, keys, first);
    }

    static Stream<Form> small() {
        Spans all = spans(new int[] {0, 3, 4, 9}, new int[] {0, 3, 4, 9}, 0, 0, 0);
        Spans firsts = spans(new int[] {0, 1, 2, 3}, new int[] {0, 3, 4, 9}, 0, 0, 0);
        Spans lasts = spans(new int[] {0, 1, 2, 3}, new int[] {0, 3, 4, 9}, 2, 0, 4);
        Spans middles = spans(new int[] {0, 2, 3, 5}, new int[] {0, 3, 4, 9}, 0, 0, 2);
        return Stream.of(
                new Form("all", all, 2, 2, 3, false, ""),
                new Form("first", firsts, 2, 2, 3, false, ""),
                new Form("causal", all, 2, 2, 2, true, ""),
                new Form("causal, last", lasts, 3, 1, 2, true, ""),
                new Form("causal, some", middles, 4, 2, 2, true, ""),
                new Form("causal", all, 2, 2, 2, true, "").within(0),
                new Form("causal", all, 2, 2, 2, true, "").within(2),
                new Form("causal, last", lasts, 3, 1, 2, true, "").within(1),
                new Form("causal, some", middles, 4, 2, 2, true, "").within(3),
                new Form("all", all, 2, 2, 3, false, "").within(0),
                new Form("all", all, 2, 2, 3, false, "").within(2),
                new Form("all", all, 2, 2, 3, false, "").within(7),
                new Form("first", firsts, 2, 2, 3, false, "").within(1),
                new Form("grouped, some", middles, 4, 2, 2, false, "").within(1),
                new Form("causal", all, 4, 2, 2, true, "").capped(0.3),
                new Form("causal, some", middles, 4, 2, 2, true, "").within(1).capped(0.7),
                new Form("all", all, 2, 2, 3, false, "").capped(1.1),
                new Form("grouped", all, 4, 2, 2, false, ""),
                new Form("biased", all, 2, 2, 3, false, "bias"),
                new Form("biased, first", firsts, 2, 2, 3, false, "bias"),
                new Form("biased, some", middles, 4, 2, 2, false, "bias").within(1),
                new Form("biased, causal", lasts, 2, 2, 2, true, "bias"),
                new Form("relative", all, 2, 2, 3, false, "c2p p2c"),
                new Form("relative, first", firsts, 2, 2, 3, false, "c2p p2c"),
                new Form("content to position", all, 2, 2, 3, false, "c2p"),
                new Form("position to content", middles, 2, 2, 3, false, "p2c"));
    }

    static Stream<Form> large() {
        int[] keys = {0, 1, 71, 400};
        int[] last = {0, 129};
        Spans all = spans(keys, keys, 0, 0, 0);
        Spans lasts = spans(new int[] {0, 1, 2, 3}, keys, 0, 69, 328);
        Spans tails = spans(new int[] {0, 1, 31, 231}, keys, 0, 20, 100);
        return Stream.of(
                new Form("all", all, 3, 3, 8, false, ""),
                new Form("wide", all, 12, 12, 32, false, ""),
                new Form("causal", all, 9, 3, 16, true, ""),
                new Form("causal, one behind", spans(last, last, 0), 2, 2, 8, true, ""),
                new Form("causal, last", lasts, 9, 3, 16, true, ""),
                new Form("causal, some", tails, 4, 2, 16, true, ""),
                new Form("causal", all, 9, 3, 16, true, "").within(10),
                new Form("causal", all, 9, 3, 16, true, "").within(63),
                new Form("causal", all, 9, 3, 16, true, "").within(130),
                new Form("causal, last", lasts, 9, 3, 16, true, "").within(100),
                new Form("causal, some", tails, 4, 2, 16, true, "").within(33),
                new Form("all", all, 3, 3, 8, false, "").within(64),
                new Form("all", all, 3, 3, 8, false, "").within(69),
                new Form("wide", all, 12, 12, 32, false, "").within(5),
                new Form("some", tails, 4, 2, 16, false, "").within(40),
                new Form("causal", all, 9, 3, 16, true, "").within(100).capped(2),
                new Form("causal, last", lasts, 9, 3, 16, true, "").capped(0.5),
                new Form("biased", all, 12, 12, 32, false, "bias"),
                new Form("biased, some", tails, 4, 2, 16, false, "bias").within(40),
                new Form("biased, causal", tails, 4, 2, 16, true, "bias").within(130),
                new Form("relative", all, 3, 3, 16, false, "c2p p2c"),
                new Form("relative, first", spans(new int[] {0, 1, 2, 3}, keys, 0, 0, 0), 3, 3, 16, false, "c2p p2c"),
                new Form("position to content", all, 3, 3, 16, false, "p2c"));
    }

    /** The inputs of a case; views of wider arrays, as in a pass. */
    private record Inputs(INDArray q, INDArray k, INDArray v, RelativeRows relative) {

        static Inputs random(Form form, DataType type) {
            Random random = new Random(5);
            int relativeRows = 2 * form.longest() - 1;
            int width = form.heads * form.size;
            return new Inputs(
                    columns(random, type, form.queryRows(), width),
                    columns(random, type, form.keyRows(), form.keyValueHeads * form.size),
                    columns(random, type, form.keyRows(), form.keyValueHeads * form.size),
                    form.relative.isEmpty() || form.isBiased()
                            ? null
                            : new RelativeRows(
                                    form.relative.contains("c2p") ? columns(random, type, relativeRows, width) : null,
                                    form.relative.contains("p2c") ? columns(random, type, relativeRows, width) : null,
                                    form.longest() - 1));
        }

        private static INDArray columns(Random random, DataType type, int rows, int width) {
            INDArray wide = RandomArrays.normal(random, type, rows, width + 5L);
            return wide.get(NDArrayIndex.all(), NDArrayIndex.interval(2, width + 2))
                    .reshape(rows, width);
        }

        Inputs doubles() {
            return new Inputs(
                    wide(q),
                    wide(k),
                    wide(v),
                    relative == null
                            ? null
                            : new RelativeRows(wide(relative.keys()), wide(relative.queries()), relative.centre()));
        }

        private static INDArray wide(INDArray array) {
            return array == null ? null : array.dup('c').castTo(DataType.DOUBLE);
        }

        RelativeRows[] shared() {
            return relative == null ? null : new RelativeRows[] {relative};
        }

        List<INDArray> all() {
            List<INDArray> all = new ArrayList<>(List.of(q, k, v));
            if (relative != null && relative.keys() != null) {
                all.add(relative.keys());
            }
            if (relative != null && relative.queries() != null) {
                all.add(relative.queries());
            }
            return all;
        }
    }

    /** Attention's output, number by number. */
    private static double[][] definition(Form form, Inputs in) {
        ScoreBias bias = form.bias();
        double[][] out = new double[form.queryRows()][form.heads * form.size];
        for (int b = 0; b < form.spans.size(); b++) {
            for (int head = 0; head < form.heads; head++) {
                for (int i = 0; i < form.spans.queryCount(b); i++) {
                    int position = form.spans.first()[b] + i;
                    int keys = form.spans.keyCount(b);
                    double[] weights = new double[keys];
                    double total = 0;
                    for (int j = 0; j < keys; j++) {
                        boolean seen =
                                (!form.causal || j <= position) && Math.abs(position - j) <= form.reach.orElse(keys);
                        double added = bias == null ? 0 : bias.numbers()[head][bias.centre() + position - j];
                        weights[j] = seen ? Math.exp(form.behindCap(0.37 * score(form, in, b, head, i, j) + added)) : 0;
                        total += weights[j];
                    }
                    int keyHead = head * form.keyValueHeads / form.heads;
                    for (int j = 0; j < keys; j++) {
                        for (int d = 0; d < form.size; d++) {
                            out[form.spans.queries()[b] + i][head * form.size + d] += weights[j]
                                    / total
                                    * in.v.getDouble(form.spans.keys()[b] + j, keyHead * form.size + d);
                        }
                    }
                }
            }
        }
        return out;
    }

    private static double score(Form form, Inputs in, int b, int head, int i, int j) {
        int keyHead = head * form.keyValueHeads / form.heads;
        int query = form.spans.queries()[b] + i;
        int key = form.spans.keys()[b] + j;
        int distance = form.longest() - 1 + form.spans.first()[b] + i - j;
        double sum = 0;
        for (int d = 0; d < form.size; d++) {
            double q = in.q.getDouble(query, head * form.size + d);
            double k = in.k.getDouble(key, keyHead * form.size + d);
            sum += q * k;
            if (form.relative.contains("c2p")) {
                sum += q * in.relative.keys().getDouble(distance, head * form.size + d);
            }
            if (form.relative.contains("p2c")) {
                sum += k * in.relative.queries().getDouble(distance, head * form.size + d);
            }
        }
        return sum;
    }

    private static INDArray forward(Kernels kernels, Form form, Inputs in, INDArray kept) {
        return forward(kernels, form, in, kept, false);
    }

    private static INDArray forward(Kernels kernels, Form form, Inputs in, INDArray kept, boolean rounds) {
        INDArray out = Nd4j.create(in.q.dataType(), form.queryRows(), (long) form.heads * form.size);
        kernels.attention(inputs(form, in, rounds), kept, out);
        return out;
    }

    private static AttentionInputs inputs(Form form, Inputs in, boolean rounds) {
        return new AttentionInputs(form.spans, form.division(), in.q, in.k, in.v, in.shared(), form.bias(), rounds);
    }

    private static INDArray memory(Kernels kernels, Form form, DataType type) {
        return Nd4j.create(type, kernels.attentionMemory(form.spans, form.division()));
    }

    /** The output and the gradients of q, k, v and the relative rows, for one gradient of the output. */
    private static List<INDArray> gradients(Kernels kernels, Form form, Inputs in, INDArray gradOut) {
        return gradients(kernels, form, in, gradOut, false);
    }

    private static List<INDArray> gradients(Kernels kernels, Form form, Inputs in, INDArray gradOut, boolean rounds) {
        DataType type = in.q.dataType();
        INDArray kept = memory(kernels, form, type);
        INDArray out = forward(kernels, form, in, kept, rounds);
        Inputs grads = new Inputs(
                filled(in.q),
                filled(in.k),
                filled(in.v),
                in.relative == null
                        ? null
                        : new RelativeRows(
                                filled(in.relative.keys()), filled(in.relative.queries()), in.relative.centre()));
        kernels.attentionGradient(
                inputs(form, in, rounds),
                kept,
                out,
                gradOut,
                new AttentionGradients(grads.q, grads.k, grads.v, grads.relative));
        List<INDArray> all = new ArrayList<>(grads.all());
        all.add(out);
        return all;
    }

    /** Numbers that have to be overwritten. */
    private static INDArray filled(INDArray like) {
        return like == null ? null : Nd4j.valueArrayOf(like.shape(), 77.5, like.dataType());
    }

    @ParameterizedTest
    @MethodSource("small")
    void plain_everyForm_equalsTheDefinition(Form form) {
        Kernels plain = new PlainKernels();
        Inputs in = Inputs.random(form, DataType.DOUBLE).doubles();
        double[][] expected = definition(form, in);
        INDArray out = forward(plain, form, in, memory(plain, form, DataType.DOUBLE));
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                assertEquals(expected[i][j], out.getDouble(i, j), 1e-12);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("small")
    void plainGradients_everyForm_agreeWithCentralDifferences(Form form) {
        Kernels plain = new PlainKernels();
        Inputs in = Inputs.random(form, DataType.DOUBLE).doubles();
        INDArray gradOut =
                RandomArrays.normal(new Random(8), DataType.DOUBLE, form.queryRows(), (long) form.heads * form.size);
        List<INDArray> gradients = gradients(plain, form, in, gradOut);
        for (int a = 0; a < in.all().size(); a++) {
            INDArray array = in.all().get(a);
            for (long i = 0; i < array.length(); i++) {
                double old = array.getDouble(i);
                array.putScalar(i, old + 1e-6);
                double up = dot(definition(form, in), gradOut);
                array.putScalar(i, old - 1e-6);
                double down = dot(definition(form, in), gradOut);
                array.putScalar(i, old);
                assertEquals((up - down) / 2e-6, gradients.get(a).getDouble(i), 1e-7, "array " + a + " at " + i);
            }
        }
    }

    private static double dot(double[][] out, INDArray gradOut) {
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            for (int j = 0; j < out[i].length; j++) {
                sum += out[i][j] * gradOut.getDouble(i, j);
            }
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource({"small", "large"})
    void fast_everyForm_equalsPlainInDouble(Form form) {
        assertEqualsPlain(form, false, 1e-5, new CpuKernels());
    }

    /** As if all sequences of two tokens or more were long; the longest have several tiles. */
    @ParameterizedTest
    @MethodSource({"small", "large"})
    void fastInTiles_everyForm_equalsPlainInDouble(Form form) {
        assertEqualsPlain(form, false, 1e-5, new CpuKernels(1));
    }

    /** Factors have 8 bits of precision: errors up to 0.012 were measured, with FLOAT below 3e-6. */
    @ParameterizedTest
    @MethodSource("large")
    void fastRounded_everyForm_isCloseToPlainInDouble(Form form) {
        assumeTrue(OneDnn.multipliesBfloat16(), "the processor does not multiply BF16");
        double tolerance = form.relative.isEmpty() || form.isBiased() ? 0.02 : 1e-5;
        assertEqualsPlain(form, true, tolerance, new CpuKernels(), new CpuKernels(1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fastRounded_sequenceAlone_hasTheSameBits(boolean causal) {
        assumeTrue(OneDnn.multipliesBfloat16(), "the processor does not multiply BF16");
        int[] rows = {0, 53, 130};
        Form both = new Form("both", spans(rows, rows, 0, 0), 12, 6, 32, causal, "");
        Inputs in = Inputs.random(both, DataType.FLOAT);
        INDArray gradOut = RandomArrays.normal(new Random(8), DataType.FLOAT, 130, 12 * 32);
        for (Kernels kernels : List.of(new CpuKernels(), new CpuKernels(1))) {
            List<INDArray> together = gradients(kernels, both, in, gradOut, true);
            for (int b = 0; b < 2; b++) {
                int[] own = {0, rows[b + 1] - rows[b]};
                int sequence = b;
                INDArray[] cut = Stream.of(in.q, in.k, in.v, gradOut)
                        .map(array -> ofSequence(array, rows, sequence))
                        .toArray(INDArray[]::new);
                Form alone = new Form("alone", spans(own, own, 0), 12, 6, 32, causal, "");
                List<INDArray> actual =
                        gradients(kernels, alone, new Inputs(cut[0], cut[1], cut[2], null), cut[3], true);
                for (int i = 0; i < actual.size(); i++) {
                    float[] expected =
                            ofSequence(together.get(i), rows, b).data().asFloat();
                    assertArrayEquals(
                            expected, actual.get(i).dup('c').data().asFloat(), "sequence " + b + ", array " + i);
                }
            }
        }
    }

    private static INDArray ofSequence(INDArray array, int[] rows, int b) {
        return Views.rows(array.dup('c'), rows[b], rows[b + 1]).dup('c');
    }

    private static void assertEqualsPlain(Form form, boolean rounds, double tolerance, Kernels... some) {
        Inputs in = Inputs.random(form, DataType.FLOAT);
        INDArray gradOut =
                RandomArrays.normal(new Random(8), DataType.FLOAT, form.queryRows(), (long) form.heads * form.size);
        List<INDArray> expected = gradients(new PlainKernels(), form, in.doubles(), gradOut.castTo(DataType.DOUBLE));
        for (Kernels kernels : some) {
            List<INDArray> actual = gradients(kernels, form, in, gradOut, rounds);
            for (int i = 0; i < expected.size(); i++) {
                int array = i;
                double error = RandomArrays.relativeError(expected.get(i), actual.get(i));
                assertTrue(error < tolerance, () -> "array " + array + ": relative error " + error);
            }
        }
    }

    private static long kept(int tokens, boolean causal, OptionalInt reach) {
        int[] rows = {0, tokens};
        return new CpuKernels()
                .attentionMemory(spans(rows, rows, 0), new Heads(12, 12, 1, causal, OptionalDouble.empty(), reach));
    }

    @Test
    void fastMemory_ofLongTexts_isLinear() {
        assertEquals(12L * 1024 * 1024, kept(1024, false, OptionalInt.empty()));
        assertEquals(12L * 1025, kept(1025, false, OptionalInt.empty()));
        assertEquals(12L * 1_000_000, kept(1_000_000, true, OptionalInt.empty()));
        assertEquals(12L * 100_000, kept(100_000, false, OptionalInt.of(1000)));
        long window = kept(8192, false, OptionalInt.of(64));
        assertEquals(2.0 * window, (double) kept(16_384, false, OptionalInt.of(64)), 0.1 * window);
    }

    static Stream<Form> withoutGradients() {
        int[] longer = {0, 20, 1120};
        return Stream.of(
                        small(),
                        large(),
                        Stream.of(
                                new Form("longer", spans(longer, longer, 0, 0), 3, 3, 16, false, ""),
                                new Form("longer, biased", spans(longer, longer, 0, 0), 2, 2, 8, false, "bias"),
                                new Form("longer, relative", spans(longer, longer, 0, 0), 2, 2, 8, false, "c2p p2c")))
                .flatMap(forms -> forms);
    }

    @ParameterizedTest
    @MethodSource("withoutGradients")
    void fast_thatKeepsNothing_equalsPlainInDouble(Form form) {
        Inputs in = Inputs.random(form, DataType.FLOAT);
        INDArray expected = forward(new PlainKernels(), form, in.doubles(), null);
        INDArray actual = forward(new CpuKernels(), form, in, null);
        double error = RandomArrays.relativeError(expected, actual);
        assertTrue(error < 1e-5, () -> "relative error " + error);
    }
}
