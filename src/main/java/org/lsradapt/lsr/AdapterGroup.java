package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The adapters of one shape in a set: their factors lie stacked, [n, s, rows_i, cols_i], so that all materialize in one
 * call.
 */
final class AdapterGroup {

    /** Shape and configuration that adapters must share to be stacked. */
    record Shape(int in, int out, DataType type) {
        static Shape of(FrozenLinear layer) {
            return new Shape(layer.inFeatures(), layer.outFeatures(), layer.weight().dataType());
        }
    }

    final Side a;
    final Side b;

    AdapterGroup(Shape shape, int n, LsrConfig config, Storage storage) {
        List<Integer> rank = config.resolvedRankFactors();
        a = new Side(n, shape.type(), config, config.inFactors(shape.in()), rank, storage);
        b = new Side(n, shape.type(), config, rank, config.outFactors(shape.out()), storage);
    }

    static long parameters(Shape shape, int n, LsrConfig config) {
        List<Integer> rank = config.resolvedRankFactors();
        return Side.parameters(n, config, config.inFactors(shape.in()), rank)
                + Side.parameters(n, config, rank, config.outFactors(shape.out()));
    }

    void materialize(Backend backend) {
        backend.materialize(a.factors, a.termWeights, a.dense);
        backend.materialize(b.factors, b.termWeights, b.dense);
    }

    void collectGradients(Backend backend) {
        a.collectGradients(backend);
        b.collectGradients(backend);
    }

    void clearDenseGradients() {
        a.gradDense.assign(0);
        b.gradDense.assign(0);
    }

    void close() {
        a.close();
        b.close();
    }

    /** All A's or all B's of the group: stacked factors, dense matrices, and the gradients of both. */
    static final class Side {
        final List<INDArray> factors = new ArrayList<>();
        final List<INDArray> gradFactors = new ArrayList<>();
        final INDArray termWeights;
        final INDArray gradTermWeights;
        final INDArray dense;
        final INDArray gradDense;

        Side(int n, DataType type, LsrConfig config, List<Integer> rows, List<Integer> cols, Storage storage) {
            int s = config.separationRank();
            long denseRows = 1;
            long denseCols = 1;
            for (int i = 0; i < rows.size(); i++) {
                long[] shape = {n, s, rows.get(i), cols.get(i)};
                INDArray[] views = storage.next(shape);
                factors.add(views[0]);
                gradFactors.add(views[1]);
                denseRows *= rows.get(i);
                denseCols *= cols.get(i);
            }
            INDArray[] weights = config.termWeights() ? storage.next(n, s) : new INDArray[2];
            termWeights = weights[0];
            gradTermWeights = weights[1];
            dense = Nd4j.zeros(type, n, denseRows, denseCols);
            gradDense = Nd4j.zeros(type, n, denseRows, denseCols);
        }

        static long parameters(int n, LsrConfig config, List<Integer> rows, List<Integer> cols) {
            long perTerm = config.termWeights() ? 1 : 0;
            for (int i = 0; i < rows.size(); i++) {
                perTerm += (long) rows.get(i) * cols.get(i);
            }
            return perTerm * n * config.separationRank();
        }

        void collectGradients(Backend backend) {
            backend.materializeGradient(factors, termWeights, gradDense, gradFactors, gradTermWeights);
        }

        void close() {
            dense.close();
            gradDense.close();
        }
    }

    /** One vector of all parameters and one of all gradients, handed out piece by piece. */
    static final class Storage {
        final INDArray values;
        final INDArray gradients;
        private long used;

        Storage(DataType type, long length) {
            values = Nd4j.zeros(type, length);
            gradients = Nd4j.zeros(type, length);
        }

        INDArray[] next(long... shape) {
            long length = LongStream.of(shape).reduce(1, Math::multiplyExact);
            INDArray[] views = {Views.piece(values, used, shape), Views.piece(gradients, used, shape)};
            used += length;
            return views;
        }
    }
}
