package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.RowKernels;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Block;
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
    private final Map<String, Layer> relative = new HashMap<>();

    private final long relativeEmbeddings;
    private final long probe;

    /**
     * A linear layer.
     *
     * @param weight W
     * @param bias address of b, or 0
     */
    record Layer(DeviceWeight weight, long bias, int in, int out) {

        /** A layer of some of its outputs; shares the memory. */
        Layer columns(int from, int count) {
            return new Layer(weight.columns(from, count), bias == 0 ? 0 : bias + (long) Float.BYTES * from, in, count);
        }

        /** y ← x·W + b. */
        void forward(Engine engine, long x, long y, int rows) {
            if (bias != 0) {
                engine.elements.fillRows(bias, y, rows, out, out);
            }
            weight.multiply(x, bias == 0 ? 0 : 1, y, rows);
        }

        /** gx ← gy·Wᵀ + beta·gx. */
        void backward(long gy, double beta, long gx, int rows) {
            weight.multiplyTransposed(gy, beta, gx, rows);
        }
    }

    /**
     * The layers of a block; query, key and value form one layer, and so do gate and up.
     *
     * @param projections queries, keys and values
     * @param output the layer behind attention
     * @param inner gate, if there is one, and up
     * @param down the layer behind the activation
     */
    record Layers(Layer projections, Layer output, Layer inner, Layer down) {}

    /**
     * The terms that distances add to scores.
     *
     * @param numbers address of [heads, 2·centre + 1]
     */
    record Bias(long numbers, int centre) {}

    DeviceWeights(Engine engine, TransformerWeights model) {
        this.engine = engine;
        arena = new Arena(engine.device);
        loading = new Arena(engine.device);
        try (TransformerWeights.Use use = model.use()) {
            List<Block> parts = model.model().blocks();
            for (int i = 0; i < parts.size(); i++) {
                Block block = parts.get(i);
                blocks.add(new Layers(
                        layer(model.queryKeyValue(i)),
                        layer(model.projection(block.attention().output())),
                        layer(model.inner(i)),
                        layer(model.projection(block.feedForward().down()))));
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
            pooling.ifPresent(part -> blocks.add(new Layers(
                    layer(model.queryKeyValue(parts.size())),
                    layer(model.projection(part.attention().output())),
                    layer(model.inner(parts.size())),
                    layer(model.projection(part.feedForward().down())))));
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

    private Layer layer(FrozenLinear linear) {
        int in = linear.inFeatures();
        int out = linear.outFeatures();
        long bias = linear.bias().map(this::vector).orElse(0L);
        return new Layer(DeviceWeight.upload(engine, linear.weight(), true, arena, loading), bias, in, out);
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
    Layer relative(Linear linear, Attention attention, int block) {
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

    /** The layers of a block; the index behind the last gives those of the pooling. */
    Layers block(int index) {
        return blocks.get(index);
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
    }
}
