package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks; leaves {@code jmh.json} and the dated table {@code jmh.md} in {@code target}. */
final class JmhRun {

    private JmhRun() {}

    static void main(String[] args) throws IOException, RunnerException, CommandLineOptionException {
        Path folder = Files.createDirectories(Path.of("target"));
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(args))
                        .resultFormat(ResultFormatType.JSON)
                        .result(folder.resolve("jmh.json").toString())
                        .build())
                .run();
        Path table = folder.resolve("jmh.md");
        try (PrintStream out = new PrintStream(Files.newOutputStream(table), false, StandardCharsets.UTF_8)) {
            out.println(Machine.describe() + "\n\n| benchmark | parameters | µs | error |\n|---|---|---|---|");
            for (RunResult result : results) {
                out.println(row(result));
            }
        }
        System.out.println(table);
    }

    private static String row(RunResult result) {
        BenchmarkParams params = result.getParams();
        String name = params.getBenchmark().replaceFirst(".*\\.(\\w+\\.\\w+)$", "$1");
        String settings = params.getParamsKeys().stream()
                .map(key -> key + " " + params.getParam(key))
                .collect(Collectors.joining(", "));
        Result<?> score = result.getPrimaryResult();
        return String.format(
                Locale.ROOT, "| %s | %s | %.1f | ± %.1f |", name, settings, score.getScore(), score.getScoreError());
    }
}
