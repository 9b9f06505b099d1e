package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.RowKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.Dropout;
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
 * A pass on a device: embeddings are looked up on the host and go up, the blocks are computed there for all tokens, the wanted
 * hidden states come down; their gradient goes up, and at the end of a step the factors' gradients come down. All memory of a
 * batch is one arena's, which keeps what it needed, so that batches of a known shape allocate nothing.
 */
final class DevicePass implements ModelPass {
    private final Engine engine;
    private final TransformerWeights weights;
    private final Transformer model;
    private final Optional<DeviceAdapters> adapters;
    private final Optional<PassFactory.Training> training;
    private final Arena arena;
    private final InputEmbeddings embeddings;
    private final IdentityHashMap<Positions.Rotary, DeviceRotation> rotations = new IdentityHashMap<>();
    private final List<BlockRun> blocks = new ArrayList<>();
    private final Optional<NormRun> finalNorm;
    private final int width;
    private final int lowestAdapted;
    private final Buffer out;

    private DeviceBatch batch;
    private long[] inputs = {};
    private long wantedRows;
    private boolean closed;

    DevicePass(
            Engine engine,
            TransformerWeights weights,
            DeviceWeights uploaded,
            Optional<AdapterSet> set,
            Optional<PassFactory.Training> training) {
        this.engine = engine;
        this.weights = weights;
        this.training = training;
        model = weights.model();
        width = model.width();
        arena = new Arena(engine.device);
        adapters = set.map(adapted -> new DeviceAdapters(engine, adapted));
        embeddings = new InputEmbeddings(weights, Backends.standard());
        out = new Buffer(DataType.FLOAT, width);
        int lowest = model.blocks().size();
        for (int i = 0; i < model.blocks().size(); i++) {
            Function<Linear, AdapterRun> runs = this::adapter;
            Block block = model.blocks().get(i);
            if (lowest > i
                    && model.linears(i).stream()
                            .anyMatch(linear -> adapter(linear).isAdapted())) {
                lowest = i;
            }
            DeviceRotation rotation = block.attention().positions() instanceof Positions.Rotary rotary
                    ? rotations.computeIfAbsent(rotary, key -> new DeviceRotation(key, engine))
                    : null;
            blocks.add(new BlockRun(engine, arena, block, uploaded, i, runs, rotation));
        }
        lowestAdapted = lowest;
        finalNorm = model.finalNorm().map(norm -> new NormRun(engine, arena, uploaded.norm(norm)));
    }

    private AdapterRun adapter(Linear linear) {
        return new AdapterRun(engine, arena, linear.name(), adapters.flatMap(all -> all.find(linear.name())));
    }

    @Override
    public void beginStep() {
        adapters.ifPresent(DeviceAdapters::beginStep);
    }

    @Override
    public INDArray forward(TokenBatch tokens) {
        try (TransformerWeights.Use use = weights.use()) {
            arena.clear();
            adapters.ifPresent(DeviceAdapters::materialize);
            Optional<Dropout> dropout = training.map(PassFactory.Training::dropout);
            batch = new DeviceBatch(tokens, model, dropout, engine.transfers, arena);
            inputs = new long[blocks.size() + 1];
            inputs[0] = engine.transfers.up(embeddings.forward(tokens), arena);
            // Without a backward pass two take turns.
            long[] outputs = {rows(tokens.tokens()), rows(tokens.tokens())};
            for (int i = 0; i < blocks.size(); i++) {
                boolean read = training.isPresent() && i + 1 >= lowestAdapted;
                inputs[i + 1] = read ? rows(tokens.tokens()) : outputs[i % 2];
                Arena.Mark mark = arena.mark();
                blocks.get(i).forward(batch, some(tokens, i), inputs[i], inputs[i + 1]);
                if (!keeps(i)) {
                    arena.release(mark);
                }
            }
            return wanted(tokens, inputs[blocks.size()]);
        }
    }

    private long rows(int count) {
        return arena.take((long) Float.BYTES * count * width);
    }

    /** Whether wanted rows alone are read of a block's output. */
    private boolean some(TokenBatch tokens, int block) {
        return block == blocks.size() - 1 && tokens.wantedRows().length < tokens.tokens();
    }

    /** Whether a block keeps what its backward pass reads. */
    private boolean keeps(int block) {
        return training.isPresent() && !training.get().checkpointed() && block >= lowestAdapted;
    }

    /** The wanted hidden states, normed. */
    private INDArray wanted(TokenBatch tokens, long hidden) {
        int count = tokens.wantedRows().length;
        wantedRows = engine.transfers.up(tokens.wantedRows(), arena);
        long gathered = rows(count);
        engine.rows.gather(hidden, wantedRows, gathered, count, width);
        long result = gathered;
        if (finalNorm.isPresent()) {
            result = rows(count);
            finalNorm.get().forward(gathered, 0, result, RowKernels.Layout.of(count, width));
        }
        INDArray states = out.rows(count);
        engine.transfers.down(result, states);
        return states;
    }

    @Override
    public void backward(TokenBatch tokens, INDArray gradient) {
        if (lowestAdapted == blocks.size()) {
            return;
        }
        try (TransformerWeights.Use use = weights.use()) {
            int count = tokens.wantedRows().length;
            long given = engine.transfers.up(gradient, arena);
            finalNorm.ifPresent(norm -> norm.backward(given, 0, given, RowKernels.Layout.of(count, width)));
            long g = rows(tokens.tokens());
            engine.device.fill(g, (byte) 0, (long) Float.BYTES * tokens.tokens() * width);
            engine.rows.scatter(given, wantedRows, g, count, width);
            for (int i = blocks.size() - 1; i >= lowestAdapted; i--) {
                Arena.Mark mark = arena.mark();
                if (!keeps(i)) {
                    blocks.get(i).forward(batch, some(tokens, i), inputs[i], rows(tokens.tokens()));
                }
                blocks.get(i).backward(batch, g, i > lowestAdapted);
                arena.release(mark);
            }
        }
    }

    @Override
    public void endStep() {
        adapters.ifPresent(DeviceAdapters::endStep);
    }

    /** A second call does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        engine.closed(this);
        arena.close();
        rotations.values().forEach(DeviceRotation::close);
        adapters.ifPresent(DeviceAdapters::close);
        embeddings.close();
        out.close();
    }
}
