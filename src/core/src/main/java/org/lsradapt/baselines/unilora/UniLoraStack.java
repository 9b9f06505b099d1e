package org.lsradapt.baselines.unilora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The adapters of one vector, of layers of any sizes. */
final class UniLoraStack implements AdapterStack {

    /** All layers with the same settings share one vector. */
    record Shape(UniLoraConfig config) implements StackShape {

        @Override
        public long parameters(int count) {
            return config.length();
        }

        /** A and B. */
        @Override
        public long dense(FrozenLinear layer) {
            return places(layer);
        }

        private int places(FrozenLinear layer) {
            return Math.multiplyExact(config.rank(), Math.addExact(layer.inFeatures(), layer.outFeatures()));
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new UniLoraStack(this, layers, memory);
        }
    }

    private final UniLoraConfig config;
    private final StackMemory memory;
    private final StackMemory.Piece theta;
    /** For each layer the numbers of A, row by row, then those of B. */
    private final int[][] places;
    /** The square roots of the counts of a number's places, inverted. */
    private final double[] scales;
    /** A and B of each layer, one after the other. */
    private final List<INDArray> matrices = new ArrayList<>();

    private final List<INDArray> gradients = new ArrayList<>();

    private final double[] numbers;

    private UniLoraStack(Shape shape, List<FrozenLinear> layers, StackMemory memory) {
        config = shape.config();
        this.memory = memory;
        places = places(shape, layers);
        theta = memory.next(config.length());
        numbers = new double[config.length()];
        scales = scales();
        long from = memory.denseFrom();
        for (int[] ofLayer : places) {
            matrices.add(Nd4j.zeros(memory.dataType(), ofLayer.length));
            gradients.add(memory.denseGradients().view(from, ofLayer.length));
            from += ofLayer.length;
        }
    }

    /** Draws the numbers of all places in the order of the layers' names. */
    private static int[][] places(Shape shape, List<FrozenLinear> layers) {
        int count = layers.stream().mapToInt(shape::places).reduce(0, Math::addExact);
        int[] drawn = balanced(count, shape.config());
        int[][] places = new int[layers.size()][];
        int from = 0;
        List<Integer> byName = IntStream.range(0, layers.size())
                .boxed()
                .sorted(Comparator.comparing(index -> layers.get(index).name()))
                .toList();
        for (int index : byName) {
            int to = from + shape.places(layers.get(index));
            places[index] = Arrays.copyOfRange(drawn, from, to);
            from = to;
        }
        return places;
    }

    /** Each number as often as the others or once more, in random order, as docs/reference/format.md defines it for other languages. */
    private static int[] balanced(int count, UniLoraConfig config) {
        int length = config.length();
        Require.argument(
                length <= count,
                "Uni-LoRA: the vector has %d numbers, expected at most %d, the elements of A and B of all layers",
                length,
                count);
        int[] once = IntStream.range(0, length).toArray();
        shuffle(once, config.seed(), 0);
        int[] drawn = new int[count];
        for (int i = 0; i < count; i++) {
            drawn[i] = once[i % length];
        }
        shuffle(drawn, config.seed(), length);
        return drawn;
    }

    /** Uses the generator's outputs from {@code first} + 1 on. */
    private static void shuffle(int[] numbers, long seed, int first) {
        for (int i = numbers.length - 1; i > 0; i--) {
            int other = (int) Long.remainderUnsigned(SplitMix64.output(seed, (long) first + i), i + 1);
            int number = numbers[i];
            numbers[i] = numbers[other];
            numbers[other] = number;
        }
    }

    private double[] scales() {
        double[] counts = new double[config.length()];
        for (int[] ofLayer : places) {
            for (int number : ofLayer) {
                counts[number]++;
            }
        }
        return Arrays.stream(counts).map(count -> 1 / Math.sqrt(count)).toArray();
    }

    @Override
    public LayerAdapter adapter(int index, FrozenLinear layer, AdapterConfig ofLayer) {
        long from = memory.denseFrom();
        for (int[] before : Arrays.asList(places).subList(0, index)) {
            from += before.length;
        }
        return new UniLoraAdapter(layer, this, index, from, memory);
    }

    UniLoraConfig config() {
        return config;
    }

    StackMemory.Piece theta() {
        return theta;
    }

    INDArray matrices(int index) {
        return matrices.get(index);
    }

    /** Draws θ, which depends on the configuration's seed alone. */
    void initialize() {
        Random random = SplitMix64.random(config.seed());
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = config.bound() * (2 * random.nextDouble() - 1);
        }
        memory.backend().write(numbers, theta.value());
    }

    @Override
    public void materialize() {
        readScaled();
        for (int index = 0; index < places.length; index++) {
            write(index);
        }
    }

    void materialize(int index) {
        readScaled();
        write(index);
    }

    private void readScaled() {
        memory.backend().read(theta.value(), numbers);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= scales[i];
        }
    }

    private void write(int index) {
        double[] elements = new double[places[index].length];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = numbers[places[index][i]];
        }
        memory.backend().write(elements, matrices.get(index));
    }

    @Override
    public void collectGradients() {
        Arrays.fill(numbers, 0);
        for (int index = 0; index < places.length; index++) {
            double[] elements = new double[places[index].length];
            memory.backend().read(gradients.get(index), elements);
            for (int i = 0; i < elements.length; i++) {
                numbers[places[index][i]] += elements[i];
            }
        }
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= scales[i];
        }
        memory.backend().write(numbers, theta.gradient());
    }

    @Override
    public void close() {
        matrices.forEach(INDArray::close);
    }
}
