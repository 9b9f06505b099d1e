package org.lsradapt.cli.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The accuracy of a method on WordNet, measured on MiniLM's query and value projections (docs/evidence/README.md,
 * Accuracy by size).
 *
 * @param kind the method without its size, such as {@code lora}
 * @param name the method, such as {@code lora r=1}
 * @param parameters number of parameters in all adapters
 * @param accuracy mean over three seeds
 * @param deviation standard deviation over the seeds
 * @param options what follows {@code finetune --methods}, with the measured rate
 */
record MeasuredMethod(String kind, String name, int parameters, double accuracy, double deviation, String options) {
    /** The number of LoRA parameters on these layers at r = 1. */
    static final int LORA_PARAMETERS = 9216;

    private static final String FILE = "measured.csv";

    /** Returns all methods, smallest first. */
    static List<MeasuredMethod> all() throws IOException {
        List<MeasuredMethod> methods = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(MeasuredMethod.class.getResourceAsStream(FILE), StandardCharsets.UTF_8))) {
            lines.readLine();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split(",", 6);
                methods.add(new MeasuredMethod(
                        fields[0],
                        fields[1],
                        Integer.parseInt(fields[2]),
                        Double.parseDouble(fields[3]),
                        Double.parseDouble(fields[4]),
                        fields[5]));
            }
        }
        methods.sort(Comparator.comparingInt(MeasuredMethod::parameters));
        return methods;
    }

    /** Returns the most accurate method of each kind, best first, with at most {@code ofLora} times the parameters of LoRA's r = 1. */
    static List<MeasuredMethod> best(double ofLora) throws IOException {
        Set<String> kinds = new HashSet<>();
        return all().stream()
                .filter(method -> method.parameters <= ofLora * LORA_PARAMETERS)
                .sorted(Comparator.comparingDouble(MeasuredMethod::accuracy).reversed())
                .filter(method -> kinds.add(method.kind))
                .toList();
    }
}
