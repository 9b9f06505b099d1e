package org.lsradapt.cuda.internal.pass;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.ElementType;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.Product;
import org.lsradapt.cuda.internal.Products;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.cuda.internal.kernels.AttentionKernels;
import org.lsradapt.cuda.internal.kernels.BlockKernels;
import org.lsradapt.cuda.internal.kernels.ElementKernels;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.kernels.KroneckerKernels;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.cuda.internal.kernels.TileKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.VocabularyPass;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens passes on one device. The frozen weights of a model are uploaded when its first pass is opened, and stay until the
 * engine is closed; those of closed models are freed when another model begins. Calls of several threads, including those of
 * its passes, take turns.
 */
public final class Engine implements PassFactory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    final Device device;
    final Transfers transfers;
    final ElementKernels elements;
    final RowKernels rows;
    final AttentionKernels attention;
    final KroneckerKernels kronecker;
    final BlockKernels blocks;
    final Precision precision;
    private final TileKernels tiles;
    private final Products products;
    private final long freeBefore;
    /** Factors of a product, converted to the products' type. */
    private final Arena rounded;
    /** The last weight in blocks, widened. */
    final Arena widened;

    /** Inputs of the largest step of the training that begins; otherwise empty. */
    private List<ModelInput> largest = List.of();
    /** Inputs of the largest batch of that training's evaluations. */
    private List<ModelInput> evaluated = List.of();

    private final IdentityHashMap<TransformerWeights, DeviceWeights> models = new IdentityHashMap<>();

    private final Set<DevicePass> passes = new HashSet<>();
    private final Set<VocabularyRun> vocabularies = new HashSet<>();
    /** The memory of models whose training was announced. */
    private final IdentityHashMap<TransformerWeights, DryRun.Training> announced = new IdentityHashMap<>();
    /** The number of bytes that the training that begins will take. */
    private long pending;

    /** Loads the kernels; the device is closed with the engine. */
    public Engine(Device device, Precision precision) {
        this.device = device;
        this.precision = precision;
        rounded = new Arena(device);
        widened = new Arena(device);
        transfers = new Transfers(device);
        products = device.products();
        freeBefore = device.freeBytes();
        elements = new ElementKernels(device, KernelSources.load(device, "elements"));
        rows = new RowKernels(device, KernelSources.load(device, "rows"));
        attention = new AttentionKernels(device, KernelSources.load(device, "attention"));
        boolean isBrain = precision.operands() == ElementType.BF16;
        tiles = new TileKernels(device, KernelSources.load(device, TileKernels.module(precision)), precision);
        blocks = new BlockKernels(device, KernelSources.load(device, "blocks"), isBrain);
        kronecker = new KroneckerKernels(device, KernelSources.load(device, "kronecker"));
    }

    public synchronized void expect(List<ModelInput> step, List<ModelInput> ofEvaluation) {
        largest = List.copyOf(step);
        evaluated = List.copyOf(ofEvaluation);
        pending = 0;
    }

    @Override
    public synchronized void require(TransformerWeights weights, Optional<AdapterSet> adapters, Training training) {
        Supported.require(weights, adapters);
        freeClosed();
        DryRun.Training memory;
        try (DryRun dry = new DryRun(this, weights)) {
            memory = dry.training(on -> PassAdapters.of(on, adapters), training, largest, evaluated);
        }
        boolean hasWeights = models.containsKey(weights);
        memory.require(device, pending, hasWeights);
        if (!largest.isEmpty()) {
            pending += memory.passes() + (hasWeights ? 0 : memory.weights());
            announced.put(weights, memory);
            LOG.info("training on {} takes {}", device.description().name(), memory);
        }
    }

    @Override
    public synchronized Optional<VocabularyPass> vocabulary(
            FrozenWeight table, Optional<INDArray> bias, OptionalDouble cap) {
        VocabularyRun run = new VocabularyRun(this, table, bias, cap);
        vocabularies.add(run);
        return Optional.of(run);
    }

    /** Checks that {@code bytes} fit in addition to the passes of the training that begins. */
    void requireRoom(long bytes, String what) {
        TooLittleMemory.require(
                device,
                bytes + pending,
                "use smaller batches or checkpointing, or train on the CPU",
                "%s %s %s",
                what,
                pending == 0 ? "takes" : "and the model take",
                TooLittleMemory.gib(bytes + pending));
    }

    /** The number of bytes that products need in addition to their operands. */
    long scratch() {
        return rounded.bytes() + widened.bytes();
    }

    /** The number of bytes allocated since the engine was made. */
    public long allocated() {
        return freeBefore - device.freeBytes();
    }

    /** The tokens of the largest batch of announced trainings; 0 without any. */
    int mostTokens() {
        return announced.values().stream()
                .mapToInt(memory ->
                        Math.max(memory.step().tokens(), memory.evaluation().tokens()))
                .max()
                .orElse(0);
    }

    void closed(VocabularyRun run) {
        vocabularies.remove(run);
    }

    @Override
    public synchronized ModelPass open(
            TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training) {
        Supported.require(weights, adapters);
        DryRun.Pass counted = Optional.ofNullable(announced.get(weights))
                .map(training.isPresent() ? DryRun.Training::step : DryRun.Training::evaluation)
                .orElse(DryRun.Pass.NONE);
        return opened(weights, uploaded(weights), PassAdapters.of(this, adapters), training, Optional.empty(), counted);
    }

    private DevicePass opened(
            TransformerWeights weights,
            DeviceWeights uploaded,
            PassAdapters adapters,
            Optional<Training> training,
            Optional<DeviceCache> cache,
            DryRun.Pass counted) {
        DevicePass pass = new DevicePass(this, weights, uploaded, adapters, training, cache, counted);
        passes.add(pass);
        return pass;
    }

    @Override
    public synchronized NextTokenPass nextTokens(TransformerWeights weights, Backend backend) {
        return new DeviceGeneration(this, weights);
    }

    @Override
    public synchronized InferencePass inference(TransformerWeights weights, Backend backend) {
        return new DeviceInference(this, weights);
    }

    /** Returns 1: more passes would only wait for each other. */
    @Override
    public int atOnce() {
        return 1;
    }

    /**
     * Opens a pass for predictions.
     *
     * @param adapters closed with the pass
     * @param cache keys and values of earlier tokens, closed with the pass; empty for none
     * @throws IllegalArgumentException as {@link #open}
     * @throws TooLittleMemory if the model does not fit
     */
    DevicePass openServing(TransformerWeights weights, ServedAdapters adapters, Optional<DeviceCache> cache) {
        Supported.require(weights, Optional.empty());
        freeClosed();
        if (!models.containsKey(weights)) {
            try (DryRun dry = new DryRun(this, weights)) {
                TooLittleMemory.require(
                        device,
                        dry.weights(),
                        "compute on the CPU, or a smaller model",
                        "predicting takes %s for the model's layers",
                        TooLittleMemory.gib(dry.weights()));
            }
        }
        return opened(weights, uploaded(weights), adapters, Optional.empty(), cache, DryRun.Pass.NONE);
    }

    DeviceWeights uploaded(TransformerWeights weights) {
        return models.computeIfAbsent(weights, model -> new DeviceWeights(this, model));
    }

    /** Frees the memory of closed models, which no pass can read any more. */
    private void freeClosed() {
        List<TransformerWeights> closed =
                models.keySet().stream().filter(TransformerWeights::isClosed).toList();
        for (TransformerWeights weights : closed) {
            models.remove(weights).close();
            announced.remove(weights);
        }
    }

    void closed(DevicePass pass) {
        passes.remove(pass);
    }

    /**
     * A matrix in device memory.
     *
     * @param stride the distance between rows
     * @param type the type of the numbers, FLOAT or BF16
     */
    record Matrix(long address, int stride, ElementType type) {

        Matrix(long address, int stride) {
            this(address, stride, ElementType.F32);
        }

        Matrix from(int column) {
            return new Matrix(address + (long) type.bytes() * column, stride, type);
        }

        Matrix fromRow(int row) {
            return new Matrix(address + (long) type.bytes() * stride * row, stride, type);
        }
    }

    /**
     * Numbers [rows, width] that several products read.
     *
     * @param numbers address in FLOAT, or 0 for numbers that only products read
     * @param rounded the same in the products' type
     */
    record Factor(long numbers, Matrix rounded) {

        /** Where a norm writes both. */
        RowKernels.Output output() {
            return new RowKernels.Output(numbers, rounded.address() == numbers ? 0 : rounded.address());
        }
    }

    /** Room for a factor whose numbers are, or will be, at an address. */
    Factor room(long numbers, int rows, int width, Arena arena) {
        return new Factor(
                numbers,
                precision.operands() == ElementType.F32
                        ? new Matrix(numbers, width)
                        : new Matrix(
                                arena.take((long) ElementType.BF16.bytes() * rows * width), width, ElementType.BF16));
    }

    /** Room for a factor. */
    Factor room(int rows, int width, Arena arena) {
        return room(arena.floats(rows, width), rows, width, arena);
    }

    /** The factor of numbers that are not in the products' type yet. */
    Factor factor(long numbers, int rows, int width, Arena arena) {
        Factor factor = room(numbers, rows, width, arena);
        round(factor, rows, width);
        return factor;
    }

    /** Rounds a factor's numbers if products read another type. */
    void round(Factor factor, int rows, int width) {
        if (factor.rounded().type() == ElementType.BF16) {
            elements.castToBrain(factor.numbers(), factor.rounded().address(), rows, width, width);
        }
    }

    /** The kernels without relative embeddings: by tiles if these cover the heads. */
    PackedAttention attention(PackedAttention.Heads heads) {
        return tiles.cover(heads) ? tiles : attention;
    }

    /** The matrix in the products' type, in arena memory if its own type is another. */
    Matrix rounded(Matrix x, int rows, int columns, Arena arena) {
        if (x.type() == precision.operands()) {
            return x;
        }
        long to = arena.take((long) precision.operands().bytes() * rows * columns);
        elements.castToBrain(x.address(), to, rows, columns, x.stride());
        return new Matrix(to, columns, precision.operands());
    }

    /** y ← alpha·x·W + beta·y, for x [m, k] and W [k, n], or Wᵀ [n, k] if it is transposed. */
    void multiply(Matrix x, Matrix w, boolean transposed, Matrix y, int m, int n, int k, double alpha, double beta) {
        multiply(x, false, w, transposed, y, m, n, k, alpha, beta, 0);
    }

    /** y ← x·W + b, likewise; {@code bias} is the address of b, or 0. */
    void project(Matrix x, Matrix w, boolean transposed, long bias, Matrix y, int m, int n, int k) {
        multiply(x, false, w, transposed, y, m, n, k, 1, 0, bias);
    }

    /** y ← alpha·xᵀ·g + y, for x [k, m] and g [k, n]. */
    void collect(Matrix x, Matrix g, Matrix y, int m, int n, int k, double alpha) {
        multiply(x, true, g, false, y, m, n, k, alpha, 1, 0);
    }

    private void multiply(
            Matrix a,
            boolean transposeA,
            Matrix b,
            boolean transposeB,
            Matrix c,
            int m,
            int n,
            int k,
            double alpha,
            double beta,
            long bias) {
        rounded.clear();
        Matrix left = transposeA ? rounded(a, k, m, rounded) : rounded(a, m, k, rounded);
        Matrix right = transposeB ? rounded(b, n, k, rounded) : rounded(b, k, n, rounded);
        Product product = new Product(
                precision, m, n, k, transposeA, transposeB, left.stride(), right.stride(), c.stride(), alpha, beta);
        products.multiply(product, left.address(), right.address(), c.address(), bias);
    }

    /** Closes all passes and frees all of the device's memory, after the running prediction. */
    @Override
    public synchronized void close() {
        try (device) {
            List.copyOf(passes).forEach(DevicePass::close);
            List.copyOf(vocabularies).forEach(VocabularyRun::close);
            models.values().forEach(DeviceWeights::close);
            models.clear();
            rounded.close();
            widened.close();
        }
    }
}
