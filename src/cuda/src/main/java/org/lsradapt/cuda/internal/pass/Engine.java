package org.lsradapt.cuda.internal.pass;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.cuda.internal.AttentionKernels;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.ElementKernels;
import org.lsradapt.cuda.internal.KernelSources;
import org.lsradapt.cuda.internal.KroneckerKernels;
import org.lsradapt.cuda.internal.Product;
import org.lsradapt.cuda.internal.Products;
import org.lsradapt.cuda.internal.RowKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;

/**
 * Passes on one device. The frozen weights of a model are uploaded when its first pass is opened, and stay until this is closed.
 * For one thread at a time.
 */
public final class Engine implements PassFactory, AutoCloseable {
    final Device device;
    final Transfers transfers;
    final ElementKernels elements;
    final RowKernels rows;
    final AttentionKernels attention;
    final KroneckerKernels kronecker;
    private final Products products;
    private final IdentityHashMap<TransformerWeights, DeviceWeights> models = new IdentityHashMap<>();
    private final Set<DevicePass> passes = new HashSet<>();

    /**
     * An engine.
     *
     * @param device kept; closed with this
     */
    public Engine(Device device) {
        this.device = device;
        transfers = new Transfers(device);
        products = device.products();
        elements = new ElementKernels(device, KernelSources.load(device, "elements"), false);
        rows = new RowKernels(device, KernelSources.load(device, "rows"), false);
        attention = new AttentionKernels(device, KernelSources.load(device, "attention"), false);
        kronecker = new KroneckerKernels(device, KernelSources.load(device, "kronecker"), false);
    }

    @Override
    public ModelPass open(TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training) {
        Supported.require(weights, adapters);
        DeviceWeights uploaded = models.computeIfAbsent(weights, model -> new DeviceWeights(this, model));
        DevicePass pass = new DevicePass(this, weights, uploaded, adapters, training);
        passes.add(pass);
        return pass;
    }

    /** Tells that a pass is closed. */
    void closed(DevicePass pass) {
        passes.remove(pass);
    }

    /**
     * A matrix in device memory.
     *
     * @param address of its first number
     * @param stride distance between its rows
     */
    record Matrix(long address, int stride) {

        /** Columns from here on. */
        Matrix from(int column) {
            return new Matrix(address + (long) Float.BYTES * column, stride);
        }
    }

    /** y ← alpha·x·W + beta·y, for x [m, k] and W [k, n]. */
    void multiply(Matrix x, Matrix w, Matrix y, int m, int n, int k, double alpha, double beta) {
        multiply(x, w, y, m, n, k, false, false, alpha, beta);
    }

    /** y ← alpha·x·Wᵀ + beta·y, for x [m, k] and W [n, k]. */
    void multiplyTransposed(Matrix x, Matrix w, Matrix y, int m, int n, int k, double alpha, double beta) {
        multiply(x, w, y, m, n, k, false, true, alpha, beta);
    }

    /** y ← alpha·xᵀ·g + y, for x [k, m] and g [k, n]. */
    void collect(Matrix x, Matrix g, Matrix y, int m, int n, int k, double alpha) {
        multiply(x, g, y, m, n, k, true, false, alpha, 1);
    }

    private void multiply(
            Matrix a,
            Matrix b,
            Matrix c,
            int m,
            int n,
            int k,
            boolean transposeA,
            boolean transposeB,
            double alpha,
            double beta) {
        Product product = new Product(
                Product.Type.F32, m, n, k, transposeA, transposeB, a.stride(), b.stride(), c.stride(), alpha, beta);
        products.multiply(product, a.address(), b.address(), c.address());
    }

    /** Closes all passes and gives all of the device's memory back. */
    @Override
    public void close() {
        List.copyOf(passes).forEach(DevicePass::close);
        models.values().forEach(DeviceWeights::close);
        models.clear();
        device.close();
    }
}
