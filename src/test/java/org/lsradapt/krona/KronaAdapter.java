package org.lsradapt.krona;

import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.DenseGradients;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One layer's α·(A ⊗ B). */
final class KronaAdapter extends LayerAdapter {
    private final KronaConfig config;
    private final StackMemory.Piece a;
    private final StackMemory.Piece b;
    /** A ⊗ B as last materialized, [1, in, out], and as a matrix. */
    private final INDArray stacked;

    private final INDArray product;
    private final long denseFrom;
    private final List<Parameter> parameters;

    KronaAdapter(
            FrozenLinear layer,
            KronaConfig config,
            StackMemory.Piece a,
            StackMemory.Piece b,
            INDArray stacked,
            long denseFrom,
            StackMemory memory) {
        super(layer, memory);
        this.config = config;
        this.a = a;
        this.b = b;
        this.stacked = stacked;
        this.denseFrom = denseFrom;
        product = Views.piece(stacked, 0, layer.inFeatures(), layer.outFeatures());
        parameters = List.of(
                new Parameter(layer.name() + ".krona_A", a.value(), a.gradient()),
                new Parameter(layer.name() + ".krona_B", b.value(), b.gradient()));
    }

    @Override
    public AdapterConfig config() {
        return config;
    }

    @Override
    public double scaling() {
        return config.alpha();
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    protected void initialize(long seed) {
        Random random = new Random(seed);
        for (long i = 0; i < a.value().length(); i++) {
            a.value().putScalar(i, random.nextGaussian());
        }
    }

    @Override
    protected void materializeOne() {
        backend().materialize(List.of(a.value(), b.value()), null, stacked);
    }

    @Override
    protected void addDelta(double beta, INDArray out) {
        try (INDArray delta = product.mul(scaling())) {
            if (beta == 0) {
                out.assign(delta);
            } else {
                out.addi(delta);
            }
        }
    }

    @Override
    protected LayerUpdate newUse(DenseGradients gradients) {
        INDArray gradProduct = gradients.view(denseFrom, layer().inFeatures(), layer().outFeatures());
        return new LayerUpdate() {
            @Override
            public void forward(int[] rows, INDArray x, INDArray y) {
                backend().gemm(x, false, product, false, scaling(), 1, y);
            }

            @Override
            public void backward(INDArray x, INDArray gradOutput, INDArray gradInput) {
                backend().gemm(x, true, gradOutput, false, scaling(), 1, gradProduct);
                if (gradInput != null) {
                    backend().gemm(gradOutput, false, product, true, scaling(), 1, gradInput);
                }
            }
        };
    }
}
