package org.lsradapt.transformer;

import java.util.Locale;
import java.util.Random;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Random weights for a small model; a name always gives the same numbers. */
public record RandomWeights(Transformer model, boolean pooler) implements WeightSource {

    @Override
    public boolean has(String name) {
        return model.tensors().containsKey(name) && (pooler || !name.startsWith("pooler"));
    }

    @Override
    public INDArray read(String name) {
        Random random = new Random(name.hashCode());
        INDArray array = RandomArrays.normal(
                random, DataType.FLOAT, model.tensors().get(name).sizes());
        boolean norm = name.toLowerCase(Locale.ROOT).contains("norm") && name.endsWith("weight");
        return norm ? array.muli(0.2).addi(1) : array.muli(0.4);
    }
}
