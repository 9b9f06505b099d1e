package org.lsradapt.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.TaskDescription;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Passes on Spark's executors. A step is one job: its tokens are divided into as many shares whatever the number of executors,
 * each task gets the parameters and its share, and the gradients are added up in the order of the shares, in double. A task
 * depends on nothing but that, so that one that is lost is computed again, to the bit, and counted once.
 */
final class SparkPasses implements PassExecutor, AutoCloseable {
    private final JavaSparkContext spark;
    private final BaseReference reference;
    private final BaseModel base;
    private final TrainingConfig config;
    private final int shares;
    private final String id = UUID.randomUUID().toString();
    private Optional<AdapterSet> adapters = Optional.empty();
    private Optional<Broadcast<byte[]>> training = Optional.empty();

    /**
     * Passes of one training.
     *
     * @param spark where
     * @param reference the base model, for the executors
     * @param base the base model, in the driver
     * @param config how is trained
     * @param shares into how many shares a step is divided
     */
    SparkPasses(
            JavaSparkContext spark, BaseReference reference, BaseModel base, TrainingConfig config, int shares) {
        this.spark = spark;
        this.reference = reference;
        this.base = base;
        this.config = config;
        this.shares = shares;
    }

    /** Tells it what is trained, before the first pass. */
    void adapters(AdapterSet set) {
        adapters = Optional.of(set);
    }

    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        List<byte[]> todo = Share.divide(step, step.weight(model), shares).stream()
                .map(Wire::bytes)
                .toList();
        List<ShareResult> results = run(model, todo, ShareFunction.Gradients::new).stream()
                .map(bytes -> Wire.value(bytes, ShareResult.class))
                .toList();
        List<INDArray> gradients =
                model.trainable().stream().map(Parameter::gradient).toList();
        for (int block = 0; block < gradients.size(); block++) {
            double[] sum = new double[(int) gradients.get(block).length()];
            for (ShareResult result : results) {
                float[] part = result.gradients[block];
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += part[i];
                }
            }
            Backends.standard().write(sum, gradients.get(block));
        }
        return results.stream().mapToDouble(result -> result.loss).sum();
    }

    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        List<byte[]> todo = IntStream.range(0, shares)
                .mapToObj(share -> new ArrayList<>(batches.subList(
                        (int) ((long) batches.size() * share / shares),
                        (int) ((long) batches.size() * (share + 1) / shares))))
                .filter(own -> !own.isEmpty())
                .map(own -> Wire.bytes(own.stream()
                        .map(batch -> new Share.Piece(0, 0, batch, new double[batch.size()]))
                        .toArray(Share.Piece[]::new)))
                .toList();
        return run(model, todo, ShareFunction.Outputs::new).stream()
                .flatMap(bytes -> Arrays.stream(Wire.value(bytes, double[][].class)))
                .toArray(double[][]::new);
    }

    private List<byte[]> run(AdaptedModel model, List<byte[]> todo, ShareFunction.Maker function) {
        if (training.isEmpty()) {
            training = Optional.of(spark.broadcast(Wire.bytes(task((SequenceObjective) model.objective()))));
        }
        float[][] parameters =
                Blocks.read(model.trainable().stream().map(Parameter::value).toList());
        return spark.parallelize(todo, todo.size())
                .map(function.make(training.get(), parameters))
                .collect();
    }

    private TrainingTask task(SequenceObjective objective) {
        SequenceHead head = objective.head();
        List<String> labels = IntStream.range(0, head.outputs()).mapToObj(String::valueOf).toList();
        AdapterCard card = new AdapterCard(
                base.name(),
                base.family().modelType(),
                base.fingerprint(),
                TaskDescription.classification("training", labels, false),
                base.maxLength(),
                base.precision());
        try {
            AdapterFiles files = AdapterFiles.of(folder -> AdapterFolder.save(folder, card, adapters.orElseThrow(), head));
            return new TrainingTask(
                    id, reference, files, objective.classWeights(), config.dropout(), config.seed());
        } catch (IOException e) {
            throw new UncheckedIOException("training on Spark: " + e.getMessage(), e);
        }
    }

    @Override
    public String arithmetic() {
        return "Spark, " + shares + " shares";
    }

    @Override
    public void close() {
        training.ifPresent(Broadcast::destroy);
        Executor.release(id);
    }
}
