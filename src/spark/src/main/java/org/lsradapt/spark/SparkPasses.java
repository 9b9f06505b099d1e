package org.lsradapt.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.inputs.ModelInput;
import scala.Tuple2;

/**
 * Runs passes on Spark's executors. A step is one job: its tokens are divided into the same number of shares for any number
 * of executors, each task gets the parameters and its share, and the gradients are added up in the order of the shares, in
 * double; many shares are added up in groups first. A task depends on nothing else, so a lost task is recomputed
 * bit-identically and counted once.
 */
final class SparkPasses implements PassExecutor, AutoCloseable {
    private final JavaSparkContext spark;
    private final BaseReference reference;
    private final BaseModel base;
    private final TrainingConfig config;
    private final int shares;
    private final long direct;
    private final String id = UUID.randomUUID().toString();
    private Optional<AdapterSet> adapters = Optional.empty();
    private Optional<Broadcast<byte[]>> training = Optional.empty();

    /** The bytes of results that the driver adds up alone; executors add up more (docs/background/scaling.md). */
    static final long DIRECT = 8 << 20;

    /** Up to this number, results are never added up in groups. */
    private static final int FEW = 4;

    /** Passes of one training; executors load {@code reference}. Beyond {@code direct} bytes they add results up. */
    SparkPasses(
            JavaSparkContext spark,
            BaseReference reference,
            BaseModel base,
            TrainingConfig config,
            int shares,
            long direct) {
        this.spark = spark;
        this.reference = reference;
        this.base = base;
        this.config = config;
        this.shares = shares;
        this.direct = direct;
    }

    /** Sets the trained adapters, before the first pass. */
    void adapters(AdapterSet set) {
        adapters = Optional.of(set);
    }

    @Override
    public void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated) {
        // Executors reject invalid inputs themselves, in their first step.
    }

    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        List<byte[]> todo = Share.divide(step, step.weight(model), model.dropout(), shares).stream()
                .map(Wire::bytes)
                .toList();
        JavaRDD<byte[]> computed =
                run(model, todo, (replica, share, values) -> replica.gradients(Wire.value(share, Share.class), values));
        long bytes = (long) Float.BYTES
                * todo.size()
                * model.trainable().stream().mapToLong(Parameter::count).sum();
        boolean alone = todo.size() <= FEW || bytes <= direct;
        Share.Result sum = Share.Result.sum((alone ? computed : inGroups(computed, todo.size())).collect());
        Blocks.write(
                sum.gradients(),
                model.trainable().stream().map(Parameter::gradient).toList());
        return sum.loss();
    }

    /** Adds results up on executors, in the order of the shares, in about √count groups of about √count results. */
    private static JavaRDD<byte[]> inGroups(JavaRDD<byte[]> results, int count) {
        int size = (int) Math.ceil(Math.sqrt(count));
        int groups = (count + size - 1) / size;
        return results.mapPartitionsWithIndex(
                        (share, only) -> Collections.singleton(new Tuple2<>(share, only.next()))
                                .iterator(),
                        true)
                .mapToPair(result -> new Tuple2<>(result._1() / size, result))
                // Group i has hash i, so it becomes partition i.
                .groupByKey(groups)
                .map(group -> Wire.bytes(
                        Share.Result.sum(StreamSupport.stream(group._2().spliterator(), false)
                                .sorted(Comparator.comparing(result -> result._1()))
                                .map(result -> result._2())
                                .toList())));
    }

    @Override
    public double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches) {
        List<byte[]> todo = IntStream.range(0, shares)
                .mapToObj(share -> new ArrayList<>(batches.subList((int) ((long) batches.size() * share / shares), (int)
                        ((long) batches.size() * (share + 1) / shares))))
                .filter(own -> !own.isEmpty())
                .map(own -> Wire.bytes(own.stream()
                        .map(batch -> Share.Piece.of(0, 0, batch, List.of()))
                        .toArray(Share.Piece[]::new)))
                .toList();
        return run(
                        model,
                        todo,
                        (replica, share, values) -> Arrays.stream(Wire.value(share, Share.Piece[].class))
                                .flatMap(batch -> Arrays.stream(replica.outputs(batch.inputs(), values)))
                                .toArray(double[][]::new))
                .collect()
                .stream()
                .flatMap(bytes -> Arrays.stream(Wire.value(bytes, double[][].class)))
                .toArray(double[][]::new);
    }

    /** Computes a share's message to the driver, on an executor. */
    @FunctionalInterface
    private interface Computation extends Serializable {
        Serializable of(Replica replica, byte[] share, float[][] parameters);
    }

    /** Runs tasks. Spark sends the parameters to each executor once, with the function. */
    private JavaRDD<byte[]> run(AdaptedModel model, List<byte[]> todo, Computation computation) {
        if (training.isEmpty()) {
            training = Optional.of(spark.broadcast(Wire.bytes(task((SequenceObjective) model.objective()))));
        }
        String name = id;
        Broadcast<byte[]> task = training.get();
        float[][] parameters =
                Blocks.read(model.trainable().stream().map(Parameter::value).toList());
        return spark.parallelize(todo, todo.size())
                .map(share -> WorkerModels.withReplica(
                        name, task, replica -> Wire.bytes(computation.of(replica, share, parameters))));
    }

    private Replica.Task task(SequenceObjective objective) {
        SequenceHead head = objective.head();
        List<String> labels =
                IntStream.range(0, head.outputs()).mapToObj(String::valueOf).toList();
        AdapterCard card = new AdapterCard(
                base.name(),
                base.modelType(),
                base.fingerprint(),
                TaskDescription.classification("training", labels, false),
                base.maxLength(),
                base.precision());
        try {
            AdapterFiles files =
                    AdapterFiles.of(folder -> AdapterFolder.save(folder, card, adapters.orElseThrow(), head));
            double[] classWeights = objective.classWeights().orElseGet(() -> new double[0]);
            return new Replica.Task(reference, files, classWeights, config.seed());
        } catch (IOException e) {
            throw new UncheckedIOException("training on Spark: " + e.getMessage(), e);
        }
    }

    /** Predicts in this process; executors predict with their own models. */
    @Override
    public PassFactory inference() {
        return LOCAL.inference();
    }

    @Override
    public String arithmetic() {
        return "Spark, " + shares + " shares";
    }

    @Override
    public void close() {
        training.ifPresent(Broadcast::destroy);
        WorkerModels.release(id);
    }
}
