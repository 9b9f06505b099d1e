package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.DividedBatch;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Dropout of the adapters' input, with every linear layer adapted, the pooler included. */
class DropoutTest {
    private static final int[] LENGTHS = {8, 3, 1, 8, 2, 1, 5, 4, 6, 6, 7, 1};
    private static final List<Target> LABELS = Target.categories(0, 2, 1, 1, 0, 2, 1, 0, 2, 1, 0, 2);

    private static List<TokenSequence> batch(TransformerWeights weights) {
        Random random = new Random(7);
        return IntStream.of(LENGTHS)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, weights.model().vocabulary()).toArray(), new int[n]))
                .toList();
    }

    private static AdaptedModel model(TransformerWeights weights, Backend backend) {
        LsrConfig config = LsrConfig.builder().separationRank(2).alpha(0.7).build();
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), config, backend);
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), adapters.parameterCount())
                        .muli(0.5));
        return SequenceModels.of(weights, adapters, new SequenceHead(weights, 3, 5), Loss.CROSS_ENTROPY, backend);
    }

    private static double loss(AdaptedModel model, List<TokenSequence> batch, double rate, long seed) {
        model.dropout(rate, seed);
        return model.lossAndGradients(batch, LABELS.subList(0, batch.size()));
    }

    private static List<INDArray> gradients(AdaptedModel model) {
        return model.trainable().stream().map(block -> block.gradient().dup()).toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "DEBERTA", "LLAMA", "PHI3"})
    void gradients_fixedMask_agreeWithCentralDifferences(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        AdaptedModel model = model(weights, Backends.standard());
        List<TokenSequence> batch = batch(weights).subList(1, 4);
        assertNotEquals(loss(model, batch, 0, 4), loss(model, batch, 0.4, 4), "nothing was dropped");
        CentralDifferences.assertAgree(model.trainable(), () -> loss(model, batch, 0.4, 4));
    }

    @ParameterizedTest
    @EnumSource(
            value = SmallModel.class,
            names = {"BERT", "DEBERTA", "LLAMA", "PHI3"})
    void gradients_anyNumberOfThreadsAndParts_dropTheSame(SmallModel family) {
        TransformerWeights weights = family.weights(DataType.DOUBLE);
        List<TokenSequence> batch = batch(weights);
        AdaptedModel whole = model(weights, CpuBackends.dividedAmong(1));
        double expected = loss(whole, batch, 0.3, 9);
        List<INDArray> gradients = gradients(whole);
        AdaptedModel divided = model(weights, CpuBackends.dividedAmong(3));
        assertEquals(3, DividedBatch.parts(batch, weights.model(), 3), "the batch is not divided");
        assertEquals(expected, loss(divided, batch, 0.3, 9), 1e-12);
        assertSame(gradients, divided);
        divided.dropout(0.3, 9);
        double total = divided.objective().weight(batch, LABELS);
        divided.beginStep();
        double sum = 0;
        for (int[] part : new int[][] {{0, 5}, {5, 12}}) {
            List<Target> labels = LABELS.subList(part[0], part[1]);
            sum += divided.addGradients(batch.subList(part[0], part[1]), labels, total);
        }
        divided.endStep();
        assertEquals(expected, sum, 1e-12);
        assertSame(gradients, divided);
    }

    private static void assertSame(List<INDArray> expected, AdaptedModel model) {
        for (int b = 0; b < expected.size(); b++) {
            double error = RandomArrays.relativeError(
                    expected.get(b), model.trainable().get(b).gradient());
            assertTrue(error < 1e-11, "relative error " + error);
        }
    }

    @Test
    void lossAndGradients_seedAndStep_decideWhatIsDropped() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        AdaptedModel model = model(weights, Backends.standard());
        List<TokenSequence> batch = batch(weights);
        double first = loss(model, batch, 0.3, 9);
        double second = model.lossAndGradients(batch, LABELS);
        assertNotEquals(first, second, "two steps with one mask");
        assertNotEquals(first, loss(model, batch, 0.3, 10), "two seeds with one mask");
        assertEquals(first, loss(model, batch, 0.3, 9));
        assertEquals(second, model.lossAndGradients(batch, LABELS));
    }

    @Test
    void predictAndTrainingWithoutDropout_afterIt_areTheSameToTheBit() {
        TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
        AdaptedModel model = model(weights, Backends.standard());
        List<TokenSequence> batch = batch(weights);
        double loss = model.lossAndGradients(batch, LABELS);
        List<INDArray> gradients = gradients(model);
        double[][] outputs = model.predict(batch);
        loss(model, batch, 0.5, 1);
        double[][] after = model.predict(batch);
        for (int i = 0; i < outputs.length; i++) {
            assertArrayEquals(outputs[i], after[i]);
        }
        assertEquals(loss, loss(model, batch, 0, 1));
        assertEquals(gradients, gradients(model));
    }

    @Test
    void dropout_rateOfOne_isRefused() {
        AdaptedModel model = model(SmallModel.BERT.weights(DataType.FLOAT), Backends.standard());
        assertEquals(
                "dropout is 1.0, expected >= 0 and < 1",
                assertThrows(IllegalArgumentException.class, () -> model.dropout(1, 1))
                        .getMessage());
    }
}
