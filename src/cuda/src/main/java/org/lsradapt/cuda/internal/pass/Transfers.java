package org.lsradapt.cuda.internal.pass;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

final class Transfers {
    private final Device device;
    /** True on a {@link MeasuringDevice}, where large arrays need not be built. */
    private final boolean measures;

    Transfers(Device device) {
        this.device = device;
        measures = device instanceof MeasuringDevice;
    }

    /** Uploads a frozen weight in FLOAT, row-major. */
    long up(FrozenWeight weight, int in, int out, Arena arena) {
        long to = arena.floats(in, out);
        if (!measures) {
            try (INDArray dense = Nd4j.createUninitialized(DataType.FLOAT, new long[] {in, out}, 'c')) {
                weight.copyTo(dense);
                up(dense, to);
            }
        }
        return to;
    }

    void up(StoredMatrix matrix, long to) {
        device.upload(Pointer.nativeValue(Native.getDirectBufferPointer(matrix.memory())), to, matrix.bytes());
    }

    /** The address of an array's first number; ND4J's own address is that of the memory that views share. */
    static long address(INDArray array) {
        return array.data().address() + array.offset() * array.dataType().width();
    }

    static long bytes(INDArray array) {
        return array.length() * array.dataType().width();
    }

    void up(INDArray array, long to) {
        if (Views.isContiguous(array)) {
            device.upload(address(array), to, bytes(array));
        } else {
            try (INDArray copy = array.dup('c')) {
                device.upload(address(copy), to, bytes(copy));
            }
        }
    }

    long up(INDArray array, Arena arena) {
        long to = arena.take(bytes(array));
        up(array, to);
        return to;
    }

    /** Downloads into a contiguous array in 'c' order. */
    void down(long from, INDArray array) {
        device.download(from, address(array), bytes(array));
    }

    double[] down(long from, int count) {
        double[] numbers = new double[count];
        try (Memory host = memory((long) Float.BYTES * count)) {
            device.download(from, Pointer.nativeValue(host), (long) Float.BYTES * count);
            for (int i = 0; i < count; i++) {
                numbers[i] = host.getFloat((long) Float.BYTES * i);
            }
        }
        return numbers;
    }

    long up(float[] numbers, Arena arena) {
        try (Memory host = memory((long) Float.BYTES * numbers.length)) {
            host.write(0, numbers, 0, numbers.length);
            long to = arena.take(host.size());
            device.upload(Pointer.nativeValue(host), to, host.size());
            return to;
        }
    }

    /** Allocates host memory, at least one byte. */
    private static Memory memory(long bytes) {
        return new Memory(Math.max(1, bytes));
    }
}
