package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Writes the folders of {@code golden/adapters} that are not there yet, each with the ΔW of its layers, to where the
 * only argument says. All numbers are multiples of 1/8 so small that every sum is exact in FLOAT: ΔW is the same to
 * the bit in whatever order it is computed.
 */
final class GoldenFolders {

    static final String DELTAS = "delta.safetensors";

    private GoldenFolders() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        LsrConfig lsr =
                LsrConfig.builder().separationRank(3).termWeights(true).seed(8).build();
        write(folder.resolve("lsr"), SmallModel.BERT, lsr, TinyAdapter.threeClasses());
        LsrConfig three = LsrConfig.builder()
                .bottleneckRank(6)
                .separationRank(2)
                .factorCount(3)
                .rankFactors(List.of(1, 3, 2))
                .inFactors(List.of(2, 3, 2))
                .build();
        write(folder.resolve("three-factors"), SmallModel.BERT, three, new RegressionDescription("heat", false));
        write(folder.resolve("lora"), SmallModel.ROBERTA, LsrConfig.lora(4, 16), TinyAdapter.threeClasses());
        write(folder.resolve("mixed"), TinyAdapter.mixed(SmallModel.BERT));
        write(folder.resolve("mixed-fp16"), TinyAdapter.mixed(SmallModel.BERT), Precision.FP16);
        write(folder.resolve("mixed-int4"), TinyAdapter.mixed(SmallModel.BERT), Precision.INT4);
        write(folder.resolve("deberta"), SmallModel.DEBERTA, lsr, TinyAdapter.threeClasses());
        writeText(folder.resolve("llama-text"));
        writeAlone(folder.resolve("alone"), Precision.FP32);
        writeAlone(folder.resolve("alone-int4"), Precision.INT4);
    }

    private static void writeAlone(Path folder, Precision storage) throws IOException {
        try (AdapterSet adapters = AdaptersAloneTest.adapters(DataType.FLOAT)) {
            if (Files.exists(folder)) {
                return;
            }
            fill(adapters, storage);
            AdapterFolder.save(folder, adapters, storage);
            writeDeltas(folder, adapters);
        }
    }

    private static void writeText(Path folder) throws IOException {
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet adapters = TextAdapterTest.adapters(weights)) {
            if (Files.exists(folder)) {
                return;
            }
            fill(adapters, Precision.FP32);
            AdapterFolder.save(folder, TextAdapterTest.CARD, adapters);
            writeDeltas(folder, adapters);
        }
    }

    private static void write(Path folder, SmallModel family, LsrConfig config, TaskDescription task)
            throws IOException {
        write(folder, new TinyAdapter(family, config, DataType.FLOAT, task));
    }

    private static void write(Path folder, TinyAdapter made) throws IOException {
        write(folder, made, Precision.FP32);
    }

    private static void write(Path folder, TinyAdapter made, Precision storage) throws IOException {
        try (TinyAdapter tiny = made) {
            if (Files.exists(folder)) {
                return;
            }
            fill(tiny.adapters, storage);
            fill(tiny.head.values(), 12);
            AdapterFolder.save(folder, tiny.card, tiny.adapters, tiny.head, storage);
            writeDeltas(folder, tiny.adapters);
        }
    }

    private static void writeDeltas(Path folder, AdapterSet adapters) throws IOException {
        Map<String, INDArray> deltas = new LinkedHashMap<>();
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            deltas.put(
                    adapter.name(), delta(adapter.a().materialize(), adapter.b().materialize(), adapter.scaling()));
        }
        SafeTensors.write(folder.resolve(DELTAS), deltas, Map.of());
    }

    private static void fill(AdapterSet adapters, Precision storage) {
        fill(adapters.values(), 11);
        if (storage.isScaled()) {
            adapters.parameters().forEach(parameter -> makeExact(parameter.value()));
        }
    }

    private static void fill(INDArray values, long seed) {
        Random random = new Random(seed);
        for (long i = 0; i < values.length(); i++) {
            values.putScalar(i, (random.nextInt(17) - 8) / 8.0);
        }
    }

    /** With 7/8 the largest number of each factor matrix, its scale in INT4 is 1/8, and nothing is rounded. */
    private static void makeExact(INDArray value) {
        for (long i = 0; value.rank() == 3 && i < value.length(); i++) {
            boolean first = i % (value.size(1) * value.size(2)) == 0;
            value.putScalar(i, first ? 0.875 : Math.max(-0.875, Math.min(0.875, value.getDouble(i))));
        }
    }

    /** c·A·B by definition. */
    static INDArray delta(INDArray a, INDArray b, double scaling) {
        INDArray delta = Nd4j.zeros(DataType.FLOAT, a.size(0), b.size(1));
        for (int i = 0; i < a.size(0); i++) {
            for (int j = 0; j < b.size(1); j++) {
                double sum = 0;
                for (int k = 0; k < a.size(1); k++) {
                    sum += a.getDouble(i, k) * b.getDouble(k, j);
                }
                delta.putScalar(i, j, scaling * sum);
            }
        }
        return delta;
    }
}
