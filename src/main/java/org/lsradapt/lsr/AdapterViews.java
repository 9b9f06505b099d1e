package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One adapter's part of the stacked arrays of its group, as views. */
final class AdapterViews {

    private AdapterViews() {}

    /** The m-th of stacked arrays: [n, …] to […]. */
    static INDArray slice(INDArray stack, int m) {
        long[] shape = Arrays.copyOfRange(stack.shape(), 1, stack.rank());
        return Views.piece(stack, m * (stack.length() / stack.size(0)), shape);
    }

    static KroneckerSum sum(List<INDArray> factors, INDArray termWeights, int m, Backend backend) {
        List<INDArray> slices = new ArrayList<>();
        for (INDArray factor : factors) {
            slices.add(slice(factor, m));
        }
        return KroneckerSum.of(slices, termWeights == null ? null : slice(termWeights, m), backend);
    }

    static List<Parameter> parameters(
            String layer, LsrConfig config, KroneckerSum a, KroneckerSum gradA, KroneckerSum b, KroneckerSum gradB) {
        List<Parameter> parameters = new ArrayList<>();
        addParameters(parameters, ParameterNames.ofA(layer, config), a, gradA);
        addParameters(parameters, ParameterNames.ofB(layer, config), b, gradB);
        return List.copyOf(parameters);
    }

    private static void addParameters(
            List<Parameter> parameters, ParameterNames names, KroneckerSum sum, KroneckerSum gradient) {
        for (int i = 0; i < sum.factors().size(); i++) {
            parameters.add(new Parameter(
                    names.factors().get(i),
                    sum.factors().get(i),
                    gradient.factors().get(i)));
        }
        if (sum.termWeights() != null) {
            parameters.add(new Parameter(names.termWeights(), sum.termWeights(), gradient.termWeights()));
        }
    }

    static void materialize(Backend backend, KroneckerSum sum, INDArray dense) {
        backend.materialize(
                KroneckerSum.single(sum.factors()), KroneckerSum.singleWeights(sum.termWeights()), stacked(dense));
    }

    static void collect(Backend backend, KroneckerSum sum, INDArray gradDense, KroneckerSum gradient) {
        backend.materializeGradient(
                KroneckerSum.single(sum.factors()),
                KroneckerSum.singleWeights(sum.termWeights()),
                stacked(gradDense),
                KroneckerSum.single(gradient.factors()),
                KroneckerSum.singleWeights(gradient.termWeights()));
    }

    private static INDArray stacked(INDArray dense) {
        return dense.reshape('c', 1, dense.size(0), dense.size(1));
    }
}
