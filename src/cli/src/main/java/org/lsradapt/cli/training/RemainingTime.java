package org.lsradapt.cli.training;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.lsradapt.lsr.internal.Durations;
import org.lsradapt.report.internal.suite.SuiteCell;

/**
 * Estimates the time of the remaining cells: the mean of earlier cells with the same model, task and method, else with the
 * same model and task, else of all cells.
 */
final class RemainingTime {
    private final Map<List<String>, List<Double>> seconds = new HashMap<>();

    /** Records the time of a cell in seconds, if it is known. */
    void took(SuiteCell cell, OptionalDouble time) {
        time.ifPresent(value -> keys(cell)
                .forEach(key ->
                        seconds.computeIfAbsent(key, k -> new ArrayList<>()).add(value)));
    }

    private static List<List<String>> keys(SuiteCell cell) {
        return List.of(
                List.of(cell.model(), cell.task(), cell.method()), List.of(cell.model(), cell.task()), List.of());
    }

    /** Returns the estimated seconds of all these cells; empty if no time is known. */
    OptionalDouble of(List<SuiteCell> cells) {
        if (seconds.isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(cells.stream().mapToDouble(this::mean).sum());
    }

    private double mean(SuiteCell cell) {
        return keys(cell).stream().filter(seconds::containsKey).map(seconds::get).findFirst().orElseThrow().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
    }

    /** Describes the remaining work, such as {@code 4 left, 12 min, until about 14:32}. */
    String describe(List<SuiteCell> left) {
        OptionalDouble time = of(left);
        if (left.isEmpty() || time.isEmpty()) {
            return left.size() + " left";
        }
        LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
        LocalDateTime end = now.plus(Duration.ofMillis((long) (time.getAsDouble() * 1000)));
        String pattern = end.toLocalDate().equals(now.toLocalDate()) ? "HH:mm" : "yyyy-MM-dd HH:mm";
        return left.size() + " left, " + Durations.format(time.getAsDouble()) + ", until about "
                + end.format(DateTimeFormatter.ofPattern(pattern, Locale.ROOT));
    }
}
