package com.example;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lsradapt.dl4j.LsrTransfer;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Adapts a network of DL4J by one step, and merges it. */
class Main {
    public static void main(String[] args) {
        DataSet data = new DataSet(Nd4j.randn(DataType.FLOAT, 4, 8), Nd4j.ones(DataType.FLOAT, 4, 6));
        MultiLayerNetwork trained = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.01))
                .list()
                .layer(new DenseLayer.Builder().name("hidden1").nIn(8).nOut(8).build())
                .layer(new DenseLayer.Builder().name("hidden2").nIn(8).nOut(8).build())
                .layer(new OutputLayer.Builder(LossFunction.MSE).nIn(8).nOut(6).build())
                .build());
        trained.init();

        MultiLayerNetwork adapted =
                LsrTransfer.adapt(trained, LayerSelector.suffixes(List.of("hidden1", "hidden2")), LsrConfig.defaults());
        adapted.fit(data);
        int adapters = LsrTransfer.toAdapters(adapted).lsrAdapters().size();
        require(adapters == 2, adapters + " adapters, expected 2");

        MultiLayerNetwork merged = LsrTransfer.merge(adapted);
        INDArray expected = adapted.output(data.getFeatures());
        double difference =
                merged.output(data.getFeatures()).sub(expected).norm2Number().doubleValue();
        require(difference < 1e-4, "merged and adapted outputs differ by " + difference);
        double moved =
                trained.output(data.getFeatures()).sub(expected).norm2Number().doubleValue();
        require(moved > 1e-4, "training moved the output by " + moved + ", expected more than 1e-4");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
