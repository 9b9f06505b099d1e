package org.lsradapt.cuda;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;
import org.lsradapt.cuda.internal.KernelSources;
import org.lsradapt.cuda.internal.KroneckerKernels;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.cuda.internal.Product;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastCopyOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Computes Kronecker sums, their gradients and matrix products on an NVIDIA GPU. Arrays are those of ND4J's CPU backend:
 * each call copies its operands to the device and its result back. FLOAT operands are multiplied in FLOAT, without TF32. The
 * backend keeps a call's device memory for the next call.
 *
 * <p>Safe for several threads, which wait for each other. The caller that opens it closes it.
 */
public final class CudaBackend implements Backend, AutoCloseable {
    private final Device device;
    private final Arena arena;
    private final KroneckerKernels single;
    private final KroneckerKernels dual;
    private boolean closed;

    /** Keeps the device and closes it. */
    CudaBackend(Device device) {
        InstalledNd4j.require();
        if (!InstalledNd4j.isCpu()) {
            throw new IllegalStateException(
                    "CudaBackend copies arrays of ND4J's CPU backend (nd4j-native), found another backend");
        }
        this.device = device;
        arena = new Arena(device);
        DeviceModule module = KernelSources.load(device, "kronecker");
        single = new KroneckerKernels(device, module, false);
        dual = new KroneckerKernels(device, module, true);
    }

    /**
     * Opens a device of this machine.
     *
     * @param ordinal the device's number, from 0
     * @return the backend
     * @throws IllegalStateException with a one-line message, if NVIDIA's driver, cuBLASLt or the device is missing, or the
     *     device's compute capability is below 8.0
     */
    public static CudaBackend open(int ordinal) {
        Device device = NativeDriver.load(new Libraries()).open(ordinal);
        try {
            device.products();
            return new CudaBackend(device);
        } catch (RuntimeException e) {
            try (device) {
                throw e;
            }
        }
    }

    @Override
    public String name() {
        return "cuda (" + device.description().name() + ")";
    }

    @Override
    public synchronized void materialize(List<INDArray> factors, @Nullable INDArray termWeights, INDArray out) {
        begin();
        KroneckerKernels.Shape shape = shape(factors);
        long result = room(out);
        kernels(out).materialize(shape, addresses(factors), upload(termWeights), result, arena);
        download(result, out);
    }

    @Override
    public synchronized void materializeGradient(
            List<INDArray> factors,
            @Nullable INDArray termWeights,
            INDArray gradOut,
            List<INDArray> gradFactors,
            @Nullable INDArray gradTermWeights) {
        begin();
        long[] results = gradFactors.stream().mapToLong(this::room).toArray();
        long weights = gradTermWeights == null ? 0 : room(gradTermWeights);
        kernels(gradOut)
                .gradient(
                        shape(factors),
                        addresses(factors),
                        upload(termWeights),
                        upload(gradOut),
                        results,
                        weights,
                        arena);
        for (int i = 0; i < results.length; i++) {
            download(results[i], gradFactors.get(i));
        }
        if (gradTermWeights != null) {
            download(weights, gradTermWeights);
        }
    }

    @Override
    public synchronized void gemm(
            INDArray a, boolean transposeA, INDArray b, boolean transposeB, double alpha, double beta, INDArray c) {
        begin();
        multiply(a, transposeA, b, transposeB, alpha, beta, c, c);
    }

    @Override
    public synchronized void addProduct(INDArray d, INDArray a, INDArray b, double alpha, INDArray c) {
        begin();
        multiply(a, false, b, false, alpha, 1, d, c);
    }

    /** C ← alpha·op(A)·op(B) + beta·D. */
    private void multiply(
            INDArray a,
            boolean transposeA,
            INDArray b,
            boolean transposeB,
            double alpha,
            double beta,
            INDArray d,
            INDArray c) {
        int m = Math.toIntExact(c.size(0));
        int n = Math.toIntExact(c.size(1));
        int k = Math.toIntExact(a.size(transposeA ? 0 : 1));
        Product.Type type = c.dataType() == DataType.DOUBLE ? Product.Type.F64 : Product.Type.F32;
        long result = beta == 0 ? room(c) : upload(d);
        Product product = Product.of(type, m, n, k, transposeA, transposeB, alpha, beta);
        device.products().multiply(product, upload(a), upload(b), result);
        download(result, c);
    }

    @Override
    public void fillRows(INDArray vector, INDArray out) {
        Nd4j.exec(new BroadcastCopyOp(out, vector, out, 1));
    }

    /** Frees the device's memory. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            arena.close();
            device.close();
        }
    }

    private void begin() {
        if (closed) {
            throw new IllegalStateException("CudaBackend is closed");
        }
        arena.clear();
    }

    private KroneckerKernels kernels(INDArray array) {
        return array.dataType() == DataType.DOUBLE ? dual : single;
    }

    private static KroneckerKernels.Shape shape(List<INDArray> factors) {
        INDArray first = factors.get(0);
        List<int[]> sizes = new ArrayList<>();
        for (INDArray factor : factors) {
            sizes.add(new int[] {Math.toIntExact(factor.size(2)), Math.toIntExact(factor.size(3))});
        }
        return new KroneckerKernels.Shape(Math.toIntExact(first.size(0)), Math.toIntExact(first.size(1)), sizes);
    }

    private long[] addresses(List<INDArray> arrays) {
        return arrays.stream().mapToLong(this::upload).toArray();
    }

    private long room(INDArray array) {
        return arena.take(bytes(array));
    }

    /** A copy on the device in 'c' order, or 0 for null. */
    private long upload(@Nullable INDArray array) {
        if (array == null) {
            return 0;
        }
        long address = room(array);
        if (Views.isContiguous(array)) {
            device.upload(host(array), address, bytes(array));
        } else {
            try (INDArray copy = array.dup('c')) {
                device.upload(host(copy), address, bytes(array));
            }
        }
        return address;
    }

    private void download(long address, INDArray array) {
        if (Views.isContiguous(array)) {
            device.download(address, host(array), bytes(array));
        } else {
            try (INDArray copy = Nd4j.create(array.dataType(), array.shape(), 'c')) {
                device.download(address, host(copy), bytes(array));
                array.assign(copy);
            }
        }
    }

    /** The address of a contiguous array's first number; ND4J's own address is that of the memory that views share. */
    private static long host(INDArray array) {
        return array.data().address() + array.offset() * array.dataType().width();
    }

    private static long bytes(INDArray array) {
        DataType type = array.dataType();
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IllegalArgumentException("CudaBackend: array is " + type + ", expected FLOAT or DOUBLE");
        }
        return array.length() * type.width();
    }
}
