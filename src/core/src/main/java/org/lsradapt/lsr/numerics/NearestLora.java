package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrAdapter.LoraMatrices;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Trained adapters of any kind as plain LoRA: each ΔW [in, out] is replaced by the product A·B of a chosen rank that is
 * nearest in the Frobenius norm, its truncated singular value decomposition (Eckart and Young 1936), with A = U·Σ^½ and
 * B = Σ^½·Vᵀ. All scalings are 1.
 *
 * <p>ΔW is computed in double from the parameters and, for kinds that multiply W, from W. A kind whose ΔW is a thin
 * product is decomposed by QR factors of both sides and a small core; ΔW itself is formed and decomposed only for a kind
 * without such a product, such as HiRA and FourierFT, one layer at a time.
 *
 * @param adapters LoRA adapters of the same layers, materialized; closed with this object
 * @param updates what became of each update, in the order of the layers
 */
public record NearestLora(AdapterSet adapters, List<Update> updates) implements AutoCloseable {
    /** The unit round-off of FLOAT, in which A and B are stored. */
    private static final double ROUND_OFF = 0x1p-24;

    /** Copies the list. */
    public NearestLora {
        updates = List.copyOf(updates);
    }

    /**
     * The update of one layer.
     *
     * @param layer the layer's full name
     * @param rank the rank of A·B
     * @param normF ‖ΔW‖_F
     * @param error ‖A·B − ΔW‖_F before A and B are rounded to the layer's type
     */
    public record Update(String layer, int rank, double normF, double error) {

        /** ‖A·B − ΔW‖_F / ‖ΔW‖_F; 0 if ΔW is 0. */
        public double relativeError() {
            return error == 0 ? 0 : error / normF;
        }
    }

    /**
     * Converts all adapters of a set.
     *
     * @param set trained adapters of any kinds; not modified
     * @return the LoRA adapters, in the layers' type, with their errors; the caller closes them
     * @throws IllegalArgumentException if a parameter is not finite
     * @throws IllegalStateException while the updates are merged into the weights
     */
    public static NearestLora of(AdapterSet set, LoraRank rank) {
        if (set.isMerged()) {
            throw new IllegalStateException(
                    "nearest LoRA: the updates are merged into the weights, expected the merge to be closed first");
        }
        Map<String, LoraMatrices> products = new LinkedHashMap<>();
        List<Update> updates = new ArrayList<>();
        for (LayerAdapter adapter : set.adapters()) {
            SingularValues values = adapter.isOfWholeSet() ? decompose(set, adapter) : decompose(adapter);
            int r = rank.of(values.sigma());
            updates.add(new Update(adapter.name(), r, values.tail(0), values.tail(r)));
            DataType type = adapter.layer().weight().dataType();
            products.put(adapter.name(), product(values, r, type));
        }
        return new NearestLora(adapters(set, products), updates);
    }

    /** Widens the parameters, so that the update is not rounded before it is decomposed. */
    private static SingularValues decompose(LayerAdapter adapter) {
        for (Parameter parameter : adapter.parameters()) {
            Require.finite("nearest LoRA", parameter.name(), parameter.value());
        }
        FrozenLinear layer = adapter.layer();
        try (INDArray weight =
                Nd4j.createUninitialized(DataType.DOUBLE, new long[] {layer.inFeatures(), layer.outFeatures()}, 'c')) {
            layer.weight().copyTo(weight);
            try (AdapterSet one = AdapterSet.create(
                    List.of(FrozenLinear.of(layer.name(), weight)), adapter.config(), Backends.standard())) {
                LayerAdapter wide = one.adapters().get(0);
                for (int i = 0; i < wide.parameters().size(); i++) {
                    INDArray value = adapter.parameters().get(i).value();
                    wide.parameters().get(i).value().assign(value);
                }
                return decompose(one, wide);
            }
        }
    }

    private static SingularValues decompose(AdapterSet set, LayerAdapter adapter) {
        if (adapter.rankBound()
                == Math.min(adapter.layer().inFeatures(), adapter.layer().outFeatures())) {
            try (INDArray delta = adapter.deltaWeight()) {
                return SingularValues.ofLarge(delta.castTo(DataType.DOUBLE));
            }
        }
        try (DenseUpdates updates = DenseUpdates.of(set)) {
            LoraMatrices product = updates.find(adapter.name());
            return SingularValues.ofProduct(
                    product.a().mul(product.scaling()), product.b().transpose());
        }
    }

    private static LoraMatrices product(SingularValues values, int rank, DataType type) {
        double[] roots = new double[rank];
        for (int k = 0; k < rank; k++) {
            roots[k] = Math.sqrt(values.sigma()[k]);
        }
        INDArray root = Nd4j.createFromArray(roots);
        INDArray a = leading(values.u(), rank).mulRowVector(root).castTo(type);
        INDArray b = leading(values.v(), rank).mulRowVector(root).castTo(type).transpose();
        return new LoraMatrices(a, b, 1);
    }

    private static INDArray leading(INDArray columns, int rank) {
        return columns.get(NDArrayIndex.all(), NDArrayIndex.interval(0, rank));
    }

    private static AdapterSet adapters(AdapterSet set, Map<String, LoraMatrices> products) {
        List<FrozenLinear> layers =
                set.adapters().stream().map(LayerAdapter::layer).toList();
        AdapterSet made = AdapterSet.create(
                layers,
                layer -> {
                    int r = (int) products.get(layer.name()).a().size(1);
                    return LsrConfig.lora(r, r);
                },
                Backends.standard());
        for (LsrAdapter adapter : made.lsrAdapters()) {
            LoraMatrices product = products.get(adapter.name());
            fill(adapter.a().factors().get(0), product.a());
            fill(adapter.b().factors().get(0), product.b());
        }
        made.materialize();
        return made;
    }

    private static void fill(INDArray factor, INDArray matrix) {
        factor.assign(matrix.reshape('c', factor.shape()));
    }

    /** The update with the largest relative error. */
    public Update worst() {
        return updates.stream()
                .reduce((one, other) -> other.relativeError() > one.relativeError() ? other : one)
                .orElseThrow();
    }

    /** The relative error of all updates together; 0 if all are 0. */
    public double relativeError() {
        double errors = 0;
        double norms = 0;
        for (Update update : updates) {
            errors += update.error() * update.error();
            norms += update.normF() * update.normF();
        }
        return errors == 0 ? 0 : Math.sqrt(errors / norms);
    }

    /** The ranks and errors in a line: {@code as LoRA: 24 layers of rank 8, relative error 0.0123, at worst 0.0345 …}. */
    public String summary() {
        IntSummaryStatistics ranks = updates.stream().mapToInt(Update::rank).summaryStatistics();
        String size = "as LoRA: " + updates.size() + (updates.size() == 1 ? " layer" : " layers") + " of rank "
                + ranks.getMin() + (ranks.getMax() == ranks.getMin() ? "" : " to " + ranks.getMax());
        return isExact()
                ? size + ", exact up to rounding"
                : String.format(
                        Locale.ROOT,
                        "%s, relative error of the updates %.3g, at worst %.3g in %s",
                        size,
                        relativeError(),
                        worst().relativeError(),
                        worst().layer());
    }

    /** Whether every update is the same up to the rounding of A and B to FLOAT. */
    public boolean isExact() {
        return worst().relativeError() < ROUND_OFF;
    }

    @Override
    public void close() {
        adapters.close();
    }
}
