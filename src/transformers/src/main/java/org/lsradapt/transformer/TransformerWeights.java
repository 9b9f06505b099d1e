package org.lsradapt.transformer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.CloseGuard;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.internal.EmbeddingTable;
import org.lsradapt.transformer.internal.NormWeights;
import org.lsradapt.transformer.internal.Rotation;
import org.lsradapt.transformer.internal.ScoreBias;
import org.lsradapt.transformer.internal.weights.ImagePositions;
import org.lsradapt.transformer.internal.weights.LoadedWeights;
import org.lsradapt.transformer.internal.weights.WeightLoader;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The frozen weights of a model, never written after loading. Layers that read the same input (query, key and value;
 * gate and up) lie side by side in one memory, so that one product computes them; {@link #linearLayers} shows them as
 * views under their own names.
 *
 * <p>Safe for use by many threads. Closing waits for running passes and frees the native memory; later passes are
 * refused.
 */
public final class TransformerWeights implements AutoCloseable {
    private final Transformer model;
    private final DataType type;
    private final LoadedWeights loaded;
    private final Map<Grid, INDArray> imageRows = new ConcurrentHashMap<>();
    private final CloseGuard guard = new CloseGuard("the base model is closed");
    /** Guarded by itself. */
    private final Map<Object, Attached<?>> attached = new HashMap<>();

    private record Attached<T>(T value, Consumer<T> close) {
        void free() {
            close.accept(value);
        }
    }

    /** Prevents the weights from being freed while it is open; for the thread that opened it. */
    @FunctionalInterface
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /** Numbers of patches of an image from top to bottom and from left to right. */
    private record Grid(int down, int across) {}

    /**
     * Loads a model.
     *
     * @param type FLOAT, or DOUBLE for checks
     * @throws IOException if the source fails or lacks a weight
     * @throws IllegalArgumentException if a weight's shape does not fit the model; the message names it
     */
    public TransformerWeights(Transformer model, WeightSource source, DataType type) throws IOException {
        this(model, source, type, BasePrecision.F32);
    }

    /**
     * Loads a model with a reduced precision of linear layers and of tables with a row per token id.
     *
     * @param type FLOAT, or DOUBLE for checks
     * @param precision the form in which weights are kept
     * @throws IOException if the source fails or lacks a weight
     * @throws IllegalArgumentException if a weight's shape does not fit the model or the precision's blocks, or the
     *     type is DOUBLE but the precision is not F32; the message names the weight or precision
     * @throws IllegalStateException if no usable ND4J backend is installed
     */
    public TransformerWeights(Transformer model, WeightSource source, DataType type, BasePrecision precision)
            throws IOException {
        this(model, source, type, keep -> new WeightLoader(type, precision, keep));
    }

    private TransformerWeights(
            Transformer model, WeightSource source, DataType type, Function<Consumer<INDArray>, WeightLoader> linears)
            throws IOException {
        InstalledNd4j.require();
        this.model = model;
        this.type = type;
        loaded = new LoadedWeights(model, type);
        try {
            loaded.load(source, linears.apply(loaded.owned::add));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Returns weights in FLOAT that have shapes only, for a pass that is only counted. */
    static TransformerWeights ofShapes(Transformer model) {
        Map<String, Tensor> tensors = model.tensors();
        WeightSource source = new WeightSource() {
            @Override
            public boolean has(String name) {
                return true;
            }

            @Override
            public INDArray read(String name) {
                return Memory.shapeOnly(DataType.FLOAT, tensors.get(name).sizes());
            }
        };
        try {
            return new TransformerWeights(model, source, DataType.FLOAT, keep -> new WeightLoader.OfShapes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The parts of the model. */
    public Transformer model() {
        return model;
    }

    /** The type of all weights. */
    public DataType dataType() {
        return type;
    }

    /**
     * The layers that can be adapted, by their Hugging Face names ({@code encoder.layer.0.attention.self.query} …), as
     * views of the weights.
     */
    public List<FrozenLinear> linearLayers() {
        return frozen(model.linears());
    }

    /**
     * The layers among {@link #linearLayers} that hidden states depend on. Only heads read the other layers, such as a
     * pooler.
     */
    public List<FrozenLinear> encoderLayers() {
        return frozen(model.encoderLinears());
    }

    private List<FrozenLinear> frozen(List<Linear> linears) {
        return linears.stream().flatMap(linear -> frozen(linear).stream()).toList();
    }

    /** Returns one of {@link #linearLayers} by its full name; empty if the model, or its source, does not have it. */
    public Optional<FrozenLinear> linearLayer(String name) {
        return model.linears().stream()
                .filter(linear -> linear.name().equals(name))
                .flatMap(linear -> frozen(linear).stream())
                .findFirst();
    }

    private Optional<FrozenLinear> frozen(Linear linear) {
        return Optional.ofNullable(loaded.projections.get(linear.name()));
    }

    /**
     * The weight whose product with a hidden state gives the logits of the next token.
     *
     * @return W [width, vocabulary]; empty for a model that does not predict tokens
     * @throws IllegalArgumentException if the model predicts tokens but its source lacks the weight
     */
    public Optional<FrozenWeight> vocabularyWeight() {
        model.vocabularyHead()
                .ifPresent(head -> Require.argument(
                        loaded.storedTables.containsKey(head.name()) || loaded.arrays.containsKey(head.name()),
                        "model weights: there is no '%s', expected one to predict tokens with, or a configuration that ties word"
                                + " embeddings",
                        head.name()));
        return model.vocabularyHead().map(head -> table(head).weight());
    }

    /** The weight [width, vocabulary] by which a vector is multiplied with each token's embedding; empty for images. */
    public Optional<FrozenWeight> embeddingWeight() {
        return model.words().map(words -> table(words).weight());
    }

    /** Returns a layer that every source has, under its own name. */
    public FrozenLinear projection(Linear linear) {
        return loaded.projections.get(linear.name());
    }

    /** The query of a pooling [width]; the array itself, which must not be written. */
    public INDArray probe(AttentionPooling pooling) {
        return loaded.arrays.get(pooling.probe().name()).reshape(pooling.probe().width());
    }

    /** Query, key and value of a block side by side; the index after the last block stands for the pooling. */
    public FrozenLinear queryKeyValue(int block) {
        return loaded.queryKeyValue.get(block);
    }

    /** Gate, if there is one, and up of a block side by side; the index after the last block stands for the pooling. */
    public FrozenLinear inner(int block) {
        return loaded.inner.get(block);
    }

    EmbeddingTable table(Table table) {
        StoredMatrix matrix = loaded.storedTables.get(table.name());
        return matrix == null
                ? new EmbeddingTable.Dense(loaded.arrays.get(table.name()))
                : new EmbeddingTable.Stored(matrix);
    }

    Optional<NormWeights> norm(Optional<Norm> norm) {
        return loaded.norm(norm);
    }

    NormWeights norm(Norm norm) {
        return loaded.norm(norm);
    }

    /**
     * γ of a normalization [width], for {@link Norm.Kind#RMS_FROM_ONE} 1 + γ; the array itself, which must not be
     * written.
     */
    public INDArray gamma(Norm norm) {
        return norm(norm).gamma();
    }

    /** β of a normalization [width]; the array itself, which must not be written; empty if there is none. */
    public Optional<INDArray> beta(Norm norm) {
        return Optional.ofNullable(norm(norm).beta());
    }

    /**
     * Returns the terms that distances add to scores.
     *
     * @param bucketed positions of one of the model's layers
     * @return for each query head 2c + 1 numbers; the term of distance δ = position of the query − position of the key
     *     is at c + δ, where c is the longest sequence's length minus one; the array itself
     */
    public double[][] distanceBiases(Positions.Bucketed bucketed) {
        return scoreBias(bucketed).numbers();
    }

    /**
     * Returns the terms added to the patches of an image: at special tokens, the token and its position; at registers,
     * the register; at patches, the position and the projection's bias.
     *
     * @return [tokens, width], kept with the model
     */
    INDArray imageRows(Embeddings.Patches patches, int height, int width) {
        int size = patches.patchSize();
        return imageRows.computeIfAbsent(
                new Grid(height / size, width / size), grid -> newImageRows(patches, grid.down, grid.across));
    }

    private INDArray newImageRows(Embeddings.Patches patches, int down, int across) {
        double[][] rows = ImagePositions.rows(
                loaded.arrays
                        .get(patches.positions().name())
                        .castTo(DataType.DOUBLE)
                        .toDoubleMatrix(),
                patches,
                down,
                across);
        for (int i = 0; i < patches.special().size(); i++) {
            add(loaded.arrays.get(patches.special().get(i).name()), rows[i]);
        }
        patches.registers().ifPresent(registers -> {
            double[][] numbers =
                    loaded.arrays.get(registers.name()).castTo(DataType.DOUBLE).toDoubleMatrix();
            System.arraycopy(numbers, 0, rows, patches.special().size(), numbers.length);
        });
        if (patches.patch().bias()) {
            for (int i = patches.leading(); i < rows.length; i++) {
                add(loaded.arrays.get(patches.patch().biasName()), rows[i]);
            }
        }
        INDArray array = Nd4j.createFromArray(rows).castTo(type);
        synchronized (loaded.owned) {
            loaded.owned.add(array);
        }
        return array;
    }

    private static void add(INDArray numbers, double[] to) {
        double[] added =
                numbers.castTo(DataType.DOUBLE).reshape(numbers.length()).toDoubleVector();
        for (int i = 0; i < to.length; i++) {
            to[i] += added[i];
        }
    }

    Rotation rotation(Positions.Rotary rotary) {
        return loaded.rotations.get(rotary);
    }

    ScoreBias scoreBias(Positions.Bucketed bucketed) {
        return loaded.scoreBiases.get(bucketed);
    }

    /** The relative embeddings [2·span, width], normalized if the model does so; must not be written; null for none. */
    public @Nullable INDArray relativeEmbeddings() {
        return loaded.relative;
    }

    /**
     * Keeps the weights from being freed: {@link #close} waits until the returned object is closed.
     *
     * @return an object that the same thread must close soon
     * @throws IllegalStateException if the weights are closed
     */
    public Use use() {
        return guard.enter()::close;
    }

    /**
     * Returns what all users of these weights share under a key; made on the first call, and closed with the weights.
     *
     * @param key a key of the type's own
     * @param close closes it; called before the weights are freed
     * @throws IllegalStateException if the weights are closed
     */
    @SuppressWarnings("unchecked")
    public <T> T attached(Object key, Supplier<T> made, Consumer<T> close) {
        try (Use use = use()) {
            synchronized (attached) {
                return (T) attached.computeIfAbsent(key, missing -> new Attached<>(made.get(), close)).value;
            }
        }
    }

    /** Whether the weights are closed and no longer in use. */
    public boolean isClosed() {
        return guard.isClosed();
    }

    /**
     * Frees the native memory once nothing uses it; a second call does nothing.
     *
     * @throws IllegalStateException if it is called inside a {@link #use}
     */
    @Override
    public void close() {
        List<Attached<?>> all;
        synchronized (attached) {
            all = List.copyOf(attached.values());
            attached.clear();
        }
        all.forEach(Attached::free);
        guard.close(() -> {
            for (INDArray array : loaded.owned) {
                if (!array.wasClosed()) {
                    array.close();
                }
            }
        });
    }
}
