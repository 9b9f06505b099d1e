package org.lsradapt.spark.internal;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Converts blocks of FLOAT parameters or gradients to and from plain arrays. */
public final class Blocks {
    private static final Backend BACKEND = Backends.standard();

    private Blocks() {}

    static float[][] read(List<INDArray> blocks) {
        float[][] values = new float[blocks.size()][];
        for (int i = 0; i < values.length; i++) {
            double[] exact = new double[(int) blocks.get(i).length()];
            BACKEND.read(blocks.get(i), exact);
            values[i] = rounded(exact);
        }
        return values;
    }

    static float[] rounded(double[] numbers) {
        float[] rounded = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            rounded[i] = (float) numbers[i];
        }
        return rounded;
    }

    static void write(float[][] values, List<INDArray> blocks) {
        for (int i = 0; i < values.length; i++) {
            double[] exact = new double[values[i].length];
            for (int j = 0; j < exact.length; j++) {
                exact[j] = values[i][j];
            }
            BACKEND.write(exact, blocks.get(i));
        }
    }
}
