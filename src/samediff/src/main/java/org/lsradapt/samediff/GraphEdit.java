package org.lsradapt.samediff;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.autodiff.samediff.internal.SameDiffOp;
import org.nd4j.autodiff.samediff.internal.Variable;

/** Adds an update to a product of a graph, and removes it again. */
final class GraphEdit {

    private GraphEdit() {}

    /** Renames the product y to y.lsr_frozen and makes y = y.lsr_frozen + update; operations that read y read the sum. */
    static void insert(SameDiff sd, String output, SDVariable update) {
        List<String> losses = sd.getLossVariables().contains(output) ? List.copyOf(sd.getLossVariables()) : null;
        List<String> configured = configuredLosses(sd, output);
        String frozen = output + Product.FROZEN;
        List<String> readers = readers(sd, output);
        sd.renameVariable(output, frozen);
        SDVariable product = sd.getVariable(frozen);
        SDVariable sum = product.add(output, update);
        redirect(sd, readers, product, sum);
        restoreLosses(sd, losses, configured);
    }

    /** Reverses {@link #insert}: removes all operations between the sum {@code output} and the operands. */
    static void remove(SameDiff sd, String output, String input) {
        List<String> losses = sd.getLossVariables().contains(output) ? List.copyOf(sd.getLossVariables()) : null;
        List<String> configured = configuredLosses(sd, output);
        String frozen = output + Product.FROZEN;
        redirect(sd, readers(sd, output), sd.getVariable(output), sd.getVariable(frozen));
        sd.setLossVariables(without(sd.getLossVariables(), output)); // also drops the gradient function
        removeUnread(sd, output, Set.of(frozen, input));
        sd.renameVariable(frozen, output);
        restoreLosses(sd, losses, configured);
    }

    /** Removes an unread variable and everything that only it depended on, except variables and constants. */
    private static void removeUnread(SameDiff sd, String name, Set<String> keep) {
        Variable variable = Product.variables(sd).get(name);
        if (keep.contains(name)
                || variable.getVariable().getVariableType() != VariableType.ARRAY
                || !readers(sd, name).isEmpty()) {
            return;
        }
        SameDiffOp maker = sd.getOps().remove(variable.getOutputOfOp());
        Product.variables(sd).remove(name);
        for (String input : new HashSet<>(maker.getInputsToOp())) {
            Product.variables(sd).get(input).getInputsForOp().remove(maker.getName());
            removeUnread(sd, input, keep);
        }
    }

    /** Removes an unread variable or constant, with its array. */
    static void removeLeaf(SameDiff sd, SDVariable variable) {
        sd.convertToConstant(variable); // also drops the optimizer's state, the sessions and the gradient function
        sd.getConstantArrays().removeArray(variable.name());
        Product.variables(sd).remove(variable.name());
    }

    private static List<String> readers(SameDiff sd, String name) {
        List<String> operations = Product.variables(sd).get(name).getInputsForOp();
        return operations == null ? List.of() : List.copyOf(operations);
    }

    private static void redirect(SameDiff sd, List<String> readers, SDVariable from, SDVariable to) {
        for (String reader : readers) {
            DifferentialFunction function = sd.getOpById(reader);
            String[] arguments = function.argNames();
            for (int i = 0; i < arguments.length; i++) {
                if (arguments[i].equals(from.name())) {
                    sd.replaceArgFor(i, to, function);
                }
            }
        }
    }

    private static List<String> configuredLosses(SameDiff sd, String output) {
        TrainingConfig training = sd.getTrainingConfig();
        List<String> losses = training == null ? null : training.getLossVariables();
        return losses != null && losses.contains(output) ? List.copyOf(losses) : null;
    }

    private static void restoreLosses(SameDiff sd, List<String> losses, List<String> configured) {
        if (losses != null) {
            sd.setLossVariables(losses.toArray(new String[0]));
        }
        if (configured != null) {
            sd.getTrainingConfig().setLossVariables(new ArrayList<>(configured));
        }
    }

    private static String[] without(List<String> names, String name) {
        return names.stream().filter(other -> !other.equals(name)).toArray(String[]::new);
    }
}
