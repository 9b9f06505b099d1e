package org.lsradapt.samediff;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * A product of a graph whose right operand is a weight: y = op(x)·op(W), with or without a bias.
 *
 * @param transposeInput whether op(x) = xᵀ
 * @param weight the variable or constant W; for a copy through identity operations, as importers make them, its source
 * @param transposeWeight whether op(W) = Wᵀ
 * @param plain whether the product is op(x)·op(W) and nothing more, so that an update can be added to it
 */
record Product(String op, String input, boolean transposeInput, String weight, boolean transposeWeight, boolean plain) {

    /** The suffix of a product's own output once an adapter follows it. */
    static final String FROZEN = ".lsr_frozen";

    /** All products with a rank-2 weight on the right, in the graph's order. */
    static List<Product> all(SameDiff sd) {
        List<Product> products = new ArrayList<>();
        for (SameDiffOp op : sd.getOps().values()) {
            String name = op.getOp().opName();
            if (name.equals("matmul") || name.equals("xw_plus_b")) {
                String weight = source(sd, op.getInputsToOp().get(1));
                if (isWeight(sd, weight)) {
                    products.add(of(op, name, weight));
                }
            }
        }
        return products;
    }

    static List<Product> of(SameDiff sd, String weight) {
        return all(sd).stream()
                .filter(product -> product.weight().equals(weight))
                .toList();
    }

    private static Product of(SameDiffOp op, String name, String weight) {
        DynamicCustomOp function = (DynamicCustomOp) op.getOp();
        boolean[] flags = new boolean[3];
        for (int i = 0; i < Math.min(3, function.numIArguments()); i++) {
            flags[i] = function.getIArgument(i) != 0;
        }
        boolean scaled = function.numTArguments() > 0 && function.getTArgument(0) != 1;
        boolean plain = name.equals("matmul") ? !flags[2] && !scaled : !flags[0] && !flags[1] && !flags[2];
        return new Product(op.getName(), op.getInputsToOp().get(0), flags[0], weight, flags[1], plain);
    }

    String output(SameDiff sd) {
        return sd.getOps().get(op).getOutputsOfOp().get(0);
    }

    /** W in this library's layout, [in, out]; a view of the graph's array. */
    FrozenLinear layer(SameDiff sd) {
        INDArray array = sd.getVariable(weight).getArr();
        return FrozenLinear.of(weight, transposeWeight ? array.transpose() : array);
    }

    /** Throws unless an update can be added to the product. */
    void requirePlain() {
        Require.argument(
                plain, "adapt %s: product %s transposes its result or scales it, expected a plain x·W", weight, op);
    }

    /** The source variable of a chain of identity operations. */
    private static String source(SameDiff sd, String variable) {
        String name = variable;
        while (true) {
            String maker = variables(sd).get(name).getOutputOfOp();
            if (maker == null || !sd.getOps().get(maker).getOp().opName().equals("identity")) {
                return name;
            }
            name = sd.getOps().get(maker).getInputsToOp().get(0);
        }
    }

    /** The graph's variables by name; not a copy. */
    static Map<String, Variable> variables(SameDiff sd) {
        return sd.getVariables();
    }

    private static boolean isWeight(SameDiff sd, String name) {
        SDVariable variable = sd.getVariable(name);
        VariableType type = variable.getVariableType();
        return (type == VariableType.VARIABLE || type == VariableType.CONSTANT)
                && variable.getArr() != null
                && variable.getArr().rank() == 2;
    }
}
