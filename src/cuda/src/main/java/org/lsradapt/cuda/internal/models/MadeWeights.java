package org.lsradapt.cuda.internal.models;

import java.util.stream.Stream;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;

abstract class MadeWeights implements WeightSource {
    final Transformer model;

    MadeWeights(Transformer model) {
        this.model = model;
    }

    @Override
    public final boolean has(String name) {
        return model.tensors().containsKey(name);
    }

    final Tensor tensor(String name) {
        return model.tensors().get(name);
    }

    static long count(Tensor tensor) {
        long count = 1;
        for (long size : tensor.sizes()) {
            count *= size;
        }
        return count;
    }

    /** Whether a tensor is a table with a row per token. */
    final boolean isTable(String name) {
        return Stream.concat(model.words().stream(), model.vocabularyHead().stream())
                .map(Table::name)
                .anyMatch(name::equals);
    }

    final boolean isLayer(String name) {
        return model.linears().stream().anyMatch(linear -> linear.weight().equals(name));
    }

    final boolean isNorm(String name) {
        return model.norms().stream()
                .filter(norm -> norm.kind() != Norm.Kind.SCALE)
                .anyMatch(norm -> norm.weight().equals(name));
    }
}
