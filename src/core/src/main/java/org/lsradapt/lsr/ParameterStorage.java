package org.lsradapt.lsr;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** One vector of all parameters and one of all gradients, handed out piece by piece. */
final class ParameterStorage {
    final INDArray values;
    final INDArray gradients;
    private long used;

    ParameterStorage(DataType type, long length) {
        values = Nd4j.zeros(type, length);
        gradients = Nd4j.zeros(type, length);
    }

    long used() {
        return used;
    }

    /** The next piece of values and of gradients, values first. */
    INDArray[] next(long... shape) {
        long length = LongStream.of(shape).reduce(1, Math::multiplyExact);
        if (used + length > values.length()) {
            throw new IllegalStateException("adapter set: parameters of shape " + Arrays.toString(shape) + " after "
                    + used + " of " + values.length() + ", more than the adapters' shapes say");
        }
        INDArray[] views = {Views.piece(values, used, shape), Views.piece(gradients, used, shape)};
        used += length;
        return views;
    }
}
