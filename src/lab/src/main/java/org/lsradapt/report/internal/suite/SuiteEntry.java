package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model, a task or a method of a suite's file, or its settings for all cells.
 *
 * @param place its place in the file; empty for a default that is not in the file
 * @param options the values of each option that it sets
 */
record SuiteEntry(String label, String place, Map<String, Choices> options) {

    SuiteEntry {
        options = Map.copyOf(options);
    }

    /**
     * The values of an option.
     *
     * @param isGrid whether the file gives a list of values, so that names must show the value
     * @param values at least one
     */
    record Choices(boolean isGrid, List<Choice> values) {}

    /**
     * One value of an option.
     *
     * @param arguments the arguments of the command line
     */
    record Choice(String text, List<String> arguments) {}

    static Choices fixed(String option, String value) {
        return new Choices(false, List.of(new Choice("", List.of(option, value))));
    }

    /** A cell without its seed, and its place in the file. */
    private record Draft(String model, String task, String method, String tuned, List<String> arguments, String place) {

        SuiteFile.Placed cell(long seed) {
            String name = part(model) + "_" + part(task) + "_" + part(method) + "_" + seed;
            List<String> all = joined(arguments, List.of("--seed", String.valueOf(seed)));
            return new SuiteFile.Placed(new SuiteCell(name, model, task, method, tuned, seed, all), place);
        }
    }

    private static List<String> joined(List<String> some, List<String> others) {
        return Stream.concat(some.stream(), others.stream()).toList();
    }

    static List<SuiteFile.Placed> cells(
            SuiteEntry settings,
            SuiteEntry model,
            SuiteEntry task,
            List<SuiteEntry> methods,
            Set<String> tuned,
            List<Long> seeds) {
        // Grids can make several models and tasks of one.
        Map<List<String>, List<Draft>> alike = methods.stream()
                .flatMap(method -> drafts(settings, model, task, method, tuned).stream())
                .collect(Collectors.groupingBy(
                        draft -> List.of(draft.model(), draft.task()), LinkedHashMap::new, Collectors.toList()));
        return alike.values().stream()
                .flatMap(drafts ->
                        seeds.stream().flatMap(seed -> drafts.stream().map(draft -> draft.cell(seed))))
                .toList();
    }

    static String part(String label) {
        return label.replaceAll("^(lora|lsr):", "$1-r")
                .replaceAll("(?U)[^\\p{Alnum}.=+-]+", "-")
                .replaceAll("^[.-]+|[.-]+$", "");
    }

    static double combinations(SuiteEntry settings, SuiteEntry model, SuiteEntry task, SuiteEntry method) {
        double count = 1;
        for (Map.Entry<String, SuiteEntry> one :
                whose(settings, model, task, method).entrySet()) {
            count *= one.getValue().options().get(one.getKey()).values().size();
        }
        return count;
    }

    private static Map<String, SuiteEntry> whose(
            SuiteEntry settings, SuiteEntry model, SuiteEntry task, SuiteEntry method) {
        Map<String, SuiteEntry> whose = new TreeMap<>();
        for (SuiteEntry entry : List.of(settings, model, task, method)) {
            entry.options().keySet().forEach(option -> whose.put(option, entry));
        }
        return whose;
    }

    /**
     * Returns all combinations. A method's value of an option takes precedence over a task's, then the model's, then the
     * settings for all.
     */
    private static List<Draft> drafts(
            SuiteEntry settings, SuiteEntry model, SuiteEntry task, SuiteEntry method, Set<String> tuned) {
        String place = Stream.of(model, task, method)
                .map(SuiteEntry::place)
                .filter(one -> !one.isEmpty())
                .collect(Collectors.joining("; "));
        List<Draft> all =
                List.of(new Draft(model.label, task.label, method.label, method.label, List.of("finetune"), place));
        for (Map.Entry<String, SuiteEntry> one :
                whose(settings, model, task, method).entrySet()) {
            String option = one.getKey();
            SuiteEntry owner = one.getValue();
            Choices choices = owner.options().get(option);
            List<Draft> next = new ArrayList<>();
            for (Draft draft : all) {
                for (Choice choice : choices.values()) {
                    String suffix = choices.isGrid() ? " " + option + "=" + choice.text() : "";
                    String ofMethod = owner.equals(model) || owner.equals(task) ? "" : suffix;
                    next.add(new Draft(
                            draft.model + (owner.equals(model) ? suffix : ""),
                            draft.task + (owner.equals(task) ? suffix : ""),
                            draft.method + ofMethod,
                            draft.tuned + (tuned.contains(option) ? "" : ofMethod),
                            joined(draft.arguments, choice.arguments()),
                            place));
                }
            }
            all = next;
        }
        return all;
    }
}
