package org.lsradapt.report.internal.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * All cells of a suite with their results.
 *
 * @param cells all cells, in order
 * @param results the results of finished cells, by the cell's name
 * @param failures the reasons of failed cells, by the cell's name
 * @param begun the names of cells that were begun and have not ended
 */
record SuiteResults(
        List<SuiteCell> cells, Map<String, CellResult> results, Map<String, String> failures, Set<String> begun) {

    /** Reads a suite's folder; the predicate tells folders of finished runs. */
    static SuiteResults read(SuiteFolder folder, Predicate<Path> finished) throws IOException {
        List<SuiteCell> cells = folder.cells();
        Map<String, CellResult> results = new LinkedHashMap<>();
        Map<String, String> failures = new LinkedHashMap<>();
        List<String> begun = new ArrayList<>();
        Map<List<String>, CellResult> first = new HashMap<>();
        for (SuiteCell cell : cells) {
            Path run = folder.run(cell);
            Optional<String> failure = folder.failure(cell);
            if (failure.isPresent()) {
                failures.put(cell.name(), failure.get());
            } else if (finished.test(run)) {
                CellResult result = CellResult.read(cell, run);
                CellResult other = first.putIfAbsent(List.of(cell.model(), cell.task()), result);
                if (other != null && !other.metric().equals(result.metric())) {
                    throw new IOException(run.resolve(CellResult.FILE) + ": the primary metric is " + result.metric()
                            + ", expected " + other.metric() + ", that of "
                            + folder.run(other.cell()).resolve(CellResult.FILE)
                            + " for the same model and task");
                }
                results.put(cell.name(), result);
            } else if (Files.exists(run)) {
                begun.add(cell.name());
            }
        }
        return new SuiteResults(cells, results, failures, Set.copyOf(begun));
    }

    List<SuiteScore> scores() {
        return SuiteScore.of(results.values().stream().anyMatch(CellResult::hasHeldOut));
    }

    /** Returns the methods of one model and task that differ only by tuned settings; empty if none has this name. */
    List<String> settings(String model, String task, String tuned) {
        return distinct(
                SuiteCell::method,
                cell -> cell.isOf(model, task) && cell.tuned().equals(tuned));
    }

    /** Returns the methods with tuned settings, by their names without these settings. */
    List<String> tuned(String model) {
        return distinct(SuiteCell::tuned, cell -> cell.model().equals(model) && cell.isTuned());
    }

    /**
     * Returns the chosen settings: of those with the most seeds, the ones with the best mean on held-out examples. Empty
     * before there is a result.
     */
    Optional<String> choice(String model, String task, String tuned) {
        return settings(model, task, tuned).stream()
                .filter(method -> !results(model, task, method).isEmpty())
                .max(Comparator.comparing(
                                (String method) -> results(model, task, method).size())
                        .thenComparing(method -> merit(results(model, task, method))));
    }

    /** Returns a number that is larger for better results; negative infinity if the mean is not finite. */
    private static double merit(List<CellResult> results) {
        double mean = results.stream()
                .mapToDouble(result -> SuiteScore.HELD_OUT.of(result) * (result.smallerIsBetter() ? -1 : 1))
                .average()
                .orElseThrow();
        return Double.isFinite(mean) ? mean : Double.NEGATIVE_INFINITY;
    }

    /** Returns the results with only the chosen settings of each method, which all comparisons use. */
    SuiteResults chosen() {
        Map<List<String>, Optional<String>> choices = new HashMap<>();
        List<SuiteCell> kept = cells.stream()
                .filter(cell -> !cell.isTuned()
                        || choices.computeIfAbsent(
                                        List.of(cell.model(), cell.task(), cell.tuned()),
                                        key -> choice(key.get(0), key.get(1), key.get(2)))
                                .filter(cell.method()::equals)
                                .isPresent())
                .toList();
        Map<String, CellResult> keptResults = new LinkedHashMap<>();
        kept.stream()
                .filter(cell -> results.containsKey(cell.name()))
                .forEach(cell ->
                        keptResults.put(cell.name(), results.get(cell.name()).asTuned()));
        return new SuiteResults(kept.stream().map(SuiteCell::asTuned).toList(), keptResults, failures, begun);
    }

    String status(SuiteCell cell) {
        if (results.containsKey(cell.name())) {
            return "finished";
        }
        if (failures.containsKey(cell.name())) {
            return "failed";
        }
        return begun.contains(cell.name()) ? "begun" : "missing";
    }

    /** Returns the names of the cells that have neither finished nor failed. */
    List<String> missing() {
        return cells.stream()
                .map(SuiteCell::name)
                .filter(name -> !results.containsKey(name) && !failures.containsKey(name))
                .toList();
    }

    String progress() {
        return String.format(
                Locale.ROOT,
                "%d of %d cells have finished, %d failed, %d are missing",
                results.size(),
                cells.size(),
                failures.size(),
                missing().size());
    }

    List<String> models() {
        return distinct(SuiteCell::model, cell -> true);
    }

    List<String> tasks(String model) {
        return distinct(SuiteCell::task, cell -> cell.model().equals(model));
    }

    List<String> methods() {
        return distinct(SuiteCell::method, cell -> true);
    }

    List<String> methods(String model) {
        return distinct(SuiteCell::method, cell -> cell.model().equals(model));
    }

    private List<String> distinct(Function<SuiteCell, String> what, Predicate<SuiteCell> which) {
        return cells.stream().filter(which).map(what).distinct().toList();
    }

    List<SuiteCell> cells(String model, String task, String method) {
        return cells.stream()
                .filter(cell -> cell.isOf(model, task) && cell.method().equals(method))
                .toList();
    }

    /** Returns the results of the finished cells. */
    List<CellResult> results(String model, String task, String method) {
        return cells(model, task, method).stream()
                .filter(cell -> results.containsKey(cell.name()))
                .map(cell -> results.get(cell.name()))
                .toList();
    }

    List<CellResult> results(String model, String task) {
        return results.values().stream()
                .filter(result -> result.cell().isOf(model, task))
                .toList();
    }

    List<CellResult> results(String model) {
        return results.values().stream()
                .filter(result -> result.cell().model().equals(model))
                .toList();
    }

    /** Returns the primary metric of a task; empty before a cell has finished. */
    Optional<String> metric(String model, String task) {
        return results(model, task).stream().map(CellResult::metric).findFirst();
    }

    List<String> baselines(String model) {
        return results(model).stream()
                .flatMap(result -> result.baselines().keySet().stream())
                .distinct()
                .toList();
    }

    /** Returns the tasks of a model that can be averaged: those with a result for which larger is better. */
    List<String> averaged(String model) {
        return tasks(model).stream()
                .filter(task -> results(model, task).stream()
                        .findFirst()
                        .filter(result -> !result.smallerIsBetter())
                        .isPresent())
                .toList();
    }

    /** Whether a task has so few evaluation examples that there are also averages without it. */
    boolean isSmall(String model, String task) {
        return cells.stream().filter(cell -> cell.isOf(model, task)).anyMatch(SuiteCell::isSmall);
    }

    /** Returns the default reference of comparisons: the first LoRA, else the first method. */
    String reference() {
        return cells.stream()
                .filter(SuiteCell::isLora)
                .findFirst()
                .orElse(cells.get(0))
                .method();
    }
}
