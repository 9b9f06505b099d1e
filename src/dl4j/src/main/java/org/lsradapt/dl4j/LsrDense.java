package org.lsradapt.dl4j;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The implementation of an {@link LsrDenseLayer} in a network. */
final class LsrDense extends BaseLayer<LsrDenseLayer> {
    private static final long serialVersionUID = 1;

    private final transient LsrConfig config;
    private final transient Backend backend = Backends.standard();
    /** Dense A, dense B and x·A of the last forward pass, for its backward pass. */
    private transient INDArray denseA;

    private transient INDArray denseB;
    private transient INDArray hidden;

    LsrDense(NeuralNetConfiguration conf, DataType type, LsrConfig config) {
        super(conf, type);
        this.config = config;
    }

    @Override
    protected Pair<INDArray, INDArray> preOutputWithPreNorm(
            boolean training, boolean forBackprop, LayerWorkspaceMgr workspaces) {
        Pair<INDArray, INDArray> frozen = super.preOutputWithPreNorm(training, forBackprop, workspaces);
        INDArray z = frozen.getFirst();
        INDArray x = input.castTo(dataType);
        denseA = LsrDenseParams.sum("A", config, params).materialize();
        denseB = LsrDenseParams.sum("B", config, params).materialize();
        hidden = Nd4j.createUninitialized(dataType, new long[] {x.size(0), config.bottleneckRank()}, 'c');
        backend.gemm(x, false, denseA, false, 1, 0, hidden);
        backend.gemm(hidden, false, denseB, false, config.scaling(), 1, z);
        if (maskArray != null) {
            applyMask(z);
        }
        return frozen;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        INDArray z = preOutputWithPreNorm(true, true, workspaces).getFirst();
        INDArray delta = layerConf().getActivationFn().backprop(z, epsilon).getFirst();
        if (maskArray != null) {
            applyMask(delta);
        }
        INDArray x = input.castTo(dataType);
        double scaling = config.scaling();
        INDArray gradHidden = Nd4j.createUninitialized(dataType, hidden.shape().clone(), 'c');
        INDArray gradA = Nd4j.createUninitialized(dataType, denseA.shape().clone(), 'c');
        INDArray gradB = Nd4j.createUninitialized(dataType, denseB.shape().clone(), 'c');
        backend.gemm(delta, false, denseB, true, scaling, 0, gradHidden);
        backend.gemm(hidden, true, delta, false, scaling, 0, gradB);
        backend.gemm(x, true, gradHidden, false, 1, 0, gradA);

        INDArray weight = getParamWithNoise(LsrDenseParams.WEIGHT, true, workspaces);
        INDArray gradInput = workspaces.createUninitialized(
                ArrayType.ACTIVATION_GRAD, dataType, new long[] {x.size(0), x.size(1)}, 'c');
        backend.gemm(delta, false, weight, true, 1, 0, gradInput);
        backend.gemm(gradHidden, false, denseA, true, 1, 1, gradInput);

        collect("A", gradA);
        collect("B", gradB);
        Gradient gradient = new DefaultGradient();
        gradientViews.forEach((key, view) -> {
            if (LsrDenseParams.isFrozen(key)) {
                view.assign(0);
            }
            gradient.setGradientFor(key, view, 'c');
        });
        weightNoiseParams.clear();
        denseA = null;
        denseB = null;
        hidden = null;
        return new Pair<>(gradient, backpropDropOutIfPresent(gradInput));
    }

    /** Turns the gradient of a dense matrix into gradients of its factors, in the network's vector. */
    private void collect(String side, INDArray gradDense) {
        KroneckerSum.Gradient gradient =
                LsrDenseParams.sum(side, config, params).gradient(gradDense);
        List<String> keys = LsrDenseParams.factorKeys(side, config);
        for (int i = 0; i < keys.size(); i++) {
            gradientViews.get(keys.get(i)).assign(gradient.factors().get(i));
        }
        if (gradient.termWeights() != null) {
            gradientViews.get(LsrDenseParams.termWeightsKey(side)).assign(gradient.termWeights());
        }
    }

    /** Assigns the parameters in 'c' order, unlike the base class. */
    @Override
    public void setParams(INDArray vector) {
        if (vector != paramsFlattened) {
            setParams(vector, 'c');
        }
    }

    @Override
    public void applyConstraints(int iteration, int epoch) {
        // No constraints: W must not change, and a factor's norm means nothing for the weight.
    }

    @Override
    public void fit(INDArray data, LayerWorkspaceMgr workspaces) {
        throw new UnsupportedOperationException("an LSR layer trains as part of a network");
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public boolean hasBias() {
        return layerConf().isBias();
    }
}
