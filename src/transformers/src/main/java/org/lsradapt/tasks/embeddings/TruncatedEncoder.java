package org.lsradapt.tasks.embeddings;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.lsr.internal.Require;

/** See {@link TextEncoder#truncated}. */
record TruncatedEncoder(TextEncoder whole, int dimensions) implements TextEncoder {
    private static final double LEAST_NORM = 1e-12;

    TruncatedEncoder {
        Require.argument(dimensions >= 1, "dimensions: found %d, expected at least 1", dimensions);
    }

    @Override
    public float[][] embed(List<String> texts) {
        return cut(whole.embed(texts));
    }

    @Override
    public float[][] embedQueries(List<String> queries) {
        return cut(whole.embedQueries(queries));
    }

    private float[][] cut(float[][] vectors) {
        float[][] shorter = new float[vectors.length][];
        for (int i = 0; i < vectors.length; i++) {
            Require.argument(
                    dimensions <= vectors[i].length,
                    "dimensions: found %d, but the model's embeddings have %d numbers",
                    dimensions,
                    vectors[i].length);
            shorter[i] = Arrays.copyOf(vectors[i], dimensions);
            double square = 0;
            for (float number : shorter[i]) {
                square += (double) number * number;
            }
            double norm = Math.max(LEAST_NORM, Math.sqrt(square));
            for (int c = 0; c < dimensions; c++) {
                shorter[i][c] = (float) (shorter[i][c] / norm);
            }
        }
        return shorter;
    }
}
