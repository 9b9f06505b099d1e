package org.lsradapt.transformer.internal.weights;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.NormWeights;
import org.lsradapt.transformer.internal.PlainKernels;
import org.lsradapt.transformer.internal.Rotation;
import org.lsradapt.transformer.internal.ScoreBias;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The arrays of a model as {@link TransformerWeights} has them after loading. Their owner closes them. */
public final class LoadedWeights {
    public final Map<String, INDArray> arrays = new HashMap<>();
    public final Map<String, StoredMatrix> storedTables = new HashMap<>();
    public final Map<String, FrozenLinear> projections = new HashMap<>();
    /** The query, key and value layers of each block, then those of the pooling. */
    public final List<FrozenLinear> queryKeyValue = new ArrayList<>();
    /** The inner feed-forward layers of each block, then those of the pooling. */
    public final List<FrozenLinear> inner = new ArrayList<>();

    public final IdentityHashMap<Positions.Rotary, Rotation> rotations = new IdentityHashMap<>();
    public final Map<Positions.Bucketed, ScoreBias> scoreBiases = new HashMap<>();
    public final List<INDArray> owned = new ArrayList<>();
    private final Transformer model;
    private final DataType type;

    @Nullable
    public INDArray relative;

    public LoadedWeights(Transformer model, DataType type) {
        this.model = model;
        this.type = type;
    }

    public void load(WeightSource source, WeightLoader linears) throws IOException {
        new Loader(source, linears).load();
    }

    public Optional<NormWeights> norm(Optional<Norm> norm) {
        return norm.map(this::norm);
    }

    public NormWeights norm(Norm norm) {
        return new NormWeights(norm.kind(), norm.epsilon(), arrays.get(norm.weight()), arrays.get(norm.biasName()));
    }

    private ScoreBias scoreBias(Positions.Bucketed bucketed) {
        double[][] table =
                arrays.get(bucketed.table().name()).castTo(DataType.DOUBLE).toDoubleMatrix();
        int centre = model.maxTokens() - 1;
        double[][] numbers = new double[bucketed.table().width()][2 * centre + 1];
        for (int distance = -centre; distance <= centre; distance++) {
            for (int head = 0; head < numbers.length; head++) {
                numbers[head][centre + distance] = table[bucketed.row(distance)][head];
            }
        }
        return new ScoreBias(numbers, centre);
    }

    /** Reads every tensor once, in the order of {@link Transformer#tensors}. */
    private final class Loader {
        private final WeightSource source;
        private final WeightLoader linears;
        /** Biases of layers that lie side by side: the part of each, and the whole by the first layer's name. */
        private final Map<String, INDArray> biases = new HashMap<>();

        private final Map<String, INDArray> joinedBiases = new HashMap<>();
        /** Names of normalization weights that 1 is added to. */
        private final Set<String> fromOne = new HashSet<>();

        Loader(WeightSource source, WeightLoader linears) {
            this.source = source;
            this.linears = linears;
        }

        void load() throws IOException {
            model.norms().stream()
                    .filter(norm -> norm.kind() == Norm.Kind.RMS_FROM_ONE)
                    .forEach(norm -> fromOne.add(norm.weight()));
            List<Attention> attentions = new ArrayList<>();
            List<FeedForward> feedForwards = new ArrayList<>();
            List<Linear> layers = new ArrayList<>(model.linears());
            for (Block block : model.blocks()) {
                attentions.add(block.attention());
                feedForwards.add(block.feedForward());
            }
            model.pooling().ifPresent(pooling -> {
                attentions.add(pooling.attention());
                feedForwards.add(pooling.feedForward());
                layers.add(pooling.attention().output());
            });
            List<WeightLoader.Group> projected = attentions.stream()
                    .map(part -> sideBySide(List.of(part.query(), part.key(), part.value())))
                    .toList();
            List<WeightLoader.Group> inners =
                    feedForwards.stream().map(part -> sideBySide(inputs(part))).toList();
            for (Linear linear : layers) {
                if (!linears.has(linear.weight())) {
                    linears.group(List.of(linear));
                }
            }
            for (Tensor tensor : model.tensors().values()) {
                if (!tensor.isOptional() || source.has(tensor.name())) {
                    read(tensor);
                }
            }
            for (Linear linear : layers) {
                linears.weight(linear).ifPresent(weight -> projections.put(linear.name(), layer(linear, weight)));
            }
            model.embeddings()
                    .projection()
                    .ifPresent(linear -> projections.put(
                            linear.name(), layer(linear, new DenseWeight(arrays.get(linear.weight())))));
            projected.forEach(group -> queryKeyValue.add(joined(group)));
            inners.forEach(group -> inner.add(joined(group)));
            relative = relativeRows();
            attentions.forEach(this::positions);
        }

        private void positions(Attention attention) {
            if (attention.positions() instanceof Positions.Rotary rotary) {
                rotations.computeIfAbsent(rotary, r -> new Rotation(r, attention.headSize()));
            } else if (attention.positions() instanceof Positions.Bucketed bucketed) {
                scoreBiases.computeIfAbsent(bucketed, LoadedWeights.this::scoreBias);
            }
        }

        /** Returns the layers that read the part's input. */
        private static List<Linear> inputs(FeedForward part) {
            return part.gate().map(gate -> List.of(gate, part.up())).orElse(List.of(part.up()));
        }

        /** Groups layers that read one input; a layer without bias gets a bias of 0. */
        private WeightLoader.Group sideBySide(List<Linear> members) {
            if (members.stream().anyMatch(Linear::bias)) {
                INDArray bias = keep(
                        Nd4j.zeros(type, members.stream().mapToLong(Linear::out).sum()));
                long from = 0;
                for (Linear linear : members) {
                    if (linear.bias()) {
                        biases.put(linear.biasName(), Views.piece(bias, from, linear.out()));
                    }
                    from += linear.out();
                }
                joinedBiases.put(members.get(0).name(), bias);
            }
            return linears.group(members);
        }

        private FrozenLinear joined(WeightLoader.Group group) {
            return new FrozenLinear(
                    group.members().stream().map(Linear::name).collect(Collectors.joining("+")),
                    linears.joined(group),
                    Optional.ofNullable(joinedBiases.get(group.members().get(0).name())));
        }

        private FrozenLinear layer(Linear linear, FrozenWeight weight) {
            INDArray bias = biases.getOrDefault(linear.biasName(), arrays.get(linear.biasName()));
            return new FrozenLinear(linear.name(), weight, Optional.ofNullable(bias));
        }

        private void read(Tensor tensor) throws IOException {
            if (linears.has(tensor.name())) {
                linears.read(tensor.name(), source);
                return;
            }
            if (isVocabulary(tensor)) {
                Optional<StoredMatrix> stored = linears.storedRows(tensor, source);
                if (stored.isPresent()) {
                    storedTables.put(tensor.name(), stored.get());
                    return;
                }
            }
            INDArray array = source.read(tensor.name());
            Require.shape("model weights", tensor.name(), array, "the model's config", tensor.sizes());
            INDArray place = biases.get(tensor.name());
            if (place != null) {
                place.assign(array);
                array.close();
                return;
            }
            INDArray typed = array.dataType() == type ? array : array.castTo(type);
            if (typed != array) {
                array.close();
            }
            if (fromOne.contains(tensor.name())) {
                typed.addi(1);
            }
            arrays.put(tensor.name(), keep(typed));
        }

        /** Whether a tensor has a row per token id. */
        private boolean isVocabulary(Tensor tensor) {
            return model.words().stream().anyMatch(words -> tensor.name().equals(words.name()))
                    || model.vocabularyHead().stream()
                            .anyMatch(head -> tensor.name().equals(head.name()));
        }

        private INDArray keep(INDArray array) {
            owned.add(array);
            return array;
        }

        private INDArray relativeRows() {
            if (model.relativeEmbeddings().isEmpty()) {
                return null;
            }
            INDArray rows = arrays.get(model.relativeEmbeddings().get().table().name());
            Optional<NormWeights> norm = norm(model.relativeEmbeddings().get().norm());
            if (norm.isEmpty()) {
                return rows;
            }
            INDArray normalized = keep(rows.ulike());
            new PlainKernels().addNormalize(rows, null, null, null, norm.get(), normalized, null, null);
            return normalized;
        }
    }
}
