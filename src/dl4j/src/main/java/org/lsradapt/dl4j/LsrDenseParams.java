package org.lsradapt.dl4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Places the parameters of an {@link LsrDenseLayer} in the network's vector and initializes them. */
final class LsrDenseParams implements ParamInitializer {
    static final LsrDenseParams INSTANCE = new LsrDenseParams();
    static final String WEIGHT = DefaultParamInitializer.WEIGHT_KEY;
    static final String BIAS = DefaultParamInitializer.BIAS_KEY;

    private LsrDenseParams() {}

    static boolean isFrozen(String key) {
        return key.equals(WEIGHT) || key.equals(BIAS);
    }

    /** The keys of A's or B's factors, without underscores: DL4J splits names there. */
    static List<String> factorKeys(String side, LsrConfig config) {
        return IntStream.rangeClosed(1, config.factorCount())
                .mapToObj(i -> side + i)
                .toList();
    }

    static String termWeightsKey(String side) {
        return "lambda" + side;
    }

    /** A or B of a layer, built from its parameters or from their gradients. */
    static KroneckerSum sum(String side, LsrConfig config, Map<String, INDArray> table) {
        List<INDArray> factors =
                factorKeys(side, config).stream().map(table::get).toList();
        return KroneckerSum.of(factors, table.get(termWeightsKey(side)));
    }

    /** The trainable parameters in the order of {@link org.lsradapt.lsr.LsrAdapter#parameters()}. */
    static List<String> trainableKeys(LsrConfig config) {
        List<String> keys = new ArrayList<>();
        for (String side : List.of("A", "B")) {
            keys.addAll(factorKeys(side, config));
            if (config.termWeights()) {
                keys.add(termWeightsKey(side));
            }
        }
        return keys;
    }

    /** The shapes by key, in the order of the vector. */
    private static Map<String, long[]> shapes(LsrDenseLayer layer) {
        int in = Math.toIntExact(layer.getNIn());
        int out = Math.toIntExact(layer.getNOut());
        LsrConfig config = layer.config();
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(WEIGHT, new long[] {in, out});
        if (layer.isBias()) {
            shapes.put(BIAS, new long[] {out});
        }
        try {
            List<Integer> rank = config.resolvedRankFactors();
            addShapes(shapes, "A", config, config.inFactors(in), rank);
            addShapes(shapes, "B", config, rank, config.outFactors(out));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("layer " + layer.getLayerName() + ": " + e.getMessage(), e);
        }
        return shapes;
    }

    private static void addShapes(
            Map<String, long[]> shapes, String side, LsrConfig config, List<Integer> rows, List<Integer> cols) {
        List<String> keys = factorKeys(side, config);
        for (int i = 0; i < keys.size(); i++) {
            shapes.put(keys.get(i), new long[] {config.separationRank(), rows.get(i), cols.get(i)});
        }
        if (config.termWeights()) {
            shapes.put(termWeightsKey(side), new long[] {config.separationRank()});
        }
    }

    private static Map<String, INDArray> pieces(LsrDenseLayer layer, INDArray view) {
        INDArray vector = view.reshape(view.length());
        Map<String, INDArray> pieces = new LinkedHashMap<>();
        long from = 0;
        for (Map.Entry<String, long[]> shape : shapes(layer).entrySet()) {
            pieces.put(shape.getKey(), Views.piece(vector, from, shape.getValue()));
            from += length(shape.getValue());
        }
        Require.argument(
                from == vector.length(),
                "layer %s: the parameter vector has %d parameters, expected %d",
                layer.getLayerName(),
                vector.length(),
                from);
        return pieces;
    }

    private static long length(long[] shape) {
        return LongStream.of(shape).reduce(1, Math::multiplyExact);
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initialize) {
        LsrDenseLayer layer = (LsrDenseLayer) conf.getLayer();
        Map<String, INDArray> table = pieces(layer, view);
        table.keySet().forEach(conf::addVariable);
        if (initialize) {
            INDArray weight = table.get(WEIGHT);
            double in = (double) layer.getNIn();
            double out = (double) layer.getNOut();
            layer.getWeightInitFn().init(in, out, weight.shape().clone(), 'c', weight.reshape(weight.length()));
            if (layer.isBias()) {
                table.get(BIAS).assign(layer.getBiasInit());
            }
            start(layer, table);
        }
        return table;
    }

    private static void start(LsrDenseLayer layer, Map<String, INDArray> table) {
        FrozenLinear linear = FrozenLinear.of(layer.getLayerName(), table.get(WEIGHT));
        try (AdapterSet one = AdapterSet.create(List.of(linear), layer.config(), Backends.standard())) {
            List<Parameter> parameters = one.parameters();
            List<String> keys = trainableKeys(layer.config());
            for (int i = 0; i < keys.size(); i++) {
                table.get(keys.get(i)).assign(parameters.get(i).value());
            }
        }
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
        return pieces((LsrDenseLayer) conf.getLayer(), view);
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return shapes((LsrDenseLayer) layer).values().stream()
                .mapToLong(LsrDenseParams::length)
                .sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return List.copyOf(shapes((LsrDenseLayer) layer).keySet());
    }

    /** The keys of the factors, to which regularization applies. */
    @Override
    public List<String> weightKeys(Layer layer) {
        LsrConfig config = ((LsrDenseLayer) layer).config();
        List<String> keys = new ArrayList<>(factorKeys("A", config));
        keys.addAll(factorKeys("B", config));
        return keys;
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return List.of();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return weightKeys(layer).contains(key);
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return false;
    }
}
