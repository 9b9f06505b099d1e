package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.InputEmbeddings;
import org.lsradapt.transformer.ModelPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A pass on a device. The host looks up the embeddings and uploads them, the device computes the blocks for all tokens, and
 * the wanted hidden states are downloaded. Their gradient is uploaded and, at the end of a step, the factors' gradients are
 * downloaded. All memory of a batch is in one arena, which keeps its memory, so batches of a known shape allocate nothing.
 * Passes of one engine take turns.
 */
final class DevicePass implements ModelPass {
    private final Engine engine;
    private final TransformerWeights weights;
    private final Transformer model;
    private final PassAdapters adapters;
    private final Optional<DeviceCache> cache;

    private final Optional<PassFactory.Training> training;
    private final Arena arena;
    private final InputEmbeddings embeddings;
    private final IdentityHashMap<Positions.Rotary, DeviceRotation> rotations = new IdentityHashMap<>();
    private final List<BlockRun> blocks = new ArrayList<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private final Optional<NormRun> finalNorm;
    private final Optional<PoolingRun> pooling;
    private final DeviceWeights uploaded;
    private final int width;
    private final int lowestAdapted;
    private final Buffer out;

    /** The tokens of the largest batch whose memory was checked. */
    private int countedTokens;

    private DeviceBatch batch;
    private long[] inputs = {};
    private boolean closed;

    /**
     * Opens a pass.
     *
     * @param adapters closed with the pass
     * @param cache keys and values of earlier tokens, for the next tokens of one sequence, closed with the pass; empty for
     *     whole sequences
     * @param counted the memory of its largest batch, if that is known to fit
     */
    DevicePass(
            Engine engine,
            TransformerWeights weights,
            DeviceWeights uploaded,
            PassAdapters adapters,
            Optional<PassFactory.Training> training,
            Optional<DeviceCache> cache,
            DryRun.Pass counted) {
        this.engine = engine;
        this.cache = cache;
        this.adapters = adapters;
        this.weights = weights;
        this.training = training;
        this.uploaded = uploaded;
        model = weights.model();
        width = model.width();
        arena = new Arena(engine.device);
        if (counted.arena() > 0) {
            arena.reserve(counted.arena());
        }
        countedTokens = counted.tokens();
        embeddings = new InputEmbeddings(weights, Backends.standard());
        out = new Buffer(DataType.FLOAT, width);
        PassContext on = new PassContext(engine, arena, uploaded, this::adapter);
        int lowest = model.blocks().size();
        for (int i = 0; i < model.blocks().size(); i++) {
            Block block = model.blocks().get(i);
            if (lowest > i && model.linears(i).stream().anyMatch(linear -> adapters.trains(linear.name()))) {
                lowest = i;
            }
            DeviceRotation rotation = block.attention().positions() instanceof Positions.Rotary rotary
                    ? rotations.computeIfAbsent(rotary, key -> new DeviceRotation(key, engine))
                    : null;
            blocks.add(new BlockRun(on, block, i, rotation, cache));
        }
        lowestAdapted = lowest;
        finalNorm = model.finalNorm().map(on::norm);
        pooling = model.pooling().map(part -> new PoolingRun(on, part, blocks.size()));
    }

    /** Counts the uses of a layer in the same order as a pass in this process. */
    private AdapterRun adapter(Linear linear) {
        return adapters.run(arena, linear.name(), uses.merge(linear.name(), 1, Integer::sum));
    }

    @Override
    public void beginStep() {
        synchronized (engine) {
            adapters.beginStep();
        }
    }

    @Override
    public INDArray forward(TokenBatch tokens) {
        synchronized (engine) {
            INDArray states = out.rows(tokens.wantedRows().length);
            engine.transfers.down(hidden(tokens), states);
            return states;
        }
    }

    /** Checks that a batch larger than all before it fits. */
    private void count(TokenBatch tokens) {
        int capacity = cache.map(DeviceCache::capacity).orElse(0);
        DryRun.Pass memory;
        try (DryRun dry = new DryRun(engine, weights)) {
            memory = dry.pass(adapters::on, training, capacity, tokens);
        }
        boolean first = arena.bytes() == 0;
        long cached = cache.map(DeviceCache::bytes).orElse(0L);
        long more = memory.arena()
                - arena.bytes()
                + (first ? memory.beside() - adapters.bytes() - cached : 0)
                + Math.max(0, memory.scratch() - engine.scratch());
        TooLittleMemory.require(
                engine.device,
                more,
                "use smaller batches, or compute on the CPU",
                "a pass over %,d tokens takes %s more",
                tokens.tokens(),
                TooLittleMemory.gib(more));
        if (!first) {
            arena.reserve(memory.arena());
        }
        countedTokens = tokens.tokens();
    }

    /** Makes the next batch be checked whatever its size, because adapters are larger. */
    void countAgain() {
        countedTokens = 0;
    }

    Arena arena() {
        return arena;
    }

    /** Address of the wanted hidden states [rows, width], valid until the next call. */
    long hidden(TokenBatch tokens) {
        if (tokens.tokens() > countedTokens) {
            count(tokens);
        }
        return hidden(tokens, embeddings.forward(tokens));
    }

    /** The same from embeddings [tokens, width], without counting the batch's memory. */
    long hidden(TokenBatch tokens, INDArray embedded) {
        try (TransformerWeights.Use use = weights.use()) {
            arena.clear();
            Shipment shipment = new Shipment(engine.device);
            adapters.ship(shipment);
            batch = new DeviceBatch(tokens, model, training.map(PassFactory.Training::dropout), shipment);
            LongSupplier first = shipment.add(embedded);
            shipment.send(arena);
            adapters.materialize();
            batch.arrived(uploaded, width, engine, arena);
            inputs = new long[blocks.size() + 1];
            inputs[0] = first.getAsLong();
            // Without a backward pass, two outputs alternate.
            long[] outputs = {rows(tokens.tokens()), rows(tokens.tokens())};
            for (int i = 0; i < blocks.size(); i++) {
                boolean read = training.isPresent() && i + 1 >= lowestAdapted;
                inputs[i + 1] = read ? rows(tokens.tokens()) : outputs[i % 2];
                Arena.Mark mark = arena.mark();
                blocks.get(i).forward(batch, counted(tokens, i), inputs[i], inputs[i + 1]);
                if (!keeps(i)) {
                    arena.release(mark);
                }
            }
            long last = inputs[blocks.size()];
            return pooling.isPresent() ? pooled(tokens, last) : wanted(tokens, last);
        }
    }

    private long rows(int count) {
        return arena.floats(count, width);
    }

    /** The rows of a block: only wanted rows of the last block's output are read, unless a pooling reads all. */
    private DeviceBatch.Counted counted(TokenBatch tokens, int block) {
        boolean some = block == blocks.size() - 1 && pooling.isEmpty() && tokens.wantedRows().length < tokens.tokens();
        return some ? DeviceBatch.Counted.WANTED_OF_ALL : DeviceBatch.Counted.ALL;
    }

    /** Whether a block keeps the memory that its backward pass reads. */
    private boolean keeps(int block) {
        return training.isPresent() && !training.get().checkpointed() && block >= lowestAdapted;
    }

    private long pooled(TokenBatch tokens, long hidden) {
        if (tokens.wantedRows().length != tokens.size()) {
            throw new IllegalArgumentException("pass: " + tokens.wantedRows().length + " rows of " + tokens.size()
                    + " sequences are wanted, expected one of each, since the model pools");
        }
        long normed = hidden;
        if (finalNorm.isPresent()) {
            normed = rows(tokens.tokens());
            finalNorm
                    .get()
                    .forward(hidden, 0, RowKernels.Output.of(normed), RowKernels.Layout.of(tokens.tokens(), width));
        }
        return pooling.orElseThrow().forward(batch, normed);
    }

    private long wanted(TokenBatch tokens, long hidden) {
        int count = tokens.wantedRows().length;
        long gathered = rows(count);
        engine.rows.gather(hidden, batch.wantedRows(), gathered, count, width);
        long result = gathered;
        if (finalNorm.isPresent()) {
            result = rows(count);
            finalNorm.get().forward(gathered, 0, RowKernels.Output.of(result), RowKernels.Layout.of(count, width));
        }
        return result;
    }

    @Override
    public void backward(TokenBatch tokens, INDArray gradient) {
        synchronized (engine) {
            lockedBackward(tokens, gradient);
        }
    }

    private void lockedBackward(TokenBatch tokens, INDArray gradient) {
        boolean wanted = lowestAdapted < blocks.size();
        if (!wanted && pooling.stream().noneMatch(PoolingRun::isAdapted)) {
            return;
        }
        try (TransformerWeights.Use use = weights.use()) {
            long given = engine.transfers.up(gradient, arena);
            long g = wanted ? rows(tokens.tokens()) : 0;
            if (pooling.isPresent()) {
                pooling.get().backward(batch, given, g);
            }
            if (!wanted) {
                return;
            }
            if (pooling.isEmpty()) {
                scatter(tokens, given, g);
            } else {
                finalNorm.ifPresent(norm ->
                        norm.backward(g, 0, RowKernels.Output.of(g), RowKernels.Layout.of(tokens.tokens(), width)));
            }
            for (int i = blocks.size() - 1; i >= lowestAdapted; i--) {
                Arena.Mark mark = arena.mark();
                if (!keeps(i)) {
                    blocks.get(i).forward(batch, counted(tokens, i), inputs[i], rows(tokens.tokens()));
                }
                blocks.get(i).backward(batch, g, i > lowestAdapted);
                arena.release(mark);
            }
        }
    }

    /** Turns the gradient of the normed wanted hidden states into that of all hidden states. */
    private void scatter(TokenBatch tokens, long given, long g) {
        int count = tokens.wantedRows().length;
        finalNorm.ifPresent(
                norm -> norm.backward(given, 0, RowKernels.Output.of(given), RowKernels.Layout.of(count, width)));
        engine.device.fill(g, (byte) 0, (long) Float.BYTES * tokens.tokens() * width);
        engine.rows.scatter(given, batch.wantedRows(), g, count, width);
    }

    @Override
    public void endStep() {
        synchronized (engine) {
            adapters.endStep();
        }
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        synchronized (engine) {
            if (closed) {
                return;
            }
            closed = true;
            engine.closed(this);
            arena.close();
            rotations.values().forEach(DeviceRotation::close);
            adapters.close();
            cache.ifPresent(DeviceCache::close);
            embeddings.close();
            out.close();
        }
    }
}
