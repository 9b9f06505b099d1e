package org.lsradapt.dl4j;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Converts a trained DL4J network to one with LSR adapters, and back to a plain one. The given network is unchanged; the new
 * one has its own arrays.
 *
 * <p>In an adapted network the chosen {@code DenseLayer}s are {@link LsrDenseLayer}s with the same W and b. Output layers
 * stay trainable. Every other layer with parameters is frozen unless it is named: {@code FrozenLayerWithBackprop}, without
 * L1, L2 and weight decay, which DL4J would still apply.
 */
public final class LsrTransfer {

    private LsrTransfer() {}

    /**
     * Adapts dense layers of a network.
     *
     * @param network an initialized network, FLOAT or DOUBLE; not modified
     * @param selector selects dense layers by layer name
     * @param config ranks, factor sizes, scaling, initialization
     * @param trainable names of other layers to leave trainable
     * @return a new network; with zero-update initialization it computes the same outputs
     * @throws IllegalArgumentException if nothing matches (the message lists the dense layers), a layer cannot be adapted,
     *     or a name in {@code trainable} is not a layer
     */
    public static MultiLayerNetwork adapt(
            MultiLayerNetwork network, LayerSelector selector, LsrConfig config, String... trainable) {
        return rebuild(network, adapting(layers(network), selector, config, Set.of(trainable)));
    }

    /**
     * Adapts a graph as {@link #adapt(MultiLayerNetwork, LayerSelector, LsrConfig, String...)} does; names are those of
     * vertices.
     */
    public static ComputationGraph adapt(
            ComputationGraph network, LayerSelector selector, LsrConfig config, String... trainable) {
        return rebuild(network, adapting(layers(network), selector, config, Set.of(trainable)));
    }

    /**
     * Returns the plain network: each LSR layer becomes a dense layer with W + ΔW, and frozen layers become trainable again
     * (without the L1, L2 and weight decay that freezing removed).
     *
     * @param network a network with LSR layers; not modified
     * @return a new network without LSR layers
     */
    public static MultiLayerNetwork merge(MultiLayerNetwork network) {
        MultiLayerNetwork plain = rebuild(network, LsrTransfer::plain);
        mergeWeights(layers(network), layers(plain));
        return plain;
    }

    /** Merges a graph as {@link #merge(MultiLayerNetwork)} does. */
    public static ComputationGraph merge(ComputationGraph network) {
        ComputationGraph plain = rebuild(network, LsrTransfer::plain);
        mergeWeights(layers(network), layers(plain));
        return plain;
    }

    /**
     * Returns the adapters of a network's LSR layers.
     *
     * @return a new set, named by layer, with the current numbers; W and b are views of the network's, everything else is
     *     copied. The caller closes it
     * @throws IllegalArgumentException if the network has no LSR layers
     */
    public static AdapterSet toAdapters(MultiLayerNetwork network) {
        return toAdapters(layers(network));
    }

    /** Returns the adapters of a graph as {@link #toAdapters(MultiLayerNetwork)} does. */
    public static AdapterSet toAdapters(ComputationGraph network) {
        return toAdapters(layers(network));
    }

    private static AdapterSet toAdapters(Map<String, Layer> layers) {
        List<FrozenLinear> linear = new ArrayList<>();
        Map<String, LsrConfig> configs = new HashMap<>();
        layers.forEach((name, layer) -> {
            if (layer.conf().getLayer() instanceof LsrDenseLayer lsr) {
                linear.add(frozen(name, layer));
                configs.put(name, lsr.config());
            }
        });
        Require.argument(!linear.isEmpty(), "toAdapters: none of the layers %s is an LSR layer", layers.keySet());
        AdapterSet adapters = AdapterSet.create(linear, layer -> configs.get(layer.name()), Backends.standard());
        for (FrozenLinear layer : linear) {
            List<Parameter> parameters = adapters.lsrAdapter(layer.name()).parameters();
            List<String> keys = LsrDenseParams.trainableKeys(configs.get(layer.name()));
            for (int i = 0; i < keys.size(); i++) {
                parameters.get(i).value().assign(layers.get(layer.name()).getParam(keys.get(i)));
            }
        }
        adapters.materialize();
        return adapters;
    }

    private static FrozenLinear frozen(String name, Layer layer) {
        INDArray weight = layer.getParam(LsrDenseParams.WEIGHT);
        INDArray bias = layer.getParam(LsrDenseParams.BIAS);
        return bias == null ? FrozenLinear.of(name, weight) : FrozenLinear.of(name, weight, bias);
    }

    private static void mergeWeights(Map<String, Layer> from, Map<String, Layer> to) {
        from.forEach((name, layer) -> {
            if (layer.conf().getLayer() instanceof LsrDenseLayer) {
                try (AdapterSet one = toAdapters(Map.of(name, layer));
                        INDArray merged = one.lsrAdapters().get(0).merge()) {
                    to.get(name).setParam(LsrDenseParams.WEIGHT, merged);
                }
            }
        });
    }

    private static UnaryOperator<org.deeplearning4j.nn.conf.layers.Layer> adapting(
            Map<String, Layer> layers, LayerSelector selector, LsrConfig config, Set<String> trainable) {
        for (String name : trainable) {
            Require.argument(
                    layers.containsKey(name),
                    "adapt: no layer '%s' to keep trainable; the layers are %s",
                    name,
                    layers.keySet());
        }
        List<FrozenLinear> dense = new ArrayList<>();
        layers.forEach((name, layer) -> {
            if (layer.conf().getLayer() instanceof DenseLayer) {
                dense.add(frozen(name, layer));
            }
        });
        Require.argument(!dense.isEmpty(), "adapt: none of the layers %s is a DenseLayer", layers.keySet());
        Set<String> chosen = Set.copyOf(
                selector.select(dense).stream().map(FrozenLinear::name).toList());
        return layer -> {
            String name = layer.getLayerName();
            if (chosen.contains(name)) {
                return adapted((DenseLayer) layers.get(name).conf().getLayer(), config);
            }
            boolean frozen = layers.get(name).numParams() > 0
                    && !(layers.get(name) instanceof IOutputLayer)
                    && !(layer instanceof FrozenLayerWithBackprop)
                    && !trainable.contains(name);
            return frozen ? freeze(layer) : layer;
        };
    }

    private static LsrDenseLayer adapted(DenseLayer dense, LsrConfig config) {
        Require.argument(
                !dense.hasLayerNorm(),
                "adapt: layer %s has layer normalization, which an LSR layer does not support",
                dense.getLayerName());
        return LsrDenseLayer.of(dense, config);
    }

    private static FrozenLayerWithBackprop freeze(org.deeplearning4j.nn.conf.layers.Layer layer) {
        if (layer instanceof BaseLayer base) {
            base.setRegularization(new ArrayList<>());
            base.setRegularizationBias(new ArrayList<>());
        }
        FrozenLayerWithBackprop frozen = new FrozenLayerWithBackprop(layer);
        frozen.setLayerName(layer.getLayerName());
        return frozen;
    }

    private static org.deeplearning4j.nn.conf.layers.Layer plain(org.deeplearning4j.nn.conf.layers.Layer layer) {
        if (layer instanceof FrozenLayerWithBackprop frozen) {
            return plain(frozen.getUnderlying());
        }
        return layer instanceof LsrDenseLayer lsr ? lsr.toDense() : layer;
    }

    private static MultiLayerNetwork rebuild(
            MultiLayerNetwork network, UnaryOperator<org.deeplearning4j.nn.conf.layers.Layer> change) {
        MultiLayerConfiguration conf = network.getLayerWiseConfigurations().clone();
        for (NeuralNetConfiguration layer : conf.getConfs()) {
            replace(layer, change);
        }
        MultiLayerNetwork made = new MultiLayerNetwork(conf);
        made.init();
        copyParameters(layers(network), layers(made));
        return made;
    }

    private static ComputationGraph rebuild(
            ComputationGraph network, UnaryOperator<org.deeplearning4j.nn.conf.layers.Layer> change) {
        ComputationGraphConfiguration conf = network.getConfiguration().clone();
        conf.getVertices().values().forEach(vertex -> {
            if (vertex instanceof LayerVertex layer) {
                replace(layer.getLayerConf(), change);
            }
        });
        ComputationGraph made = new ComputationGraph(conf);
        made.init();
        copyParameters(layers(network), layers(made));
        return made;
    }

    private static void replace(
            NeuralNetConfiguration conf, UnaryOperator<org.deeplearning4j.nn.conf.layers.Layer> change) {
        conf.setLayer(change.apply(conf.getLayer()));
        conf.clearVariables();
    }

    private static void copyParameters(Map<String, Layer> from, Map<String, Layer> to) {
        from.forEach((name, layer) -> layer.paramTable().forEach((key, value) -> {
            INDArray target = to.get(name).getParam(key);
            if (target != null) {
                target.assign(value);
            }
        }));
    }

    private static Map<String, Layer> layers(MultiLayerNetwork network) {
        return byName(network.getLayers());
    }

    private static Map<String, Layer> layers(ComputationGraph network) {
        return byName(network.getLayers());
    }

    private static Map<String, Layer> byName(Layer[] layers) {
        Require.argument(layers != null && layers.length > 0, "the network is not initialized, expected init() before");
        Map<String, Layer> byName = new LinkedHashMap<>();
        for (Layer layer : layers) {
            String name = layer.conf().getLayer().getLayerName();
            Require.argument(
                    name != null && byName.put(name, layer) == null, "layers have no name, or the same: %s", name);
        }
        return byName;
    }
}
