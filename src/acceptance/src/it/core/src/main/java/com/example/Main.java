package com.example;

import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.optimizer.AdamW;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Adapts a matrix by one step. */
class Main {
    public static void main(String[] args) {
        Nd4j.getRandom().setSeed(1);
        INDArray weight = Nd4j.randn(DataType.FLOAT, 24, 20);
        INDArray x = Nd4j.randn(DataType.FLOAT, 8, 24);
        INDArray target = Nd4j.randn(DataType.FLOAT, 8, 20);
        INDArray frozen = x.mmul(weight);
        try (LsrAdapter adapter = LsrAdapter.wrap(weight, LsrConfig.defaults())) {
            AdamW optimizer = AdamW.builder().weightDecay(0).build().addAll(adapter.parameters(), 0.01);
            adapter.zeroGradients();
            adapter.backward(x, adapter.forward(x).sub(target));
            optimizer.step();
            INDArray adapted = adapter.forward(x);
            require(
                    distance(adapted, target) < distance(frozen, target),
                    "the step did not bring the output closer to the target");
            double difference = distance(adapted, x.mmul(adapter.merge()));
            require(difference < 1e-4, "merged and adapted outputs differ by " + difference);
        }
        require(distance(frozen, x.mmul(weight)) == 0, "the frozen weight changed");
    }

    private static double distance(INDArray a, INDArray b) {
        return a.sub(b).norm2Number().doubleValue();
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
