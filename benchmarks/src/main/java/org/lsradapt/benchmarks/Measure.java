package org.lsradapt.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.lsr.weights.StoredWeight;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.language.Sampling;
import org.lsradapt.objectives.language.TokenGenerator;
import org.lsradapt.objectives.language.TokenRequest;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * This library's side of the comparison with a peer: the same work, one JSON line per measurement, each in a process
 * of its own so that its peak memory is its own.
 */
final class Measure {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STEPS = 7;

    private Measure() {}

    /**
     * Measures.
     *
     * @param args {@code layer WIDTH TOKENS [PRECISION]}, {@code generate MODEL TOKENS [LAYERS [PRECISION]]},
     *     {@code embed MODEL [PRECISION]}, or {@code step MODEL METHOD BATCH TOKENS [LAYERS [PRECISION [checkpointing|keeping
     *     [STEPS]]]]} with method lsr or lora and a model that can be loaded or is one of {@link RandomModel}
     * @throws IOException if the model cannot be read
     */
    static void main(String[] args) throws IOException {
        switch (args[0]) {
            case "layer" ->
                layer(
                        Integer.parseInt(args[1]),
                        Integer.parseInt(args[2]),
                        BasePrecision.named(args.length > 3 ? args[3] : "f32"));
            case "step" ->
                step(
                        args[1],
                        args[2],
                        Integer.parseInt(args[3]),
                        Integer.parseInt(args[4]),
                        args.length > 5 ? Integer.parseInt(args[5]) : 0,
                        BasePrecision.named(args.length > 6 ? args[6] : "f32"),
                        args.length > 7 && args[7].equals("checkpointing"),
                        args.length > 8 ? Integer.parseInt(args[8]) : STEPS);
            case "generate" ->
                generate(
                        args[1],
                        Integer.parseInt(args[2]),
                        args.length > 3 ? Integer.parseInt(args[3]) : 0,
                        BasePrecision.named(args.length > 4 ? args[4] : "f32"));
            case "embed" -> embed(args[1], BasePrecision.named(args.length > 2 ? args[2] : "f32"));
            default ->
                throw new IllegalArgumentException(
                        "measure: '" + args[0] + "', expected layer, step, generate or embed");
        }
    }

    private static void layer(int width, int tokens, BasePrecision precision) throws JsonProcessingException {
        Backend backend = Backends.standard();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("bench", "layer");
        row.put("hidden", width);
        row.put("tokens", tokens);
        row.put("precision", precision.label());
        INDArray weight = normal(width, width).muli(1 / Math.sqrt(width));
        FrozenLinear layer = new FrozenLinear("linear", stored(weight, precision), Optional.of(normal(width)));
        INDArray x = normal(tokens, width);
        INDArray y = x.ulike();
        INDArray gradY = normal(tokens, width);
        INDArray gradX = x.ulike();
        LsrAdapter lsr = trained(LsrAdapter.wrap(layer, LsrConfig.defaults()));
        LsrAdapter lora = trained(LsrAdapter.wrap(layer, LsrConfig.lora(8, 32)));
        check(lsr, x, precision == BasePrecision.F32 ? 1e-4 : 2e-2);
        try (Backend.Pass pass = backend.openPass()) {
            row.put("frozen_fwd_ms", Clock.medianMillis(() -> frozen(backend, x, lsr, y)));
            row.put("lsr_fwd_ms", Clock.medianMillis(() -> lsr.forward(x, y)));
            row.put("lora_fwd_ms", Clock.medianMillis(() -> lora.forward(x, y)));
            row.put("frozen_fb_ms", Clock.medianMillis(() -> {
                frozen(backend, x, lsr, y);
                layer.weight().multiplyTransposed(backend, gradY, 0, gradX);
            }));
            row.put("lsr_fb_ms", Clock.medianMillis(() -> {
                lsr.forward(x, y);
                lsr.backward(x, gradY, gradX);
            }));
            row.put("lora_fb_ms", Clock.medianMillis(() -> {
                lora.forward(x, y);
                lora.backward(x, gradY, gradX);
            }));
            AdapterSet twelveLayers = adapters(weight, 24);
            row.put("materialize_24_adapters_ms", Clock.medianMillis(twelveLayers::materialize));
            row.put("gradient_24_adapters_ms", Clock.medianMillis(twelveLayers::collectGradients));
            INDArray merged = weight.ulike();
            row.put("merge_into_ms", Clock.medianMillis(() -> lsr.merge(merged)));
            row.put("merge_ms", Clock.medianMillis(() -> lsr.merge().close()));
        }
        print(row);
    }

    private static FrozenWeight stored(INDArray weight, BasePrecision precision) {
        if (precision.format().isEmpty()) {
            return new DenseWeight(weight);
        }
        WeightFormat format = precision.format().get();
        int in = (int) weight.size(0);
        int out = (int) weight.size(1);
        int rowBytes = (int) format.bytes(in);
        byte[] row = new byte[rowBytes];
        ByteBuffer memory = ByteBuffer.allocateDirect(out * rowBytes);
        for (int i = 0; i < out; i++) {
            format.store(weight.getColumn(i).dup().data().asFloat(), 0, in, row, 0);
            memory.put(row);
        }
        return new StoredWeight(new StoredMatrix(format, out, in, memory.flip()));
    }

    /** The frozen layer alone. */
    private static void frozen(Backend backend, INDArray x, LsrAdapter adapter, INDArray y) {
        adapter.layer().apply(backend, x, y);
    }

    private static AdapterSet adapters(INDArray weight, int count) {
        List<FrozenLinear> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            layers.add(FrozenLinear.of("layer." + i, weight));
        }
        AdapterSet set = AdapterSet.create(layers, LsrConfig.defaults(), Backends.standard());
        set.lsrAdapters().forEach(Measure::trained);
        return set;
    }

    /** Gives every factor numbers, as training would. */
    private static LsrAdapter trained(LsrAdapter adapter) {
        for (Parameter parameter : adapter.parameters()) {
            parameter.value().assign(normal(parameter.value().shape()).muli(0.1));
        }
        return adapter;
    }

    private static void check(LsrAdapter adapter, INDArray x, double tolerance) {
        INDArray expected =
                x.mmul(adapter.merge()).addiRowVector(adapter.layer().bias().orElseThrow());
        double error = expected.sub(adapter.forward(x)).normmaxNumber().doubleValue()
                / expected.normmaxNumber().doubleValue();
        if (!(error < tolerance)) {
            throw new IllegalStateException("forward differs from the merged weight's product by " + error);
        }
    }

    private static void step(
            String modelName,
            String method,
            int batch,
            int tokens,
            int layers,
            BasePrecision precision,
            boolean checkpointing,
            int steps)
            throws IOException {
        LsrConfig config = method.equals("lora") ? LsrConfig.lora(8, 32) : LsrConfig.defaults();
        try (StepSubject subject =
                new StepSubject(modelName, layers, precision, config, batch, tokens, Backends.standard())) {
            AdaptedModel model = subject.model();
            AdamW optimizer = AdamW.builder().weightDecay(0.01).build();
            optimizer.addAll(model.trainable(), 5e-4);
            model.checkpointing(checkpointing);
            double whole;
            double forward;
            long peak;
            try (Backend.Pass pass = model.openPass()) {
                whole = Clock.medianSeconds(steps, () -> {
                    model.lossAndGradients(subject.inputs(), subject.targets());
                    optimizer.step();
                });
                peak = peakMegabytes();
                forward = Clock.medianSeconds(steps, () -> model.predict(subject.inputs()));
            }
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("bench", "step");
            row.put("model", modelName);
            row.put("kind", method);
            row.put("precision", precision.label());
            row.put("checkpointing", checkpointing);
            row.put("batch", batch);
            row.put("tokens", tokens);
            row.put("forward_s", forward);
            row.put("step_s", whole);
            row.put(
                    "trainable",
                    model.trainable().stream().mapToLong(Parameter::count).sum());
            row.put("peak_rss_mb", peak);
            print(row);
        }
    }

    /** Tokens per second, over what reading every weight once per token allows at this machine's rate. */
    private static void generate(String modelName, int tokens, int layers, BasePrecision precision) throws IOException {
        try (TransformerWeights weights = StepSubject.weights(modelName, layers, precision);
                TokenGenerator generator = new TokenGenerator(weights, Backends.standard())) {
            int[] prompt = IntStream.range(100, 116).toArray();
            double[] seconds = new double[5];
            for (int i = 0; i < seconds.length; i++) {
                long[] first = {0};
                Sampling greedy = new Sampling(0, 1, 1);
                int count = generator.generate(
                                new TokenRequest(prompt, Optional.empty(), greedy, tokens + 1, Set.of()),
                                token -> {
                                    first[0] = first[0] == 0 ? System.nanoTime() : first[0];
                                    return true;
                                },
                                () -> false)
                        .length;
                seconds[i] = (System.nanoTime() - first[0]) / 1e9 / (count - 1);
            }
            Arrays.sort(seconds);
            long bytes = weights.vocabularyWeight().orElseThrow().bytes()
                    + weights.linearLayers().stream()
                            .mapToLong(l -> l.weight().bytes())
                            .sum();
            double rate = memoryRate();
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("bench", "generate");
            row.put("model", modelName);
            row.put("precision", precision.label());
            row.put("tokens_per_s", 1 / seconds[seconds.length / 2]);
            row.put("s_per_token", seconds[seconds.length / 2]);
            row.put("weights_mb", bytes / 1e6);
            row.put("memory_gb_per_s", rate / 1e9);
            row.put("of_memory_bound", bytes / rate / seconds[seconds.length / 2]);
            row.put("peak_rss_mb", peakMegabytes());
            print(row);
        }
    }

    /** Seconds per text of 256 texts of about 40 tokens, in batches, and milliseconds of one of them alone. */
    private static void embed(String modelName, BasePrecision precision) throws IOException {
        List<String> texts = IntStream.range(0, 256)
                .mapToObj(
                        i -> "the river " + i + " runs through a valley of old farms and new towns ".repeat(2 + i % 3))
                .toList();
        try (BaseModel base = BaseModel.load(modelName, precision);
                TextEmbedder embedder = TextEmbedder.of(base)) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("bench", "embed");
            row.put("model", modelName);
            row.put("precision", precision.label());
            row.put("s_per_text", Clock.medianSeconds(STEPS, () -> embedder.embed(texts)) / texts.size());
            row.put("one_text_ms", Clock.medianMillis(() -> embedder.embed(texts.subList(0, 1))));
            row.put("peak_rss_mb", peakMegabytes());
            print(row);
        }
    }

    /** Bytes per second that all threads together read of memory that no cache holds. */
    private static double memoryRate() {
        int threads = Runtime.getRuntime().availableProcessors();
        long[][] numbers = new long[threads][1 << 25];
        double best = 0;
        for (int round = 0; round < 5; round++) {
            long start = System.nanoTime();
            boolean equal = IntStream.range(0, threads).parallel().allMatch(t -> read(numbers[t]));
            best = Math.max(best, threads * (double) (8L << 25) / (System.nanoTime() - start) * 1e9);
            if (!equal) {
                throw new IllegalStateException();
            }
        }
        return best;
    }

    /** Reads all numbers by vector instructions, which Java's loop over them does not use; whether the halves are equal. */
    private static boolean read(long[] numbers) {
        int half = numbers.length / 2;
        return Arrays.equals(numbers, 0, half, numbers, half, numbers.length);
    }

    /** The files are closed, and their mappings collected, before anything runs, as the command line does. */
    static TransformerWeights encoder(String modelName, BasePrecision precision) throws IOException {
        TransformerWeights encoder;
        try (PretrainedModel pretrained = Models.load(modelName)) {
            encoder = new TransformerWeights(pretrained.model(), pretrained.weights(), DataType.FLOAT, precision);
        }
        System.gc();
        return encoder;
    }

    static double median(double[] seconds, int warmUp) {
        double[] sorted = Arrays.copyOfRange(seconds, warmUp, seconds.length);
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The process's peak resident memory, as Linux counts it; -1 elsewhere. */
    static long peakMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return -1;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        return -1;
    }

    private static INDArray normal(long... shape) {
        return Nd4j.randn(DataType.FLOAT, shape);
    }

    static void print(Map<String, Object> row) throws JsonProcessingException {
        System.out.println(JSON.writeValueAsString(row));
    }
}
