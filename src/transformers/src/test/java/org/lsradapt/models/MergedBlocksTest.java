package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An adapter of a model in blocks (Q4_1, Q8_0, Q4_K …), merged into it: what differs, and what does not. */
class MergedBlocksTest {

    private static final String BLOCKS = "src/transformers/src/test/resources/golden/gguf/blocks.gguf";
    private static final Backend FLOAT = CpuBackends.dividedAmong(2);

    @TempDir
    Path folder;

    private static TransformerWeights weights(PretrainedModel model, BasePrecision precision) throws IOException {
        return new TransformerWeights(model.model(), model.weights(), DataType.FLOAT, precision);
    }

    private static AdapterSet adapters(TransformerWeights weights) {
        AdapterSet adapters = AdapterSet.create(
                LayerSelector.allLinear().select(weights.linearLayers()), LsrConfig.lora(4, 8), Backends.standard());
        Random random = new Random(19);
        for (Parameter parameter : adapters.parameters()) {
            parameter
                    .value()
                    .assign(RandomArrays.normal(
                                    random, DataType.FLOAT, parameter.value().shape())
                            .muli(0.1));
        }
        adapters.materialize();
        return adapters;
    }

    /** The last hidden states of one text, of which logits are the product with the vocabulary. */
    private static INDArray hidden(TransformerWeights weights, Optional<AdapterSet> adapters, Backend backend) {
        int[] ids = new Random(7).ints(24, 3, weights.model().vocabulary()).toArray();
        List<TokenSequence> text = List.of(new TokenSequence(ids, new int[ids.length]));
        try (TransformerPass pass = adapters.isPresent()
                ? TransformerPass.inference(weights, adapters.get(), backend)
                : TransformerPass.inference(weights, backend)) {
            return pass.forward(TokenBatch.of(text, weights.model(), Rows.ALL)).dup();
        }
    }

    private static INDArray adapted(PretrainedModel model, BasePrecision precision, Backend backend)
            throws IOException {
        try (TransformerWeights weights = weights(model, precision);
                AdapterSet adapters = adapters(weights)) {
            return hidden(weights, Optional.of(adapters), backend);
        }
    }

    private INDArray merged(PretrainedModel model, WeightFormat format) throws IOException {
        Path file = folder.resolve(format + ".gguf");
        try (TransformerWeights weights = weights(model, BasePrecision.F32);
                AdapterSet adapters = adapters(weights)) {
            MergedModel.languageModel(model, adapters, 40).writeGguf(file, format);
        }
        try (PretrainedModel again = Models.load(file.toString());
                TransformerWeights weights = weights(again, BasePrecision.STORED)) {
            return hidden(weights, Optional.empty(), FLOAT);
        }
    }

    private static void assertDiffers(INDArray expected, INDArray found, double least, double most, String what) {
        double error = RandomArrays.relativeError(expected, found);
        assertTrue(error >= least && error < most, what + ": relative error " + error);
    }

    /**
     * F32 loses nothing, and neither does the adapter on blocks where products are FLOAT. Where the processor multiplies BF16,
     * products of a prompt with blocks are rounded to it; formats of merged models round W + ΔW.
     */
    @Test
    void merged_inFloat_computesWhatTheAdapterComputesOnTheBlocks() throws IOException {
        try (PretrainedModel model = Models.load(BLOCKS)) {
            INDArray expected = adapted(model, BasePrecision.F32, Backends.standard());
            assertDiffers(expected, adapted(model, BasePrecision.STORED, FLOAT), 0, 1e-5, "on blocks, in FLOAT");
            assertDiffers(expected, merged(model, WeightFormat.F32), 0, 1e-5, "merged, F32");
            assertDiffers(expected, merged(model, WeightFormat.F16), 0, 5e-3, "merged, F16");
            assertDiffers(expected, merged(model, WeightFormat.Q8_0), 1e-3, 6e-2, "merged, Q8_0");
            assertDiffers(
                    expected,
                    adapted(model, BasePrecision.STORED, Backends.standard()),
                    OneDnn.multipliesBfloat16() ? 1e-3 : 0,
                    OneDnn.multipliesBfloat16() ? 5e-2 : 1e-5,
                    "on blocks, as by default");
        }
    }
}
