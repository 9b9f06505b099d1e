package org.lsradapt.dl4j;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.LsrConfigText;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * A DL4J dense layer with an LSR adapter: f(x·W + b + c·x·A·B). The factors of A and B train; W and b do not.
 *
 * <p>Parameters, in this order and all in 'c' order: {@code W} [in, out], {@code b} [out], {@code A1 … Ad} [s, rows,
 * cols], {@code lambdaA} [s], {@code B1 … Bd}, {@code lambdaB}; b and λ are optional. A new network draws W by the layer's
 * weight initialization and the factors by the adapter's, with the layer's name and the configuration's seed;
 * {@link LsrTransfer} copies the weights of a trained one. L1, L2 and weight decay apply to the factors, not to W, b, λ.
 */
public final class LsrDenseLayer extends FeedForwardLayer {
    private static final long serialVersionUID = 1;
    private static final IUpdater FROZEN = new Sgd(0.0);

    private boolean bias = true;
    private String lsr = LsrConfigText.format(LsrConfig.defaults());

    /** Makes a layer for DL4J's JSON; use {@link Builder}. */
    public LsrDenseLayer() {}

    private LsrDenseLayer(Builder builder) {
        super(builder);
        bias = builder.bias;
        lsr = LsrConfigText.format(builder.config);
        initializeConstraints(builder);
    }

    static LsrDenseLayer of(DenseLayer dense, LsrConfig config) {
        LsrDenseLayer made = new LsrDenseLayer();
        copySettings(dense, made);
        made.bias = dense.hasBias();
        made.lsr = LsrConfigText.format(config);
        return made;
    }

    /** The plain dense layer of the same shape and training settings. */
    DenseLayer toDense() {
        DenseLayer made = new DenseLayer();
        copySettings(this, made);
        made.setHasBias(bias);
        return made;
    }

    private static void copySettings(FeedForwardLayer from, FeedForwardLayer to) {
        to.setLayerName(from.getLayerName());
        to.setNIn(from.getNIn());
        to.setNOut(from.getNOut());
        to.setTimeDistributedFormat(from.getTimeDistributedFormat());
        to.setActivationFn(from.getActivationFn());
        to.setWeightInitFn(from.getWeightInitFn());
        to.setBiasInit(from.getBiasInit());
        to.setIUpdater(from.getIUpdater());
        to.setBiasUpdater(from.getBiasUpdater());
        to.setRegularization(from.getRegularization());
        to.setRegularizationBias(from.getRegularizationBias());
        to.setGradientNormalization(from.getGradientNormalization());
        to.setGradientNormalizationThreshold(from.getGradientNormalizationThreshold());
        to.setIDropout(from.getIDropout());
        to.setWeightNoise(from.getWeightNoise());
    }

    /** The adapter's configuration. */
    public LsrConfig config() {
        return LsrConfigText.parse(lsr);
    }

    /** The adapter's configuration as {@link LsrConfigText} writes it, for JSON. */
    public String getLsr() {
        return lsr;
    }

    /**
     * Sets the adapter's configuration.
     *
     * @param text a configuration as {@link LsrConfigText} writes it
     * @throws IllegalArgumentException if it is not a configuration
     */
    public void setLsr(String text) {
        lsr = LsrConfigText.format(LsrConfigText.parse(text));
    }

    /** Whether the layer has a bias b. */
    public boolean isBias() {
        return bias;
    }

    /** Sets whether the layer has a bias b. */
    public void setBias(boolean value) {
        bias = value;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int layerIndex,
            INDArray paramsView,
            boolean initializeParams,
            DataType networkDataType) {
        LayerValidation.assertNInNOutSet("LsrDenseLayer", getLayerName(), layerIndex, getNIn(), getNOut());
        Require.argument(
                networkDataType == DataType.FLOAT || networkDataType == DataType.DOUBLE,
                "layer %s: the network's type is %s, expected FLOAT or DOUBLE",
                getLayerName(),
                networkDataType);
        LsrDense layer = new LsrDense(conf, networkDataType, config());
        layer.setListeners(listeners);
        layer.setIndex(layerIndex);
        layer.setParamsViewArray(paramsView);
        Map<String, INDArray> table = initializer().init(conf, paramsView, initializeParams);
        layer.setParamTable(table);
        layer.setConf(conf);
        return layer;
    }

    @Override
    public ParamInitializer initializer() {
        return LsrDenseParams.INSTANCE;
    }

    @Override
    public IUpdater getUpdaterByParam(String name) {
        return LsrDenseParams.isFrozen(name) ? FROZEN : getIUpdater();
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType inputType) {
        InputType output = getOutputType(-1, inputType);
        long numbers = initializer().numParams(this);
        return new LayerMemoryReport.Builder(layerName, LsrDenseLayer.class, inputType, output)
                .standardMemory(numbers, getIUpdater().stateSize(numbers))
                .workingMemory(0, 0, 0, output.arrayElementsPerExample())
                .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
                .build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LsrDenseLayer that && super.equals(other) && bias == that.bias && lsr.equals(that.lsr);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof LsrDenseLayer;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), bias, lsr);
    }

    @Override
    public String toString() {
        return "LsrDenseLayer(" + getLayerName() + ", " + nIn + " -> " + nOut + ", " + lsr + ")";
    }

    /** Builds the layer in the style of DL4J's builders. */
    public static final class Builder extends FeedForwardLayer.Builder<Builder> {
        private boolean bias = true;
        private LsrConfig config = LsrConfig.defaults();

        /** Sets the adapter's ranks, factor sizes, scaling and initialization. */
        public Builder config(LsrConfig value) {
            config = value;
            return this;
        }

        /** Sets whether the layer has a bias; true by default. */
        public Builder hasBias(boolean value) {
            bias = value;
            return this;
        }

        /** Builds the layer, of the type that DL4J's builders declare. */
        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        public <E extends org.deeplearning4j.nn.conf.layers.Layer> E build() {
            return (E) new LsrDenseLayer(this);
        }
    }
}
