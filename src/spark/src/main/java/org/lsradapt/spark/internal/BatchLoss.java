package org.lsradapt.spark.internal;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Computes the loss of a step's embeddings in the driver, and its gradient. For one thread. */
public final class BatchLoss implements AutoCloseable {
    private static final Backend BACKEND = Backends.standard();

    private final EmbeddingObjective objective;
    private final Objective.Run run;
    private final DataType type;
    private double value;

    BatchLoss(EmbeddingLoss loss, BaseModel base) {
        type = base.weights().dataType();
        objective = EmbeddingObjective.ofFeatures(base.weights().model().width(), type, loss, BACKEND);
        run = objective.open(layer -> LayerUpdate.NONE);
    }

    double value() {
        return value;
    }

    /** Computes a step's loss, and returns its sequences with the gradients of their unit vectors as targets. */
    TrainingStep given(TrainingStep step, List<double[][]> outputs, double total) {
        value = 0;
        List<List<TrainingExample>> batches = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            batches.add(given(step.batches().get(i), outputs.get(i), total));
        }
        return new TrainingStep(step.number(), step.epoch(), batches);
    }

    private List<TrainingExample> given(List<TrainingExample> batch, double[][] outputs, double total) {
        List<ModelInput> sequences =
                batch.stream().flatMap(item -> item.sequences().stream()).toList();
        List<Target> targets =
                batch.stream().flatMap(item -> item.targets().stream()).toList();
        double[] gradient = gradient(new Objective.Batch(sequences, targets), units(outputs), total);
        int width = outputs[0].length;
        List<TrainingExample> given = new ArrayList<>();
        int next = 0;
        for (TrainingExample item : batch) {
            List<Target> own = new ArrayList<>();
            for (int i = 0; i < item.sequences().size(); i++, next++) {
                own.add(new Target.Embedding(floats(gradient, next * width, width)));
            }
            given.add(new TrainingExample(item.sequences(), own));
        }
        return given;
    }

    private double[] gradient(Objective.Batch batch, double[] units, double total) {
        double[] gradient = new double[units.length];
        try (INDArray features = Nd4j.zeros(
                type, batch.sequences().size(), units.length / batch.sequences().size())) {
            BACKEND.write(units, features);
            Objective.Part part = run.loss(batch, features, total, true);
            value += part.loss();
            BACKEND.read(part.gradient(), gradient);
        }
        return gradient;
    }

    private static double[] units(double[][] vectors) {
        int width = vectors[0].length;
        double[] units = new double[vectors.length * width];
        for (int i = 0; i < vectors.length; i++) {
            double squares = 0;
            for (double number : vectors[i]) {
                squares += number * number;
            }
            for (int c = 0; c < width; c++) {
                units[i * width + c] = vectors[i][c] / Math.sqrt(squares);
            }
        }
        return units;
    }

    private static float[] floats(double[] numbers, int from, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) numbers[from + i];
        }
        return floats;
    }

    @Override
    public void close() {
        run.close();
    }
}
