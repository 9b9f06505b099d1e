package org.lsradapt.models.internal.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Layers that files have as parts of a larger one. */
class MappedWeightsTest {

    @TempDir
    private Path folder;

    private Transformer model;
    private INDArray joined;

    /** A model whose first layer has query and key in one tensor, and a value by itself. */
    @BeforeEach
    void describe() {
        Transformer whole = SmallModel.LLAMA.model();
        Block block = whole.blocks().get(0);
        Attention old = block.attention();
        Linear query = new Linear("q", 12, 12, true).within("both", 0, 16);
        Linear key = new Linear("k", 12, 4, true).within("both", 12, 16);
        Attention attention = new Attention(
                query, key, old.value(), old.output(), old.heads(), old.keyValueHeads(), true, old.positions());
        Block changed = new Block(
                attention,
                block.feedForward(),
                block.beforeAttention(),
                block.behindAttention(),
                block.beforeFeedForward(),
                block.behindFeedForward());
        model = new Transformer(
                whole.embeddings(),
                List.of(changed),
                whole.finalNorm(),
                whole.head(),
                Optional.empty(),
                whole.maxTokens());
        joined = Nd4j.arange(16 * 12).castTo(DataType.FLOAT).reshape(16, 12);
    }

    private MappedWeights weights(Map<String, INDArray> tensors) throws IOException {
        Path file = folder.resolve("model.safetensors");
        SafeTensors.write(file, tensors, Map.of());
        return new MappedWeights(
                SafeTensors.open(file),
                model,
                List.of(),
                tensor -> Optional.of(new MappedWeights.Place(tensor.fileName(), tensor.linear())));
    }

    @Test
    void read_partOfALargerLayer_hasItsOutputs() throws IOException {
        INDArray bias = Nd4j.arange(16).castTo(DataType.FLOAT);
        MappedWeights weights = weights(Map.of("both.weight", joined.castTo(DataType.BFLOAT16), "both.bias", bias));
        assertTrue(weights.has("q.weight") && weights.has("k.bias"));
        assertFalse(weights.has("both.weight"));
        INDArray wide = joined.castTo(DataType.BFLOAT16).castTo(DataType.FLOAT);
        assertEquals(rows(wide, 0, 12).transpose(), weights.read("q.weight"));
        assertEquals(rows(wide, 12, 16).transpose(), weights.read("k.weight"));
        assertEquals(Nd4j.arange(12, 16).castTo(DataType.FLOAT), weights.read("k.bias"));
    }

    private static INDArray rows(INDArray matrix, int from, int to) {
        return matrix.get(NDArrayIndex.interval(from, to)).dup('c');
    }

    @Test
    void check_largerLayerOfAnotherSize_namesItsTensor() throws IOException {
        Map<String, INDArray> tensors = new HashMap<>();
        for (Tensor tensor : model.tensors().values()) {
            long[] shape = tensor.fileSizes();
            tensor.fused().ifPresent(larger -> shape[0] = larger.out());
            tensors.put(tensor.fileName(), Nd4j.zeros(DataType.FLOAT, shape));
        }
        weights(tensors).check("config.json");
        tensors.put("both.weight", Nd4j.zeros(DataType.FLOAT, 15, 12));
        String message = assertThrows(IOException.class, () -> weights(tensors).check("config.json"))
                .getMessage();
        assertTrue(
                message.endsWith("weight 'both.weight' is [12, 15] ([in, out]), config.json asks for [12, 16]"),
                message);
    }
}
