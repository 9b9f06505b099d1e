package org.lsradapt.io;

import java.util.Arrays;
import org.lsradapt.lsr.internal.Require;

/** Parts of tensors along their first dimension. */
final class TensorRows {

    private TensorRows() {}

    /** Returns the shape of a part as a new array, after checking the range. */
    static long[] shape(TensorSource source, String name, long from, long to) {
        long[] shape = source.shape(name);
        Require.argument(
                shape.length > 0 && 0 <= from && from < to && to <= shape[0],
                "%s: rows %d to %d of tensor '%s', which has shape %s",
                source.location(),
                from,
                to,
                name,
                Arrays.toString(shape));
        shape[0] = to - from;
        return shape;
    }
}
