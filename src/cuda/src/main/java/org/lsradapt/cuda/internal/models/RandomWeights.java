package org.lsradapt.cuda.internal.models;

import java.util.Random;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.transformer.WeightSource;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random weights of a model, a name always with the same numbers. */
record RandomWeights(Transformer model) implements WeightSource {

    @Override
    public boolean has(String name) {
        return model.tensors().containsKey(name);
    }

    @Override
    public INDArray read(String name) {
        Tensor tensor = model.tensors().get(name);
        Random random = SplitMix64.random(name.hashCode());
        boolean aroundOne = model.norms().stream()
                .filter(norm -> norm.kind() != Norm.Kind.SCALE)
                .anyMatch(norm -> norm.weight().equals(name));
        long[] shape = tensor.sizes();
        int length = 1;
        for (long size : shape) {
            length = Math.toIntExact(length * size);
        }
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            numbers[i] = (float) (aroundOne ? 1 + 0.2 * random.nextGaussian() : 0.4 * random.nextGaussian());
        }
        return Nd4j.create(numbers, shape, 'c');
    }
}
