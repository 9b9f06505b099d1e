package org.lsradapt.samediff;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.LsrConfigText;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.ParameterNames;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A weight with an adapter on each of its products, at least one; they share the adapter. */
record AdaptedWeight(String name, LsrConfig config, List<Product> products) {
    private static final String CONFIG = ".lsr_config";

    /** The originals that undo a merge: W, the graph's own array, factors, and {@link Views#hash} of the merged W. */
    record Kept(INDArray weight, Map<String, INDArray> values, long merged) {}

    static boolean isAdapted(SameDiff sd, String weight) {
        return sd.hasVariable(weight + CONFIG);
    }

    static boolean isFactor(SameDiff sd, String variable) {
        int dot = variable.lastIndexOf('.');
        String weight = dot < 0 ? "" : variable.substring(0, dot);
        return isAdapted(sd, weight)
                && variableNames(weight, config(sd, weight)).contains(variable);
    }

    static void check(SameDiff sd, String weight, List<Product> products) {
        for (Product product : products) {
            product.requirePlain();
            Require.argument(
                    product.transposeWeight() == products.get(0).transposeWeight(),
                    "adapt %s: used both as it is and transposed (products %s and %s)",
                    weight,
                    products.get(0).op(),
                    product.op());
        }
        List<String> known = products.stream().map(Product::op).toList();
        List<String> users = Product.variables(sd).get(weight).getInputsForOp();
        for (String user : users) {
            String kind = sd.getOps().get(user).getOp().opName();
            Require.argument(
                    known.contains(user) || kind.equals("identity"),
                    "adapt %s: also used by operation %s (%s), expected products with the weight on the right only",
                    weight,
                    user,
                    kind);
        }
    }

    static AdaptedWeight read(SameDiff sd, String weight) {
        return new AdaptedWeight(weight, config(sd, weight), Product.of(sd, weight));
    }

    private static LsrConfig config(SameDiff sd, String weight) {
        INDArray text = sd.getVariable(weight + CONFIG).getArr();
        byte[] bytes = new byte[(int) text.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) text.getInt(i);
        }
        return LsrConfigText.parse(new String(bytes, StandardCharsets.US_ASCII));
    }

    /** The names of factors and λ, A's then B's. */
    List<String> variableNames() {
        return variableNames(name, config);
    }

    private static List<String> variableNames(String weight, LsrConfig config) {
        List<String> names = new ArrayList<>();
        for (ParameterNames side : List.of(ParameterNames.ofA(weight, config), ParameterNames.ofB(weight, config))) {
            names.addAll(side.factors());
            if (side.termWeights() != null) {
                names.add(side.termWeights());
            }
        }
        return names;
    }

    /** W in this library's layout, [in, out]. */
    FrozenLinear layer(SameDiff sd) {
        return products.get(0).layer(sd);
    }

    /** Copies the adapter with its numbers into a new set. */
    AdapterSet toAdapter(SameDiff sd) {
        AdapterSet one = AdapterSet.create(List.of(layer(sd)), config, Backends.standard());
        for (Parameter parameter : one.parameters()) {
            parameter.value().assign(sd.getVariable(parameter.name()).getArr());
        }
        return one;
    }

    /** Adds the adapter to the products, with a copy of the parameters' numbers. */
    void insert(SameDiff sd, List<Parameter> parameters) {
        Map<String, INDArray> values = new LinkedHashMap<>();
        parameters.forEach(
                parameter -> values.put(parameter.name(), parameter.value().dup('c')));
        insert(sd, values);
    }

    private void insert(SameDiff sd, Map<String, INDArray> values) {
        byte[] text = LsrConfigText.format(config).getBytes(StandardCharsets.US_ASCII);
        sd.constant(name + CONFIG, Nd4j.createFromArray(text));
        List<SDVariable> variables = new ArrayList<>();
        values.forEach((variable, value) -> variables.add(sd.var(variable, value)));
        // The two conversions drop the old graph's gradient function and give new variables their optimizer's state.
        sd.convertToConstants(variables);
        sd.convertToVariables(variables);
        SDVariable a = materialize(sd, ParameterNames.ofA(name, config));
        SDVariable b = materialize(sd, ParameterNames.ofB(name, config));
        for (Product product : products) {
            SDVariable x = sd.getVariable(product.input());
            // An explicit transpose, not the product's flag: M2.1 has a wrong gradient of [in, 1]ᵀ·[in, 1] (one row,
            // r = 1).
            SDVariable rows = product.transposeInput() ? sd.transpose(x) : x;
            GraphEdit.insert(
                    sd, product.output(sd), rows.mmul(a).mul(config.scaling()).mmul(b));
        }
    }

    private static SDVariable materialize(SameDiff sd, ParameterNames names) {
        List<SDVariable> factors = names.factors().stream().map(sd::getVariable).toList();
        return KroneckerGraph.materialize(
                factors, names.termWeights() == null ? null : sd.getVariable(names.termWeights()));
    }

    /** Replaces W by W + ΔW and removes the adapter from the graph. */
    Kept merge(SameDiff sd) {
        INDArray weight = sd.getVariable(name).getArr();
        INDArray merged;
        try (AdapterSet one = toAdapter(sd)) {
            merged = one.lsrAdapters().get(0).merge();
        }
        Map<String, INDArray> values = new LinkedHashMap<>();
        variableNames()
                .forEach(variable ->
                        values.put(variable, sd.getVariable(variable).getArr()));
        for (Product product : products) {
            String frozen = product.output(sd);
            GraphEdit.remove(sd, frozen.substring(0, frozen.length() - Product.FROZEN.length()), product.input());
        }
        values.keySet().forEach(variable -> GraphEdit.removeLeaf(sd, sd.getVariable(variable)));
        GraphEdit.removeLeaf(sd, sd.getVariable(name + CONFIG));
        INDArray put = products.get(0).transposeWeight() ? merged.transpose().dup('c') : merged;
        setWeight(sd, put);
        return new Kept(weight, values, Views.hash(put));
    }

    /** Throws unless the weight is a constant: a variable's array is kept elsewhere. */
    void requireConstant(String operation, SameDiff sd) {
        if (!sd.hasVariable(name) || sd.getVariable(name).getVariableType() != VariableType.CONSTANT) {
            throw new IllegalStateException(operation + ": weight " + name + " is no longer a constant of the graph");
        }
    }

    /** Whether W still is the array that {@link #merge} put there. */
    boolean isMerged(SameDiff sd, Kept taken) {
        requireConstant("unmerge", sd);
        return Views.hash(sd.getVariable(name).getArr()) == taken.merged();
    }

    void unmerge(SameDiff sd, Kept taken) {
        setWeight(sd, taken.weight());
        insert(sd, taken.values());
    }

    /** Replaces W's array. If the old one stayed, the graph would write the new numbers into it. */
    private void setWeight(SameDiff sd, INDArray array) {
        sd.getConstantArrays().removeArray(name);
        sd.getConstantArrays().setArray(name, array);
    }
}
