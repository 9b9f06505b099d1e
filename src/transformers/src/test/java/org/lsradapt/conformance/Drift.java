package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compares results by the manifest's rules, as {@code conform.py} does, for builds without Python. */
final class Drift {

    private Drift() {}

    static void compare(KitCase made, Path expected, Path found, List<String> complaints) throws IOException {
        Map<String, INDArray> wanted = KitFiles.readTensors(expected.resolve("output.safetensors"));
        Map<String, INDArray> tensors = KitFiles.readTensors(found.resolve("output.safetensors"));
        ObjectNode wantedScalars = KitFiles.readScalars(expected.resolve("output.json"));
        ObjectNode scalars = KitFiles.readScalars(found.resolve("output.json"));
        for (Map.Entry<String, JsonNode> entry : made.outputs.properties()) {
            String name = entry.getKey();
            JsonNode rule = entry.getValue();
            double tolerance = rule.path("tolerance").asDouble(0);
            boolean same = switch (rule.get("as").textValue()) {
                case "tensor" ->
                    rule.get("rule").textValue().equals("falling")
                            ? falls(tensors.get(name), rule.get("bound").doubleValue())
                            : same(
                                    wanted.get(name),
                                    tensors.get(name),
                                    rule.get("rule").textValue(),
                                    tolerance);
                case "scalar" ->
                    wantedScalars.has(name)
                            && scalars.has(name)
                            && (rule.has("bound")
                                    ? Double.parseDouble(scalars.get(name).asText())
                                            >= rule.get("bound").doubleValue()
                                    : same(wantedScalars.get(name), scalars.get(name), tolerance));
                case "sum" -> fits(wanted, fit(wanted, name), fit(tensors, name), tolerance);
                case "product" -> fits(wanted, product(wanted, name, rule), product(tensors, name, rule), tolerance);
                case "adapter-folder", "peft-folder" ->
                    sameFolder(expected.resolve(name), found.resolve(name), tolerance);
                default -> throw new IllegalStateException(rule.toString());
            };
            if (!same) {
                complaints.add(name);
            }
        }
    }

    private static boolean same(INDArray wanted, INDArray found, String rule, double tolerance) {
        if (wanted == null
                || found == null
                || wanted.dataType() != found.dataType()
                || !Arrays.equals(wanted.shape(), found.shape())) {
            return false;
        }
        if (!wanted.dataType().isFPType()) {
            return Arrays.equals(
                    wanted.dup('c').data().asLong(), found.dup('c').data().asLong());
        }
        double[] want = wanted.dup('c').data().asDouble();
        double[] have = found.dup('c').data().asDouble();
        double largest = Arrays.stream(want)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(0);
        for (int i = 0; i < want.length; i++) {
            boolean equal = Double.doubleToLongBits(want[i]) == Double.doubleToLongBits(have[i]);
            double allowed = switch (rule) {
                case "ulps" -> tolerance * unit(want[i], wanted.dataType());
                case "of-largest" -> tolerance * largest;
                default -> -1;
            };
            if (!equal && !(Math.abs(want[i] - have[i]) <= allowed)) {
                return false;
            }
        }
        return true;
    }

    private static boolean falls(INDArray found, double bound) {
        double[] errors = found.dup('c').data().asDouble();
        for (int i = 1; i < errors.length; i++) {
            if (!(errors[i] < errors[i - 1])) {
                return false;
            }
        }
        return errors[errors.length - 1] <= bound;
    }

    /** The error of a fit is at most so much larger than the expected one's, but for round-off. */
    private static boolean fits(Map<String, INDArray> arrays, INDArray wanted, INDArray found, double more) {
        INDArray target = arrays.get("target");
        double roundOff = 1e-6 * target.norm2Number().doubleValue();
        return distance(found, target) <= (1 + more) * distance(wanted, target) + roundOff;
    }

    private static double distance(INDArray fit, INDArray target) {
        return fit.sub(target).norm2Number().doubleValue();
    }

    private static INDArray product(Map<String, INDArray> arrays, String name, JsonNode rule) {
        return fit(arrays, name + "_a")
                .mmul(fit(arrays, name + "_b"))
                .muli(rule.get("scaling").doubleValue());
    }

    private static INDArray fit(Map<String, INDArray> arrays, String name) {
        List<INDArray> factors = new ArrayList<>();
        while (arrays.containsKey(name + "_factor" + (factors.size() + 1))) {
            factors.add(arrays.get(name + "_factor" + (factors.size() + 1)));
        }
        return KroneckerSum.of(factors, null).materialize();
    }

    private static double unit(double number, DataType type) {
        return type == DataType.FLOAT ? Math.ulp((float) number) : Math.ulp(number);
    }

    private static boolean same(JsonNode wanted, JsonNode found, double tolerance) {
        if (wanted.isNumber() && found.isNumber()) {
            double want = wanted.doubleValue();
            return Math.abs(found.doubleValue() - want) <= tolerance * Math.abs(want);
        }
        if (wanted.isContainerNode() && found.isContainerNode() && wanted.size() == found.size()) {
            if (wanted.isArray()) {
                for (int i = 0; i < wanted.size(); i++) {
                    if (!same(wanted.get(i), found.get(i), tolerance)) {
                        return false;
                    }
                }
                return found.isArray();
            }
            for (Map.Entry<String, JsonNode> entry : wanted.properties()) {
                if (!found.has(entry.getKey()) || !same(entry.getValue(), found.get(entry.getKey()), tolerance)) {
                    return false;
                }
            }
            return found.isObject();
        }
        return wanted.equals(found);
    }

    /** The library writes the same bytes, but for its version in the configuration and numbers that the rule lets differ. */
    private static boolean sameFolder(Path expected, Path found, double tolerance) throws IOException {
        ObjectNode[] configs = {
            JsonFile.readObject(expected.resolve("adapter_config.json")),
            JsonFile.readObject(found.resolve("adapter_config.json"))
        };
        for (ObjectNode config : configs) {
            KitFiles.withoutVersion(config);
        }
        String file = "adapter_model.safetensors";
        if (!configs[0].equals(configs[1])) {
            return false;
        }
        if (tolerance == 0) {
            return Arrays.equals(KitFiles.unsealed(expected.resolve(file)), KitFiles.unsealed(found.resolve(file)));
        }
        Map<String, INDArray> wanted = KitFiles.readTensors(expected.resolve(file));
        Map<String, INDArray> tensors = KitFiles.readTensors(found.resolve(file));
        return Arrays.equals(KitFiles.header(expected.resolve(file)), KitFiles.header(found.resolve(file)))
                && wanted.keySet().stream()
                        .allMatch(name -> same(wanted.get(name), tensors.get(name), "of-largest", tolerance));
    }
}
