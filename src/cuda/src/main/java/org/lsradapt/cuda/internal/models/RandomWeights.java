package org.lsradapt.cuda.internal.models;

import java.util.Random;
import java.util.stream.Stream;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.transformer.BasePrecision;
import org.lsradapt.transformer.WeightSource;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random weights of a model. A name always has the same numbers, which {@code precision} stores exactly. */
record RandomWeights(Transformer model, BasePrecision precision) implements WeightSource {

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
        boolean isLinear =
                model.linears().stream().anyMatch(linear -> linear.weight().equals(name));
        if (isLinear && precision.format().isPresent()) {
            // Wᵀ is stored row-major.
            try (INDArray transposed =
                    Nd4j.create(rounded(numbers, precision.format().get()), new long[] {shape[1], shape[0]}, 'c')) {
                return transposed.permute(1, 0).dup('c');
            }
        }
        boolean isTable = Stream.concat(model.words().stream(), model.vocabularyHead().stream())
                .map(Table::name)
                .anyMatch(name::equals);
        boolean isRounded = isTable && precision != BasePrecision.F32;
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
