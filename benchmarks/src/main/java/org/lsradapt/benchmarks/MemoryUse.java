package org.lsradapt.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.lsr.planning.Candidate;
import org.lsradapt.lsr.planning.LayerShape;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.training.TrainingMemory;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Steps of training in a process of their own: what is predicted, what the process took, and the time of a step. */
final class MemoryUse {
    private static final int STEPS = 6;
    private static final int WARM_UP_STEPS = 2;

    private MemoryUse() {}

    /**
     * Measures.
     *
     * @param args {@code MODEL BATCH TOKENS keep|checkpointing [LAYERS]}, with a model as of {@link Measure}
     * @throws IOException if the model cannot be read
     */
    static void main(String[] args) throws IOException {
        String name = args[0];
        int batch = Integer.parseInt(args[1]);
        int tokens = Integer.parseInt(args[2]);
        boolean checkpointing = args[3].equals("checkpointing");
        int layers = args.length > 4 ? Integer.parseInt(args[4]) : 0;
        Backend backend = Backends.standard();
        try (INDArray x = Nd4j.rand(DataType.FLOAT, 64, 64);
                INDArray y = Nd4j.create(DataType.FLOAT, 64, 64)) {
            backend.gemm(x, false, x, false, 1, 0, y);
        }
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("bench", "memory");
        row.put("model", name);
        row.put("batch", batch);
        row.put("tokens", tokens);
        row.put("checkpointing", checkpointing);
        row.put("start_rss_mb", Measure.peakMegabytes());
        try (TransformerWeights weights = StepSubject.weights(name, layers, BasePrecision.F32)) {
            row.put("loading_peak_rss_mb", Measure.peakMegabytes());
            forgetPeak();
            List<FrozenLinear> adapted =
                    LayerSelector.regex(StepSubject.QUERY_AND_VALUE).select(weights.linearLayers());
            TrainingMemory predicted = TrainingMemory.builder(
                            weights.model(),
                            new Candidate(
                                    LsrConfig.defaults(),
                                    adapted.stream().map(LayerShape::of).toList()))
                    .config(TrainingConfig.builder()
                            .batchSize(batch)
                            .checkpointing(checkpointing)
                            .build())
                    .length(tokens)
                    .build();
            steps(weights, adapted, batch, tokens, checkpointing, row);
            row.put("predicted_mb", (predicted.total() - predicted.evaluation()) / 1_048_576);
            row.put("predicted_activations_mb", predicted.activations() / 1_048_576);
            row.put("predicted_weights_mb", predicted.frozenWeights() / 1_048_576);
            Measure.print(row);
        }
    }

    /** Waits until a collection has found the weights' mapped files; Linux counts the peak anew from here on. */
    private static void forgetPeak() throws IOException {
        for (int i = 0; i < 5; i++) {
            System.gc();
            LockSupport.parkNanos(400_000_000);
        }
        Path file = Path.of("/proc/self/clear_refs");
        if (Files.isWritable(file)) {
            Files.writeString(file, "5");
        }
    }

    private static void steps(
            TransformerWeights weights,
            List<FrozenLinear> adapted,
            int batch,
            int tokens,
            boolean checkpointing,
            Map<String, Object> row) {
        Backend backend = Backends.standard();
        try (AdapterSet adapters = AdapterSet.create(adapted, LsrConfig.defaults(), backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        adapters,
                        weights.model().isCausal()
                                ? new NextTokenObjective(weights, backend)
                                : SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend),
                        backend)) {
            model.checkpointing(checkpointing);
            AdamW optimizer = AdamW.builder().build();
            optimizer.addAll(model.trainable(), 5e-4);
            Random source = new Random(1);
            List<TokenSequence> sequences = StepSubject.texts(batch, tokens, source);
            List<Target> targets = Target.categories(
                    IntStream.range(0, batch).map(b -> source.nextInt(2)).toArray());
            double[] seconds = new double[STEPS];
            double loss = 0;
            try (Backend.Pass pass = model.openPass()) {
                for (int i = 0; i < STEPS; i++) {
                    long start = System.nanoTime();
                    loss = model.lossAndGradients(sequences, targets);
                    optimizer.step();
                    seconds[i] = (System.nanoTime() - start) / 1e9;
                }
            }
            row.put("loss", loss);
            row.put("step_s", Measure.median(seconds, WARM_UP_STEPS));
            row.put("peak_rss_mb", Measure.peakMegabytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
