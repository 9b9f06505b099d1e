package org.lsradapt.encoder;

import org.lsradapt.lsr.backend.Buffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arrays that every layer of an encoder uses in turn. */
final class LayerScratch implements AutoCloseable {
    /** A product before its layer normalization; backwards, the gradient of the attention's result. */
    final Buffer sum;

    final Buffer firstInput;
    final Buffer gradInner;
    final Buffer gradQueryKeyValue;
    final Buffer gradFirstQueries;
    final Buffer gradAll;
    private final Buffer[] outputs;
    private final LayerMemory shared;

    LayerScratch(EncoderConfig config, DataType type) {
        int h = config.hidden();
        sum = new Buffer(type, h);
        firstInput = new Buffer(type, h);
        gradInner = new Buffer(type, config.intermediate());
        gradQueryKeyValue = new Buffer(type, 3L * h);
        gradFirstQueries = new Buffer(type, h);
        gradAll = new Buffer(type, h);
        outputs = new Buffer[] {new Buffer(type, h), new Buffer(type, h)};
        shared = LayerMemory.shared(config, type);
    }

    /** The memory of layers that keep nothing. */
    LayerMemory shared() {
        return shared;
    }

    /** The output array [rows, hidden] of a layer that keeps nothing; neighbouring layers have different ones. */
    INDArray output(int layer, long rows) {
        return outputs[layer % outputs.length].rows(rows);
    }

    @Override
    public void close() {
        for (Buffer buffer :
                new Buffer[] {sum, firstInput, gradInner, gradQueryKeyValue, gradFirstQueries, gradAll, outputs[0],
                    outputs[1]}) {
            buffer.close();
        }
        shared.close();
    }
}
