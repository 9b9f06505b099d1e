package org.lsradapt.spark;

import java.util.Arrays;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;

/** What a task does with its share, on an executor. Spark sends the parameters to each executor once, with this. */
abstract class ShareFunction implements Function<byte[], byte[]> {
    private static final long serialVersionUID = 1L;

    private final String id;
    private final Broadcast<byte[]> training;
    private final float[][] parameters;

    /** Makes one. */
    @FunctionalInterface
    interface Maker {
        /**
         * Makes one.
         *
         * @param id of the training
         * @param training a {@link TrainingTask}
         * @param parameters the values of the trainable blocks: adapters and head, or the head alone
         */
        ShareFunction make(String id, Broadcast<byte[]> training, float[][] parameters);
    }

    private ShareFunction(String id, Broadcast<byte[]> training, float[][] parameters) {
        this.id = id;
        this.training = training;
        this.parameters = parameters;
    }

    @Override
    public final byte[] call(byte[] share) {
        return WorkerModels.withReplica(id, training, replica -> compute(replica, share, parameters));
    }

    abstract byte[] compute(Replica replica, byte[] share, float[][] values);

    /** From a {@link Share} to a {@link ShareResult}. */
    static final class Gradients extends ShareFunction {
        private static final long serialVersionUID = 1L;

        Gradients(String id, Broadcast<byte[]> training, float[][] parameters) {
            super(id, training, parameters);
        }

        @Override
        byte[] compute(Replica replica, byte[] share, float[][] values) {
            return Wire.bytes(replica.gradients(Wire.value(share, Share.class), values));
        }
    }

    /** From an array of {@link Share.Piece}s, each a batch, to a row of outputs per sequence. */
    static final class Outputs extends ShareFunction {
        private static final long serialVersionUID = 1L;

        Outputs(String id, Broadcast<byte[]> training, float[][] parameters) {
            super(id, training, parameters);
        }

        @Override
        byte[] compute(Replica replica, byte[] share, float[][] values) {
            return Wire.bytes(Arrays.stream(Wire.value(share, Share.Piece[].class))
                    .flatMap(batch -> Arrays.stream(replica.outputs(batch.inputs(), values)))
                    .toArray(double[][]::new));
        }
    }
}
