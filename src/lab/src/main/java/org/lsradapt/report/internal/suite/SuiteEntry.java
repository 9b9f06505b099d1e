package org.lsradapt.report.internal.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

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
     * @param text the value in names
     * @param arguments the arguments of the command line
     */
    record Choice(String text, List<String> arguments) {}

    static Choices fixed(String option, List<String> values) {
        List<String> arguments = new ArrayList<>(List.of(option));
        arguments.addAll(values);
        return new Choices(false, List.of(new Choice("", arguments)));
    }

    private record Setting(Labels labels, String method, String tuned, List<String> arguments, String place) {}

    /** The key of cells that share a seed's order of examples. */
    private record Labels(String model, String task) {}

    /** Returns the cells of a model and a task, seed by seed. */
    static List<SuiteFile.Placed> cells(
            SuiteEntry settings,
            SuiteEntry model,
            SuiteEntry task,
            List<SuiteEntry> methods,
            Set<String> tuned,
            List<Long> seeds) {
        Map<Labels, List<Setting>> byLabels = new LinkedHashMap<>();
        for (SuiteEntry method : methods) {
            for (Setting setting : settings(settings, model, task, method, tuned)) {
                byLabels.computeIfAbsent(setting.labels(), labels -> new ArrayList<>())
                        .add(setting);
            }
        }
        List<SuiteFile.Placed> cells = new ArrayList<>();
        for (List<Setting> alike : byLabels.values()) {
            for (long seed : seeds) {
                alike.forEach(setting -> cells.add(new SuiteFile.Placed(cell(setting, seed), setting.place())));
            }
        }
        return cells;
    }

    private static SuiteCell cell(Setting setting, long seed) {
        List<String> arguments = new ArrayList<>(setting.arguments());
        arguments.addAll(List.of("--seed", String.valueOf(seed)));
        String model = setting.labels().model();
        String task = setting.labels().task();
        String name = part(model) + "_" + part(task) + "_" + part(setting.method()) + "_" + seed;
        return new SuiteCell(name, model, task, setting.method(), setting.tuned(), seed, arguments);
    }

    /** Makes a part of a file name from a label. */
    static String part(String label) {
        return label.replaceAll("^(lora|lsr):", "$1-r")
                .replaceAll("(?U)[^\\p{Alnum}.=+-]+", "-")
                .replaceAll("^[.-]+|[.-]+$", "");
    }

    /** Returns the number of combinations of values. */
    static double combinations(SuiteEntry settings, SuiteEntry model, SuiteEntry task, SuiteEntry method) {
        double count = 1;
        for (Map.Entry<String, SuiteEntry> one :
                whose(settings, model, task, method).entrySet()) {
            count *= one.getValue().options().get(one.getKey()).values().size();
        }
        return count;
    }

    /** Returns the entry that sets each option. */
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
    private static List<Setting> settings(
            SuiteEntry settings, SuiteEntry model, SuiteEntry task, SuiteEntry method, Set<String> tuned) {
        Map<String, SuiteEntry> whose = whose(settings, model, task, method);
        String place = String.join(
                "; ",
                List.of(model, task, method).stream()
                        .map(SuiteEntry::place)
                        .filter(one -> !one.isEmpty())
                        .toList());
        List<Setting> all = List.of(new Setting(
                new Labels(model.label(), task.label()), method.label(), method.label(), List.of("finetune"), place));
        for (Map.Entry<String, SuiteEntry> one : whose.entrySet()) {
            Choices choices = one.getValue().options().get(one.getKey());
            List<Setting> next = new ArrayList<>();
            for (Setting setting : all) {
                for (Choice choice : choices.values()) {
                    String suffix = choices.isGrid() ? " " + one.getKey() + "=" + choice.text() : "";
                    List<String> arguments = new ArrayList<>(setting.arguments());
                    arguments.addAll(choice.arguments());
                    Labels labels = setting.labels();
                    if (one.getValue().equals(model)) {
                        labels = new Labels(labels.model() + suffix, labels.task());
                    } else if (one.getValue().equals(task)) {
                        labels = new Labels(labels.model(), labels.task() + suffix);
                    }
                    boolean ofMethod = labels.equals(setting.labels());
                    next.add(new Setting(
                            labels,
                            setting.method() + (ofMethod ? suffix : ""),
                            setting.tuned() + (ofMethod && !tuned.contains(one.getKey()) ? suffix : ""),
                            arguments,
                            place));
                }
            }
            all = next;
        }
        return all;
    }
}
