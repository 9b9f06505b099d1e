package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.kernels.KroneckerKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The LSR adapters of a set on a device. The vector of all parameters is uploaded, and the device materializes A and B. It
 * turns their gradients into the factors' gradients, whose vector is downloaded.
 */
final class DeviceAdapters implements PassAdapters {
    private final Engine engine;
    private final AdapterSet set;
    private final Arena memory;
    private final Arena scratch;
    /** The parameters of the last batch; without any yet, there are no gradients either. */
    private @Nullable LongSupplier values;

    private final long gradients;
    private final List<Sums> sums = new ArrayList<>();
    private final Map<String, Adapter> adapters = new HashMap<>();
    private final INDArray collected;

    /** An adapter, with the matrices in which the gradients of A and B accumulate. */
    record Adapter(LowRank product, Engine.Matrix gradA, Engine.Matrix gradB) {}

    /**
     * Sums of one shape, stacked in the set's order.
     *
     * @param factors the offset of each factor of the first sum in the vector of parameters
     * @param termWeights the offset of λ, or -1
     */
    private record Sums(
            KroneckerKernels.Shape shape, List<Long> factors, long termWeights, Engine.Factor dense, long gradDense) {

        long bytes() {
            return Float.BYTES * shape.length();
        }

        /** One of the stacked matrices, in the products' type. */
        Engine.Matrix matrix(int index) {
            return dense.rounded().fromRow((int) shape.rows() * index);
        }

        Engine.Matrix gradient(int index) {
            return new Engine.Matrix(gradDense, (int) shape.columns()).fromRow((int) shape.rows() * index);
        }

        int allRows() {
            return Math.multiplyExact(shape.n(), (int) shape.rows());
        }
    }

    private record Form(List<Integer> sizesA, List<Integer> sizesB, boolean termWeights) {}

    DeviceAdapters(Engine engine, AdapterSet set) {
        this.engine = engine;
        this.set = set;
        memory = new Arena(engine.device);
        scratch = new Arena(engine.device);
        gradients = memory.take(Float.BYTES * set.values().length());
        collected = set.gradients().ulike();
        Map<Form, List<LsrAdapter>> stacks = new LinkedHashMap<>();
        for (LayerAdapter adapter : set.adapters()) {
            if (adapter instanceof LsrAdapter lsr) {
                Form form = new Form(sizes(lsr.a()), sizes(lsr.b()), lsr.a().termWeights() != null);
                stacks.computeIfAbsent(form, key -> new ArrayList<>()).add(lsr);
            }
        }
        stacks.values().forEach(this::stack);
        beginStep();
    }

    private static List<Integer> sizes(KroneckerSum sum) {
        List<Integer> sizes = new ArrayList<>();
        sizes.add(sum.separationRank());
        for (INDArray factor : sum.factors()) {
            sizes.add((int) factor.size(1));
            sizes.add((int) factor.size(2));
        }
        return List.copyOf(sizes);
    }

    private void stack(List<LsrAdapter> members) {
        Sums a = sums(members.stream().map(LsrAdapter::a).toList());
        Sums b = sums(members.stream().map(LsrAdapter::b).toList());
        sums.add(a);
        sums.add(b);
        for (int m = 0; m < members.size(); m++) {
            LowRank product = new LowRank(
                    (int) a.shape().rows(),
                    (int) a.shape().columns(),
                    (int) b.shape().columns(),
                    members.get(m).scaling(),
                    a.matrix(m),
                    b.matrix(m));
            adapters.put(members.get(m).name(), new Adapter(product, a.gradient(m), b.gradient(m)));
        }
    }

    private Sums sums(List<KroneckerSum> members) {
        KroneckerSum first = members.get(0);
        List<int[]> sizes = new ArrayList<>();
        List<Long> factors = new ArrayList<>();
        for (int i = 0; i < first.factors().size(); i++) {
            INDArray factor = first.factors().get(i);
            sizes.add(new int[] {(int) factor.size(1), (int) factor.size(2)});
            factors.add(place(factor));
            for (int m = 0; m < members.size(); m++) {
                if (place(members.get(m).factors().get(i)) != place(factor) + m * factor.length()) {
                    throw new IllegalStateException(
                            "the adapters of one shape are not stacked in the order of their layers");
                }
            }
        }
        long termWeights = first.termWeights() == null ? -1 : place(first.termWeights());
        KroneckerKernels.Shape shape = new KroneckerKernels.Shape(members.size(), first.separationRank(), sizes);
        int rows = Math.multiplyExact(members.size(), (int) shape.rows());
        Engine.Factor dense = engine.room(rows, (int) shape.columns(), memory);
        return new Sums(shape, factors, termWeights, dense, memory.take(Float.BYTES * shape.length()));
    }

    /** The offset of an array in the vector of parameters. */
    private long place(INDArray array) {
        return array.offset() - set.values().offset();
    }

    @Override
    public PassAdapters on(Engine other) {
        return new DeviceAdapters(other, set);
    }

    @Override
    public boolean trains(String layer) {
        return adapters.containsKey(layer);
    }

    @Override
    public AdapterRun run(Arena arena, String layer, int use) {
        Adapter adapter = adapters.get(layer);
        return adapter == null ? AdapterRun.NONE : new TrainedAdapterRun(engine, arena, layer, use, adapter);
    }

    @Override
    public long bytes() {
        return memory.bytes() + scratch.bytes();
    }

    @Override
    public void ship(Shipment shipment) {
        values = shipment.add(set.values());
    }

    /** Builds A and B. */
    @Override
    public void materialize() {
        long at = values.getAsLong();
        for (Sums some : sums) {
            scratch.clear();
            engine.kronecker.materialize(
                    some.shape(),
                    addresses(at, some),
                    termWeights(at, some),
                    some.dense().numbers(),
                    scratch);
            engine.round(some.dense(), some.allRows(), (int) some.shape().columns());
        }
    }

    @Override
    public void beginStep() {
        for (Sums some : sums) {
            engine.device.fill(some.gradDense(), (byte) 0, some.bytes());
        }
    }

    @Override
    public void endStep() {
        reduce();
        engine.transfers.down(gradients, collected);
        set.gradients().addi(collected);
    }

    @Override
    public void reduce() {
        engine.device.fill(gradients, (byte) 0, Float.BYTES * set.values().length());
        if (values == null) {
            return;
        }
        long at = values.getAsLong();
        for (Sums some : sums) {
            scratch.clear();
            engine.kronecker.gradient(
                    some.shape(),
                    addresses(at, some),
                    termWeights(at, some),
                    some.gradDense(),
                    addresses(gradients, some),
                    termWeights(gradients, some),
                    scratch);
        }
    }

    private static long[] addresses(long vector, Sums some) {
        return some.factors().stream()
                .mapToLong(place -> vector + Float.BYTES * place)
                .toArray();
    }

    private static long termWeights(long vector, Sums some) {
        return some.termWeights() < 0 ? 0 : vector + Float.BYTES * some.termWeights();
    }

    @Override
    public void close() {
        memory.close();
        scratch.close();
        collected.close();
    }
}
