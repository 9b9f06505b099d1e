package org.lsradapt.dl4j;

import java.util.Random;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Small networks and data. */
final class Networks {
    static final int IN = 6;
    static final int OUT = 3;
    static final LsrConfig SMALL =
            LsrConfig.builder().bottleneckRank(2).separationRank(3).alpha(1).build();

    private Networks() {}

    static MultiLayerNetwork network(NeuralNetConfiguration.Builder settings, Layer... layers) {
        NeuralNetConfiguration.ListBuilder list = settings.list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        MultiLayerConfiguration conf = list.build();
        MultiLayerNetwork network = new MultiLayerNetwork(conf);
        network.init();
        return network;
    }

    static NeuralNetConfiguration.Builder settings(DataType type, IUpdater updater) {
        return new NeuralNetConfiguration.Builder().seed(7).dataType(type).updater(updater);
    }

    /** Three dense layers, an L2 term and an output layer, all plain. */
    static MultiLayerNetwork plain(DataType type) {
        return network(
                settings(type, new Adam(0.05)).l2(0.01).activation(Activation.TANH),
                dense("first", IN, 8),
                dense("second", 8, 6),
                dense("third", 6, 6),
                output(6));
    }

    /** A graph of two branches that meet, all plain. */
    static ComputationGraph plainGraph(DataType type) {
        ComputationGraphConfiguration conf = settings(type, new Adam(0.05))
                .l2(0.01)
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("x")
                .addLayer("left", dense(null, IN, 4), "x")
                .addLayer("right", dense(null, IN, 8), "x")
                .addVertex("both", new MergeVertex(), "left", "right")
                .addLayer("top", dense(null, 12, 6), "both")
                .addLayer("out", output(6), "top")
                .setOutputs("out")
                .build();
        ComputationGraph network = new ComputationGraph(conf);
        network.init();
        return network;
    }

    static DenseLayer dense(String name, int in, int out) {
        return new DenseLayer.Builder()
                .name(name)
                .nIn(in)
                .nOut(out)
                .biasInit(0.1)
                .build();
    }

    static OutputLayer output(int in) {
        return new OutputLayer.Builder(LossFunction.MSE)
                .name("out")
                .nIn(in)
                .nOut(OUT)
                .activation(Activation.IDENTITY)
                .build();
    }

    static DataSet data(DataType type) {
        Random random = new Random(6);
        return new DataSet(RandomArrays.normal(random, type, 5, IN), RandomArrays.normal(random, type, 5, OUT));
    }
}
