package org.lsradapt.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs this library and a PyTorch peer in turn, several times, and prints the table of ratios. */
@Command(name = "peer", description = "Ratios of times and memory, this library's over a PyTorch peer's.")
final class PeerComparison implements Runnable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** As .mvn/jvm.config has it for the command line: by default the heap starts with a 64th of all memory. */
    private static final String SMALL_HEAP = "-Xms64m";

    private static final int[][] LAYERS = {{768, 2048}, {768, 64}, {4096, 512}, {384, 2048}};

    @Parameters(paramLabel = "FOLDER", description = "folder with micro.py, step.py and finetune.py, set up")
    private Path folder;

    @Option(names = "--python", description = "default: ${DEFAULT-VALUE}")
    private String python = "python3";

    @Option(names = "--mrpc", description = "folder with MRPC's train.tsv and dev.tsv: measures epochs too")
    private Path mrpc;

    @Option(names = "--rounds", description = "default: ${DEFAULT-VALUE}")
    private int rounds = 3;

    @Option(names = "--models", split = ",", description = "of minilm, bert-base; default: ${DEFAULT-VALUE}")
    private List<String> models = List.of("minilm");

    @Option(
            names = "--hugging-face",
            split = ",",
            description = "shapes of random weights to compare with transformers and PEFT (hf_step.py), such as"
                    + " deberta-v3-base, smollm-135m")
    private List<String> shapes = List.of();

    @Option(names = "--coretype", description = "OPENBLAS_CORETYPE of this library's processes")
    private String coreType;

    @Option(names = "--skip-layers", description = "measures whole steps only")
    private boolean skipLayers;

    private final Map<String, List<Double>> ours = new LinkedHashMap<>();
    private final Map<String, List<Double>> peers = new LinkedHashMap<>();

    static void main(String[] args) {
        int exit = new CommandLine(new PeerComparison()).execute(args);
        if (exit != 0) {
            throw new IllegalStateException("peer: failed with exit code " + exit);
        }
    }

    @Override
    public void run() {
        try {
            for (int round = 1; round <= rounds; round++) {
                System.err.println("round " + round + " of " + rounds);
                if (!skipLayers) {
                    layers();
                }
                for (String model : models) {
                    steps(model);
                }
                for (String shape : shapes) {
                    huggingFaceSteps(shape);
                }
                if (mrpc != null) {
                    epochs();
                }
            }
            System.out.print(Machine.describe() + "; " + rounds + " rounds, medians"
                    + (coreType == null ? "" : "; OPENBLAS_CORETYPE=" + coreType) + "\n\n" + table());
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void layers() throws IOException, InterruptedException {
        for (JsonNode row : python("micro.py")) {
            record(peers, "layer " + row.get("hidden") + " " + row.get("tokens"), row);
        }
        for (int[] layer : LAYERS) {
            for (JsonNode row : java(Main.class, "measure", "layer", text(layer[0]), text(layer[1]))) {
                record(ours, "layer " + row.get("hidden") + " " + row.get("tokens"), row);
            }
        }
    }

    private void steps(String model) throws IOException, InterruptedException {
        for (String method : List.of("lsr", "lora")) {
            String key = "step " + model + " " + method;
            for (JsonNode row : python("step.py", model.equals("bert-base") ? "bert" : model, method, "32", "64")) {
                record(peers, key, row);
            }
            for (JsonNode row : java(Main.class, "measure", "step", model, method, "32", "64")) {
                record(ours, key, row);
            }
        }
    }

    /** PEFT has LoRA only: its step is what both of ours are held against. */
    private void huggingFaceSteps(String shape) throws IOException, InterruptedException {
        String[] size = size(shape);
        List<String> peer = new ArrayList<>(List.of("hf_step.py", shape, "--batch", size[0], "--tokens", size[1]));
        for (JsonNode row : python(peer.toArray(new String[0]))) {
            record(peers, "step " + shape, row);
        }
        for (String method : List.of("lsr", "lora")) {
            for (JsonNode row : java(Main.class, "measure", "step", shape, method, size[0], size[1])) {
                record(ours, "step " + shape + " " + method, row);
            }
        }
    }

    private static String[] size(String shape) {
        return shape.equals("smollm-135m") ? new String[] {"8", "256"} : new String[] {"32", "64"};
    }

    private void epochs() throws IOException, InterruptedException {
        String data = mrpc.toAbsolutePath().toString();
        for (JsonNode row : python("finetune.py", "minilm", "lsr", "--task", "mrpc", "--data", data, "--epochs", "2")) {
            if (row.has("train_s")) {
                record(peers, "epoch", row);
            }
        }
        Path out = Files.createTempDirectory("lsr-benchmark");
        try {
            Path run = out.resolve("run");
            java(
                    org.lsradapt.cli.Main.class,
                    "finetune",
                    "--task",
                    "mrpc",
                    "--data",
                    data,
                    "--methods",
                    "lsr",
                    "--epochs",
                    "2",
                    "--out",
                    run.toString());
            JsonNode metrics = JSON.readTree(run.resolve("metrics.json").toFile());
            for (JsonNode epoch : metrics.findValue("epochs")) {
                add(ours, "epoch train_s", epoch.get("seconds").asDouble());
            }
        } finally {
            try (Stream<Path> files = Files.walk(out)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void record(Map<String, List<Double>> side, String key, JsonNode row) {
        row.fields().forEachRemaining(field -> {
            if (field.getValue().isNumber()) {
                add(side, key + " " + field.getKey(), field.getValue().asDouble());
            }
        });
    }

    private static void add(Map<String, List<Double>> side, String key, double value) {
        side.computeIfAbsent(key, k -> new ArrayList<>()).add(value);
    }

    private List<JsonNode> python(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(python));
        command.addAll(Arrays.asList(arguments));
        return lines(new ProcessBuilder(command).directory(folder.toFile()));
    }

    private List<JsonNode> java(Class<?> main, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                SMALL_HEAP,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        if (coreType != null) {
            builder.environment().put("OPENBLAS_CORETYPE", coreType);
        }
        return lines(builder);
    }

    /** The JSON lines that a program prints. */
    private static List<JsonNode> lines(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0) {
            throw new IOException(String.join(" ", builder.command()) + ": exit code " + exit);
        }
        List<JsonNode> rows = new ArrayList<>();
        for (String line : output.lines().toList()) {
            if (line.startsWith("{")) {
                rows.add(JSON.readTree(line));
            }
        }
        return rows;
    }

    private String table() {
        StringBuilder table = new StringBuilder("| what | ours | peer | ratio | target |\n|---|---|---|---|---|\n");
        if (!skipLayers) {
            row(table, "48 sums (768, r 4, s 16), ms", "layer 768 2048 materialize_24_adapters_ms", "≤ 0.025");
            within(
                    table,
                    "gradient of the 48 sums over materialization, ours",
                    "layer 768 2048 gradient_24_adapters_ms",
                    "layer 768 2048 materialize_24_adapters_ms",
                    "≤ 2");
            for (int[] layer : LAYERS) {
                String key = "layer " + layer[0] + " " + layer[1] + " ";
                String name = layer[0] + " wide, " + layer[1] + " tokens: ";
                within(
                        table,
                        name + "forward, lsr over frozen, ours",
                        key + "lsr_fwd_ms",
                        key + "frozen_fwd_ms",
                        layer[0] == 768 && layer[1] == 2048 ? "≤ 1.15" : "");
                row(table, name + "forward and backward, ms", key + "lsr_fb_ms", fbTarget(layer));
                String target = layer[0] == 4096 ? "≤ 0.5" : layer[0] == 768 ? "≤ 1" : "";
                row(table, name + "merge into a new array, ms", key + "merge_ms", target);
                append(
                        table,
                        name + "merge into a kept array, ms",
                        median(ours, key + "merge_into_ms"),
                        median(peers, key + "merge_ms"),
                        target);
            }
        }
        for (String model : models) {
            row(
                    table,
                    "step, " + model + ", 32×64, s",
                    "step " + model + " lsr step_s",
                    model.equals("minilm") ? "≤ 0.80" : "≤ 0.90");
            within(
                    table,
                    "step, " + model + ", lsr over lora, ours",
                    "step " + model + " lsr step_s",
                    "step " + model + " lora step_s",
                    "≤ 1.02");
            row(table, "peak memory, " + model + ", MB", "step " + model + " lsr peak_rss_mb", "≤ 1");
        }
        for (String shape : shapes) {
            String name = "step, " + shape + ", " + String.join("×", size(shape));
            for (String method : List.of("lsr", "lora")) {
                append(
                        table,
                        name + ", " + method + " over PEFT's lora, s",
                        median(ours, "step " + shape + " " + method + " step_s"),
                        median(peers, "step " + shape + " step_s"),
                        "≤ 0.85");
            }
            within(
                    table,
                    name + ", lsr over lora, ours",
                    "step " + shape + " lsr step_s",
                    "step " + shape + " lora step_s",
                    "≤ 1.02");
            append(
                    table,
                    "peak memory, " + shape + ", MB",
                    median(ours, "step " + shape + " lsr peak_rss_mb"),
                    median(peers, "step " + shape + " peak_rss_mb"),
                    "");
        }
        if (mrpc != null) {
            row(table, "epoch of MRPC, minilm, s", "epoch train_s", "≤ 0.75");
        }
        return table.toString();
    }

    private static String fbTarget(int[] layer) {
        return switch (layer[0] + " " + layer[1]) {
            case "768 2048" -> "≤ 0.85";
            case "768 64" -> "≤ 0.45";
            case "4096 512" -> "≤ 1";
            default -> "";
        };
    }

    private void row(StringBuilder table, String name, String key, String target) {
        append(table, name, median(ours, key), median(peers, key), target);
    }

    private void within(StringBuilder table, String name, String key, String baseline, String target) {
        append(table, name, median(ours, key), median(ours, baseline), target);
    }

    private static void append(StringBuilder table, String name, double left, double right, String target) {
        table.append(String.format(
                Locale.ROOT, "| %s | %.4g | %.4g | %.3f | %s |%n", name, left, right, left / right, target));
    }

    private static double median(Map<String, List<Double>> side, String key) {
        List<Double> sorted =
                side.getOrDefault(key, List.of(Double.NaN)).stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static String text(int number) {
        return Integer.toString(number);
    }
}
