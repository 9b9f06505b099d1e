package com.example;

import java.util.List;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.samediff.SameDiffAdapters;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Adapts a graph by one step, and merges it. */
class Main {
    public static void main(String[] args) {
        DataSet data = new DataSet(Nd4j.ones(DataType.FLOAT, 4, 8), Nd4j.ones(DataType.FLOAT, 4, 6));
        SameDiff sd = SameDiff.create();
        SDVariable input = sd.placeHolder("x", DataType.FLOAT, -1, 8);
        SDVariable labels = sd.placeHolder("labels", DataType.FLOAT, -1, 6);
        SDVariable output = input.mmul("y", sd.var("query.weight", Nd4j.ones(DataType.FLOAT, 8, 6)));
        SDVariable error = output.sub(labels);
        sd.setLossVariables(error.mul(error).sum("loss"));
        INDArray frozen = output(sd, data);

        SameDiffAdapters adapters =
                SameDiffAdapters.attach(sd, LayerSelector.suffixes(List.of("query.weight")), LsrConfig.defaults());
        sd.setTrainingConfig(TrainingConfig.builder()
                .updater(new Adam(0.01))
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("labels")
                .build());
        sd.fit(data);
        INDArray adapted = output(sd, data);
        double moved = adapted.sub(frozen).norm2Number().doubleValue();
        require(moved > 1e-4, "training moved the output by " + moved + ", expected more than 1e-4");

        adapters.merge();
        double difference = output(sd, data).sub(adapted).norm2Number().doubleValue();
        require(difference < 1e-4, "merged and adapted outputs differ by " + difference);
    }

    private static INDArray output(SameDiff sd, DataSet data) {
        return sd.batchOutput()
                .input("x", data.getFeatures())
                .output("y")
                .outputSingle()
                .dup();
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
