package org.lsradapt.spark;

import java.util.Arrays;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** What a task does with its share, on an executor. Spark sends the parameters to each executor once, with this. */
abstract class ShareFunction implements Function<byte[], byte[]> {
    private static final long serialVersionUID = 1L;

    private final Broadcast<byte[]> training;
    private final float[][] parameters;

    /** Makes one. */
    @FunctionalInterface
    interface Maker {
        /**
         * Makes one.
         *
         * @param training a {@link TrainingTask}
         * @param parameters the values of the trainable blocks: adapters and head, or the head alone
         */
        ShareFunction make(Broadcast<byte[]> training, float[][] parameters);
    }

    private ShareFunction(Broadcast<byte[]> training, float[][] parameters) {
        this.training = training;
        this.parameters = parameters;
    }

    @Override
    public final byte[] call(byte[] share) {
        TrainingTask task = Wire.value(training.value(), TrainingTask.class);
        return Executor.withReplica(task, replica -> compute(replica, share, parameters));
    }

    abstract byte[] compute(Replica replica, byte[] share, float[][] values);

    /** From a {@link Share} to a {@link ShareResult}. */
    static final class Gradients extends ShareFunction {
        private static final long serialVersionUID = 1L;

        Gradients(Broadcast<byte[]> training, float[][] parameters) {
            super(training, parameters);
        }

        @Override
        byte[] compute(Replica replica, byte[] share, float[][] values) {
            return Wire.bytes(replica.gradients(Wire.value(share, Share.class), values));
        }
    }

    /** From an array of {@link Share.Piece}s, each a batch, to a row of outputs per sequence. */
    static final class Outputs extends ShareFunction {
        private static final long serialVersionUID = 1L;

        Outputs(Broadcast<byte[]> training, float[][] parameters) {
            super(training, parameters);
        }

        @Override
        byte[] compute(Replica replica, byte[] share, float[][] values) {
            return Wire.bytes(Arrays.stream(Wire.value(share, Share.Piece[].class))
                    .flatMap(batch -> Arrays.stream(replica.outputs(batch.inputs(), values)))
                    .toArray(double[][]::new));
        }
    }
}
