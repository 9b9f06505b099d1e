package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.List;

/** The named parameters of an adapter out of its sums and their gradients. */
final class AdapterParameters {

    private AdapterParameters() {}

    static List<Parameter> of(
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
}
