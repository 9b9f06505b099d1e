package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.TinyModels;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;

/** Whole trainings of a tiny model on the interpreted device, by the front door. */
class CudaTrainingIT {
    private static final List<LabelledText> TEXTS = List.of(
            LabelledText.of("hello world", "world"),
            LabelledText.of("hello cafe", "cafe"),
            LabelledText.of("world", "world"),
            LabelledText.of("cafe, hello", "cafe"),
            LabelledText.of("world hello", "world"));

    @TempDir
    Path folder;

    private final List<String> told = new ArrayList<>();
    private Path model;

    @BeforeEach
    void writeModel() throws IOException {
        model = TinyModels.writeBert(Files.createDirectory(folder.resolve("model")), 5);
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private TextClassifier.Training training(PassExecutor passes) {
        return TextClassifier.on(model.toString())
                .adapters(LsrConfig.lora(2, 4))
                .targets(LayerSelector.allLinear())
                .config(TrainingConfig.builder()
                        .epochs(3)
                        .batchSize(2)
                        .learningRate(0.02)
                        .dropout(0.2)
                        .build())
                .passes(passes);
    }

    /** The adapters' parameters after a training. */
    private float[] train(PassExecutor passes, Optional<Path> state, int killedAt) throws IOException {
        TextClassifier.Training training = training(passes).listener(new TrainingListener() {
            @Override
            public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
                told.add("resumed at " + step + " of " + steps);
            }

            @Override
            public void stepped(int step, int steps, double loss) {
                if (step > killedAt) {
                    throw new Killed();
                }
            }
        });
        state.ifPresent(where -> training.checkpoints(Checkpoints.in(where).every(2)));
        try (TextClassifier classifier = training.train(TEXTS, TEXTS)) {
            return classifier.adapters().orElseThrow().values().toFloatVector();
        }
    }

    private static CudaPasses open() {
        return new CudaPasses(new InterpretedDriver().open(0), CudaPasses.Products.FLOAT);
    }

    @Test
    void train_onTheDevice_isCloseToTheCpu() throws IOException {
        float[] cpu = train(PassExecutor.LOCAL, Optional.empty(), Integer.MAX_VALUE);
        try (CudaPasses passes = open()) {
            // Adam divides by the size of gradients, so that rounding of small ones counts.
            assertArrayEquals(cpu, train(passes, Optional.empty(), Integer.MAX_VALUE), 1e-3f);
        }
    }

    @Test
    void predict_onTheDevice_isThatOfTheCpuUntilAdaptersAreMerged() throws IOException {
        List<Example> texts = List.of(new Example("hello world", null), new Example("cafe", null));
        try (CudaPasses gpu = open();
                TextClassifier classifier = training(PassExecutor.LOCAL).train(TEXTS, TEXTS)) {
            double[][] here = classifier.outputs(texts);
            classifier.passes(gpu);
            double[][] there = classifier.outputs(texts);
            for (int i = 0; i < here.length; i++) {
                assertArrayEquals(here[i], there[i], 1e-5);
            }
            assertFalse(Arrays.deepEquals(here, there), "to the bit the same, expected sums in another order");
            try (InPlaceMerge merge = InPlaceMerge.of(classifier.adapters().orElseThrow())) {
                IllegalStateException e = assertThrows(IllegalStateException.class, () -> classifier.outputs(texts));
                assertTrue(
                        e.getMessage().startsWith("the adapters are merged into the base model's weights"),
                        e.getMessage());
                classifier.passes(PassExecutor.LOCAL);
                assertArrayEquals(here[0], classifier.outputs(texts)[0], 1e-5);
            }
        }
    }

    @Test
    void train_killedAndResumed_isTheSameToTheBit() throws IOException {
        float[] whole;
        try (CudaPasses passes = open()) {
            whole = train(passes, Optional.empty(), Integer.MAX_VALUE);
        }
        Optional<Path> state = Optional.of(folder.resolve("state"));
        try (CudaPasses passes = open()) {
            assertThrows(Killed.class, () -> train(passes, state, 4));
        }
        try (CudaPasses passes = open()) {
            assertArrayEquals(whole, train(passes, state, Integer.MAX_VALUE));
        }
        assertEquals(List.of("resumed at 4 of 9"), told);
    }
}
