package org.lsradapt.samediff;

import java.util.Map;
import java.util.Random;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/** Small graphs as a user would build them. */
final class Graphs {
    static final int IN = 6;
    static final int HIDDEN = 8;
    static final int OUT = 3;

    private Graphs() {}

    /** x → {@code first}: tanh(x·W + b) → {@code second}: h·Vᵀ → {@code loss}, the sum of squares to {@code labels}. */
    static SameDiff twoLayers(DataType type) {
        Random random = new Random(5);
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", type, -1, IN);
        SDVariable labels = sd.placeHolder("labels", type, -1, OUT);
        SDVariable w = sd.var("first.w", RandomArrays.normal(random, type, IN, HIDDEN));
        SDVariable b = sd.var("first.b", RandomArrays.normal(random, type, HIDDEN));
        SDVariable v = sd.var("second.w", RandomArrays.normal(random, type, OUT, HIDDEN));
        SDVariable h = sd.math().tanh(sd.nn().linear("first", x, w, b));
        SDVariable y = sd.mmul("second", h, v, false, true, false);
        SDVariable error = y.sub(labels);
        sd.setLossVariables(error.mul(error).sum("loss"));
        return sd;
    }

    static TrainingConfig training(double rate) {
        return TrainingConfig.builder()
                .updater(new Adam(rate))
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("labels")
                .build();
    }

    static DataSet data(DataType type) {
        Random random = new Random(6);
        return new DataSet(RandomArrays.normal(random, type, 5, IN), RandomArrays.normal(random, type, 5, OUT));
    }

    static INDArray output(SameDiff sd, String name, DataSet data) {
        return sd.output(Map.of("x", data.getFeatures(), "labels", data.getLabels()), name)
                .get(name)
                .dup('c');
    }
}
