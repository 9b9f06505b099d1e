package org.lsradapt.spark.internal;

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
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
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
 *
 * <p>A loss of embeddings depends on all texts of a batch. Its step is two jobs, as with a gradient cache: the first computes
 * embeddings, of which the driver computes the loss and its gradient; the second computes the embeddings again, and the
 * gradients of the parameters.
 */
public final class SparkPasses implements PassExecutor, AutoCloseable {
    private final JavaSparkContext spark;
    private final BaseReference reference;
    private final BaseModel base;
    private final ReplicaLosses losses;
    private final Optional<BatchLoss> batchLoss;
    private final TrainingConfig config;
    private final int shares;
    private final long direct;
    private final String id = UUID.randomUUID().toString();
    private Optional<AdapterSet> adapters = Optional.empty();
    private Optional<Broadcast<byte[]>> training = Optional.empty();

    /** The bytes of results that the driver adds up alone; executors add up more (docs/background/scaling.md). */
    public static final long DIRECT = 8 << 20;

    /** Up to this number, results are never added up in groups. */
    private static final int FEW = 4;

    /** Passes of one training; executors load {@code reference}. Beyond {@code direct} bytes they add results up. */
    public SparkPasses(
            JavaSparkContext spark,
            BaseReference reference,
            BaseModel base,
            ReplicaLosses losses,
            TrainingConfig config,
            int shares,
            long direct) {
        this.spark = spark;
        this.reference = reference;
        this.base = base;
        this.losses = losses;
        batchLoss = losses.ofBatch().map(loss -> new BatchLoss(loss, base));
        this.config = config;
        this.shares = shares;
        this.direct = direct;
    }

    /** Sets the trained adapters, before the first pass. */
    public void adapters(AdapterSet set) {
        adapters = Optional.of(set);
    }

    @Override
    public void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated) {
        // Executors reject invalid inputs themselves, in their first step.
    }

    @Override
    public double gradients(AdaptedModel model, TrainingStep step) {
        if (batchLoss.isEmpty()) {
            return sum(model, step, step.weight(model));
        }
        BatchLoss loss = batchLoss.get();
        TrainingStep given = loss.given(step, stepOutputs(model, step), step.weight(model));
        sum(model, given, 1);
        return loss.value();
    }

    /** Fills the gradients with the sums of those of all shares, and returns the sum of their losses. */
    private double sum(AdaptedModel model, TrainingStep step, double weight) {
        List<byte[]> todo = bytes(Share.divide(step, weight, model.dropout(), shares));
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

    private static List<byte[]> bytes(List<Share> shares) {
        return shares.stream().map(Wire::bytes).toList();
    }

    /** Computes the outputs of a step's sequences, batch by batch, with the dropout of the step. */
    private List<double[][]> stepOutputs(AdaptedModel model, TrainingStep step) {
        List<byte[]> todo = bytes(Share.divide(step, 1, model.dropout(), shares));
        List<double[][][]> parts = run(
                        model,
                        todo,
                        (replica, share, values) -> replica.outputs(Wire.value(share, Share.class), values))
                .collect()
                .stream()
                .map(bytes -> Wire.value(bytes, double[][][].class))
                .toList();
        return IntStream.range(0, step.batches().size())
                .mapToObj(batch -> parts.stream()
                        .flatMap(part -> Arrays.stream(part[batch]))
                        .toArray(double[][]::new))
                .toList();
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
            training = Optional.of(spark.broadcast(Wire.bytes(task(model.objective()))));
        }
        String name = id;
        Broadcast<byte[]> task = training.get();
        float[][] parameters =
                Blocks.read(model.trainable().stream().map(Parameter::value).toList());
        return spark.parallelize(todo, todo.size())
                .map(share -> WorkerModels.withReplica(
                        name, task, replica -> Wire.bytes(computation.of(replica, share, parameters))));
    }

    private Replica.Task task(Objective objective) {
        try {
            AdapterFiles files = losses.ofBatch().isPresent()
                    ? AdapterFiles.of(folder -> AdapterFolder.save(folder, embeddings(), adapters.orElseThrow()))
                    : AdapterFiles.of(folder -> AdapterFolder.save(
                            folder,
                            ofHead(),
                            adapters.orElseThrow(),
                            losses.head().apply(objective)));
            return new Replica.Task(reference, files, losses.remade().apply(objective), config.seed());
        } catch (IOException e) {
            throw new UncheckedIOException("training on Spark: " + e.getMessage(), e);
        }
    }

    private AdapterCard ofHead() {
        return new AdapterCard(
                base.name(), base.modelType(), base.fingerprint(), losses.task(), base.maxLength(), base.precision());
    }

    private AdapterCard embeddings() throws IOException {
        EmbeddingSettings settings = base.embeddingSettings();
        return new AdapterCard(
                base.name(),
                base.modelType(),
                base.encoderFingerprint(),
                losses.task(),
                settings.maxLength(),
                Optional.of(settings),
                base.precision());
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
        batchLoss.ifPresent(BatchLoss::close);
        WorkerModels.release(id);
    }
}
