package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The frozen weights of a model's blocks in device memory. Embeddings stay on the host. */
final class DeviceWeights implements AutoCloseable {
    private final Engine engine;
    private final Arena arena;
    /** Weights in FLOAT until the device has rounded them; freed after the last one. */
    private final Arena loading;

    private final List<Layers> blocks = new ArrayList<>();
    private final Map<Norm, RowKernels.Norm> norms = new HashMap<>();
    private final Map<Positions.Bucketed, Bias> biases = new HashMap<>();
    /** Layers that only project relative embeddings, by name. */
    private final Map<String, DeviceLayer> relative = new HashMap<>();

    private final long relativeEmbeddings;
    private final long probe;
    private final TransformerWeights model;
    /** The table for logits, uploaded when it is first needed. */
    private @Nullable DeviceTable table;

    /** The layers of a block; query, key and value form one layer, and so do gate and up. */
    record Layers(DeviceLayer projections, DeviceLayer output, DeviceLayer inner, DeviceLayer down) {}

    /** The terms that distances add to scores, at the address {@code numbers}, [heads, 2·centre + 1]. */
    record Bias(long numbers, int centre) {}

    DeviceWeights(Engine engine, TransformerWeights model) {
        this.engine = engine;
        this.model = model;
        arena = new Arena(engine.device);
        loading = new Arena(engine.device);
        try (TransformerWeights.Use use = model.use()) {
            List<Block> parts = model.model().blocks();
            for (int i = 0; i < parts.size(); i++) {
                Block block = parts.get(i);
                blocks.add(layers(i, block.attention(), block.feedForward()));
                if (block.attention().positions() instanceof Positions.Bucketed bucketed) {
                    biases.computeIfAbsent(bucketed, key -> bias(model.distanceBiases(key)));
                }
                if (block.attention().positions() instanceof Positions.Disentangled disentangled) {
                    Stream.concat(disentangled.keys().stream(), disentangled.queries().stream())
                            .filter(linear -> isOwn(linear, block.attention()))
                            .forEach(linear -> relative.put(linear.name(), layer(model.projection(linear))));
                }
            }
            INDArray distances = model.relativeEmbeddings();
            relativeEmbeddings = distances == null ? 0 : engine.transfers.up(distances, arena);
            Optional<AttentionPooling> pooling = model.model().pooling();
            pooling.ifPresent(part -> blocks.add(layers(parts.size(), part.attention(), part.feedForward())));
            probe = pooling.map(part -> vector(model.probe(part))).orElse(0L);
            for (Norm norm : model.model().norms()) {
                norms.computeIfAbsent(norm, key -> norm(model, key));
            }
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        } finally {
            loading.close();
        }
    }

    private Layers layers(int block, Attention attention, FeedForward feedForward) {
        return new Layers(
                layer(model.queryKeyValue(block)),
                layer(model.projection(attention.output())),
                layer(model.inner(block)),
                layer(model.projection(feedForward.down())));
    }

    private DeviceLayer layer(FrozenLinear linear) {
        long bias = linear.bias().map(this::vector).orElse(0L);
        return DeviceLayer.upload(engine, linear.weight(), bias, true, arena, loading);
    }

    private long vector(INDArray numbers) {
        return engine.transfers.up(
                numbers.reshape(numbers.length()).castTo(DataType.DOUBLE).toFloatVector(), arena);
    }

    private RowKernels.Norm norm(TransformerWeights model, Norm norm) {
        long beta = model.beta(norm).map(this::vector).orElse(0L);
        boolean rms = norm.kind() != Norm.Kind.LAYER;
        return new RowKernels.Norm(vector(model.gamma(norm)), beta, (float) norm.epsilon(), rms);
    }

    private Bias bias(double[][] heads) {
        int distances = heads[0].length;
        float[] numbers = new float[heads.length * distances];
        for (int head = 0; head < heads.length; head++) {
            for (int i = 0; i < distances; i++) {
                numbers[head * distances + i] = (float) heads[head][i];
            }
        }
        return new Bias(engine.transfers.up(numbers, arena), distances / 2);
    }

    private static boolean isOwn(Linear linear, Attention attention) {
        return !linear.equals(attention.key()) && !linear.equals(attention.query());
    }

    /** The layer that projects relative embeddings; it may be one of a block's own projections. */
    DeviceLayer relative(Linear linear, Attention attention, int block) {
        int queryWidth = attention.query().out();
        if (linear.equals(attention.query())) {
            return block(block).projections().columns(0, queryWidth);
        }
        return linear.equals(attention.key())
                ? block(block).projections().columns(queryWidth, attention.key().out())
                : relative.get(linear.name());
    }

    /** Address of the relative embeddings, row-major. */
    long relativeEmbeddings() {
        return relativeEmbeddings;
    }

    /** Address of a pooling's trained query. */
    long probe() {
        return probe;
    }

    /** The layers of a block; the index after the last gives those of the pooling. */
    Layers block(int index) {
        return blocks.get(index);
    }

    /** The table of a causal model's vocabulary; throws {@link TooLittleMemory} if it does not fit. */
    DeviceLayer logits() {
        if (table == null) {
            FrozenWeight vocabulary = model.vocabularyWeight().orElseThrow();
            int tokens = vocabulary.outFeatures();
            long bytes = DeviceTable.bytes(engine, vocabulary.inFeatures(), tokens);
            TooLittleMemory.require(
                    engine.device,
                    bytes,
                    "compute on the CPU, or a smaller model",
                    "the table for the logits of %,d tokens takes %s",
                    tokens,
                    TooLittleMemory.gib(bytes));
            table = DeviceTable.upload(engine, vocabulary, Optional.empty());
        }
        return table.layer();
    }

    RowKernels.Norm norm(Norm norm) {
        return norms.get(norm);
    }

    Bias bias(Positions.Bucketed bucketed) {
        return biases.get(bucketed);
    }

    long bytes() {
        return arena.bytes();
    }

    @Override
    public void close() {
        arena.close();
        if (table != null) {
            table.close();
        }
    }
}
