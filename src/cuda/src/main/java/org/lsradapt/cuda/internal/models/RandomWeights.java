package org.lsradapt.cuda.internal.models;

import java.util.Random;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random weights of a model. A name always has the same numbers, which {@code precision} stores exactly. */
final class RandomWeights extends MadeWeights {
    private final BasePrecision precision;

    RandomWeights(Transformer model, BasePrecision precision) {
        super(model);
        this.precision = precision;
    }

    @Override
    public INDArray read(String name) {
        long[] shape = tensor(name).sizes();
        Random random = SplitMix64.random(name.hashCode());
        boolean aroundOne = isNorm(name);
        float[] numbers = new float[Math.toIntExact(count(tensor(name)))];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (aroundOne ? 1 + 0.2 * random.nextGaussian() : 0.4 * random.nextGaussian());
        }
        if (isLayer(name) && precision.format().isPresent()) {
            // Wᵀ is stored row-major.
            try (INDArray transposed =
                    Nd4j.create(rounded(numbers, precision.format().get()), new long[] {shape[1], shape[0]}, 'c')) {
                return transposed.permute(1, 0).dup('c');
            }
        }
        boolean isRounded = isTable(name) && precision != BasePrecision.F32;
        return Nd4j.create(isRounded ? rounded(numbers, WeightFormat.BF16) : numbers, shape, 'c');
    }

    private static float[] rounded(float[] numbers, WeightFormat format) {
        byte[] stored = new byte[Math.toIntExact(format.bytes(numbers.length))];
        format.store(numbers, 0, numbers.length, stored, 0);
        float[] widened = new float[numbers.length];
        format.widen(stored, 0, numbers.length, widened, 0);
        return widened;
    }
}
