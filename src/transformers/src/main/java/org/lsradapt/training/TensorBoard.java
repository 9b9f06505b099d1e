package org.lsradapt.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.internal.frameworks.EventFile;
import org.lsradapt.io.internal.frameworks.EventFile.Scalars;
import org.lsradapt.training.settings.TrainingPlan;

/**
 * Writes TensorBoard event files: {@code loss/train}, {@code learning_rate/adapters} and {@code learning_rate/head} of each step,
 * {@code loss/contrast} and {@code loss/head} of the steps before the epochs, and {@code eval/METRIC} of each evaluation.
 *
 * <pre>{@code
 * TextClassifier.on("minilm").listener(TensorBoard.in(Path.of("tensorboard/lsr-1"))).train(data);
 * }</pre>
 *
 * <p>A folder holds one training. A training that resumes from a checkpoint removes the records after the checkpoint and continues the
 * file; one that starts from the beginning replaces the file. A file that cannot be written ends the training with an
 * {@link UncheckedIOException}. Not thread-safe.
 */
public final class TensorBoard implements TrainingListener {
    private static final String FILE = "events.out.tfevents.lsr-adapt";
    private static final String HEAD_LOSS = "loss/head";
    private static final String CONTRAST_LOSS = "loss/contrast";
    private static final String EVALUATION = "eval/";

    private final Path file;
    private Map<String, Double> rates = Map.of();
    private boolean begun;

    private TensorBoard(Path file) {
        this.file = file;
    }

    /** Writes into one training's folder, created if missing; TensorBoard names the run after it. */
    public static TensorBoard in(Path folder) {
        return new TensorBoard(folder.resolve(FILE));
    }

    @Override
    public void started(TrainingPlan plan) {
        begun = false;
    }

    @Override
    public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
        if (!Files.exists(file)) {
            begin();
        }
        begun = true;
        List<Integer> missing =
                new ArrayList<>(evaluations.stream().map(EvaluationResult::step).toList());
        write(() -> EventFile.retain(file, scalars -> isBefore(scalars, step, missing)));
        evaluations.stream().filter(result -> missing.contains(result.step())).forEach(this::write);
    }

    /** Whether a record was written before the checkpoint; removes the step of such an evaluation from the list. */
    private static boolean isBefore(Scalars scalars, int step, List<Integer> missing) {
        if (scalars.values().keySet().stream().anyMatch(tag -> tag.startsWith(EVALUATION))) {
            return missing.remove((Integer) (int) scalars.step());
        }
        return scalars.values().containsKey(HEAD_LOSS)
                || scalars.values().containsKey(CONTRAST_LOSS)
                || scalars.step() <= step;
    }

    @Override
    public void contrasted(int step, int steps, double loss) {
        write(step, Map.of(CONTRAST_LOSS, loss));
    }

    @Override
    public void headStepped(int step, int steps, double loss) {
        write(step, Map.of(HEAD_LOSS, loss));
    }

    @Override
    public void learningRates(int step, Map<String, Double> ofParts) {
        rates = ofParts;
    }

    @Override
    public void stepped(int step, int steps, double loss) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("loss/train", loss);
        rates.forEach((part, rate) -> values.put("learning_rate/" + part, rate));
        write(step, values);
    }

    @Override
    public void evaluated(EvaluationResult result, boolean best) {
        write(result);
    }

    private void write(EvaluationResult result) {
        Map<String, Double> values = new LinkedHashMap<>();
        result.metrics().forEach((metric, value) -> values.put(EVALUATION + metric, value));
        write(result.step(), values);
    }

    private void write(int step, Map<String, Double> values) {
        if (!begun) {
            begin();
        }
        Map<String, Float> floats = new LinkedHashMap<>();
        values.forEach((tag, value) -> floats.put(tag, value.floatValue()));
        write(() -> EventFile.append(file, new Scalars(now(), step, floats)));
    }

    private void begin() {
        write(() -> EventFile.create(file, now()));
        begun = true;
    }

    private static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }

    private static void write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
