package org.lsradapt.io;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arrays in memory as a source; each read is a copy. */
final class ArrayTensors implements TensorSource {

    private final Map<String, INDArray> arrays;

    /** Keeps the map by reference. */
    ArrayTensors(Map<String, INDArray> arrays) {
        this.arrays = arrays;
    }

    @Override
    public String location() {
        return "memory";
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(arrays.keySet());
    }

    @Override
    public long[] shape(String name) {
        return array(name).shape().clone();
    }

    @Override
    public DataType dataType(String name) {
        return array(name).dataType();
    }

    @Override
    public INDArray read(String name) {
        return array(name).dup('c').detach();
    }

    private INDArray array(String name) {
        INDArray array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException("there is no tensor '" + name + "'");
        }
        return array;
    }

    @Override
    public void close() {
        // The caller closes the arrays.
    }
}
