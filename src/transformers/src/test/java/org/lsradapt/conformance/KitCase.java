package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One case: what a port gets, and by what rules its results are compared. */
final class KitCase {

    /** Where an output is. */
    enum As {
        TENSOR,
        SCALAR,
        SUM,
        PRODUCT,
        ADAPTER_FOLDER,
        PEFT_FOLDER;

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Writes what a case has beside settings and arrays, such as an adapter's folder. */
    interface Extra {
        void write(Path caseFolder) throws IOException;
    }

    final String name;
    final String capability;
    final ObjectNode settings = JsonFile.newObject();
    final Map<String, INDArray> tensors = new LinkedHashMap<>();
    final ObjectNode outputs = JsonFile.newObject();
    private Extra more = folder -> {};
    private int since = 1;

    KitCase(String name, String capability, String operation) {
        this.name = name;
        this.capability = capability;
        settings.put("operation", operation);
    }

    /** The version of the kit that has it first. */
    KitCase since(int version) {
        since = version;
        return this;
    }

    int since() {
        return since;
    }

    /** The file without its extension that has it: of its capability, of parts of one where that would be large. */
    String container() {
        return switch (capability) {
            case "rounding" -> name;
            case "fingerprint" ->
                String.join("-", Arrays.asList(name.split("-")).subList(0, 2));
            default -> capability;
        };
    }

    KitCase tensor(String tensorName, INDArray value) {
        tensors.put(tensorName, value);
        return this;
    }

    KitCase files(Extra writer) {
        more = writer;
        return this;
    }

    /** An array that must be the same to the bit, any NaN for a NaN. */
    KitCase bits(String... names) {
        for (String output : names) {
            outputs.putObject(output).put("as", As.TENSOR.label()).put("rule", "bits");
        }
        return this;
    }

    /** Arrays each of whose numbers may differ by so many units in the last place of the expected one. */
    KitCase ulps(double units, String... names) {
        return tensors("ulps", units, names);
    }

    /** Arrays whose numbers may differ by so much of the largest expected one. */
    KitCase ofLargest(double tolerance, String... names) {
        return tensors("of-largest", tolerance, names);
    }

    private KitCase tensors(String rule, double value, String... names) {
        for (String output : names) {
            outputs.putObject(output)
                    .put("as", As.TENSOR.label())
                    .put("rule", rule)
                    .put("tolerance", value);
        }
        return this;
    }

    /** Settings that must be equal, but for numbers, which may differ relatively. */
    KitCase scalars(double tolerance, String... names) {
        for (String output : names) {
            outputs.putObject(output)
                    .put("as", As.SCALAR.label())
                    .put("rule", "relative")
                    .put("tolerance", tolerance);
        }
        return this;
    }

    /** Numbers that must not be less. */
    KitCase atLeast(double bound, String... names) {
        for (String output : names) {
            outputs.putObject(output)
                    .put("as", As.SCALAR.label())
                    .put("rule", "at-least")
                    .put("bound", bound);
        }
        return this;
    }

    /** Errors of an iteration, each of which must be smaller than the one before it, and the last at most the bound. */
    KitCase falling(double bound, String output) {
        outputs.putObject(output)
                .put("as", As.TENSOR.label())
                .put("rule", "falling")
                .put("bound", bound);
        return this;
    }

    /** Factors NAME_factor1 … of a sum near to the array {@code target}, with an error that is not much larger. */
    KitCase fit(double tolerance, String output) {
        outputs.putObject(output).put("as", As.SUM.label()).put("rule", "fit").put("tolerance", tolerance);
        return this;
    }

    /**
     * Factors of two sums, NAME_a_factor1 … and NAME_b_factor1 …, whose product times the scaling is near to the array
     * {@code target}.
     */
    KitCase product(double tolerance, double scaling, String output) {
        outputs.putObject(output)
                .put("as", As.PRODUCT.label())
                .put("rule", "fit")
                .put("tolerance", tolerance)
                .put("scaling", scaling);
        return this;
    }

    /** A folder that must say the same, with numbers that may differ by so much of the largest of an array. */
    KitCase folder(As as, double tolerance, String output) {
        outputs.putObject(output).put("as", as.label()).put("rule", "folder").put("tolerance", tolerance);
        return this;
    }

    /** The same case with those outputs alone that a tolerance is for. */
    KitCase withTolerances() {
        KitCase compared =
                new KitCase(name, capability, settings.get("operation").textValue());
        outputs.properties().stream()
                .filter(output -> output.getValue().path("tolerance").doubleValue() > 0)
                .filter(output -> Set.of("of-largest", "relative", "fit")
                        .contains(output.getValue().get("rule").textValue()))
                .forEach(output -> compared.outputs.set(output.getKey(), output.getValue()));
        return compared;
    }

    /** Writes what a port gets. */
    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        JsonFile.write(folder.resolve("case.json"), settings);
        KitFiles.writeTensors(folder.resolve("input.safetensors"), tensors);
        more.write(folder);
    }
}
