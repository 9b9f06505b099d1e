package org.lsradapt.baselines.frozen;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterStack;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.StackMemory;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * FourierFT's adapters of one size. A coefficient w at frequencies j of the outputs and k of the inputs adds
 * w·cos(2π(j·p/out + k·q/in)) = w·(cos_j(p)·cos_k(q) − sin_j(p)·sin_k(q)) to ΔW[q, p]. So A [in, 2K] has a cosine and a
 * negative sine for each k. With the coefficients in S [K, J], M [2K, out] is S·[cosines of the j] above S·[sines of
 * the j].
 */
final class FourierStack extends FrozenStack {

    /**
     * The properties that stacked adapters share.
     *
     * @param inputs the number of different k
     */
    record Shape(int in, int out, int coefficients, long seed, int inputs) implements StackShape {

        static Shape of(int in, int out, FourierConfig config) {
            int inputs = distinct(places(in, out, config.coefficients(), config.seed()), in, true).length;
            return new Shape(in, out, config.coefficients(), config.seed(), inputs);
        }

        @Override
        public long parameters(int count) {
            return (long) count * coefficients;
        }

        @Override
        public long dense(FrozenLinear layer) {
            return FrozenStack.dense(in, out, 2L * inputs);
        }

        @Override
        public AdapterStack stack(List<FrozenLinear> layers, StackMemory memory) {
            return new FourierStack(this, layers.size(), memory);
        }
    }

    private final Shape shape;
    private final INDArray a;
    private final INDArray cosines;
    private final INDArray sines;
    /** S and its gradient. */
    private final INDArray spectrum;

    private final int[] places;

    private final StackMemory.Piece[] coefficients;
    private final double[] ofAdapter;
    private final double[] ofSpectrum;
    /** The halves of each M and of its gradient. */
    private final IdentityHashMap<INDArray, Halves> halves = new IdentityHashMap<>();

    /** The rows of cosines and the rows of sines, views. */
    private record Halves(INDArray cosines, INDArray sines) {}

    private FourierStack(Shape shape, int count, StackMemory memory) {
        super(count, shape.in(), shape.out(), 2 * shape.inputs(), memory);
        this.shape = shape;
        int[] drawn = places(shape.in(), shape.out(), shape.coefficients(), shape.seed());
        int[] inputs = distinct(drawn, shape.in(), true);
        int[] outputs = distinct(drawn, shape.in(), false);
        a = waves(inputs, shape.in());
        cosines = waves(outputs, shape.out(), false);
        sines = waves(outputs, shape.out(), true);
        spectrum = zeros(inputs.length, outputs.length);
        ofSpectrum = new double[inputs.length * outputs.length];
        ofAdapter = new double[drawn.length];
        places = new int[drawn.length];
        for (int i = 0; i < drawn.length; i++) {
            int k = Arrays.binarySearch(inputs, drawn[i] % shape.in());
            places[i] = k * outputs.length + Arrays.binarySearch(outputs, drawn[i] / shape.in());
        }
        coefficients = pieces(memory.next(count, shape.coefficients()), shape.coefficients());
    }

    /** Places in F [out, in], counted row by row. */
    private static int[] places(int in, int out, int coefficients, long seed) {
        return new MersenneTwister(seed).permutation(in * out, coefficients);
    }

    /** The different columns or rows of places, sorted. */
    private static int[] distinct(int[] places, int in, boolean columns) {
        return Arrays.stream(places)
                .map(place -> columns ? place % in : place / in)
                .sorted()
                .distinct()
                .toArray();
    }

    /** A: all cosines, then all negative sines. */
    private INDArray waves(int[] frequencies, int width) {
        int count = frequencies.length;
        double[] waves = new double[width * 2 * count];
        for (int q = 0; q < width; q++) {
            for (int k = 0; k < count; k++) {
                double angle = angle(frequencies[k], q, width);
                waves[q * 2 * count + k] = Math.cos(angle);
                waves[q * 2 * count + count + k] = -Math.sin(angle);
            }
        }
        return matrix(waves, width, 2 * count);
    }

    private INDArray waves(int[] frequencies, int width, boolean sine) {
        double[] waves = new double[frequencies.length * width];
        for (int j = 0; j < frequencies.length; j++) {
            for (int p = 0; p < width; p++) {
                double angle = angle(frequencies[j], p, width);
                waves[j * width + p] = sine ? Math.sin(angle) : Math.cos(angle);
            }
        }
        return matrix(waves, frequencies.length, width);
    }

    private static double angle(int frequency, int place, int width) {
        return 2 * Math.PI * ((long) frequency * place % width) / width;
    }

    @Override
    INDArray frozen(int index, FrozenLinear layer) {
        return a;
    }

    /** α, with the division by in·out in ifft2. */
    @Override
    double scaling(AdapterConfig config) {
        return ((FourierConfig) config).alpha() / ((double) shape.in() * shape.out());
    }

    @Override
    List<Parameter> parameters(int index, String layer) {
        return List.of(coefficients[index].named(FourierConfig.names(layer).get(0)));
    }

    @Override
    void initialize(int index, AdapterConfig config, long seed) {
        Random random = SplitMix64.random(seed);
        boolean zero = ((FourierConfig) config).zeroStart();
        for (int i = 0; i < ofAdapter.length; i++) {
            ofAdapter[i] = zero ? 0 : random.nextGaussian();
        }
        backend().write(ofAdapter, coefficients[index].value());
    }

    @Override
    void mix(int index, INDArray m) {
        backend().read(coefficients[index].value(), ofAdapter);
        Arrays.fill(ofSpectrum, 0);
        for (int i = 0; i < places.length; i++) {
            ofSpectrum[places[i]] = ofAdapter[i];
        }
        backend().write(ofSpectrum, spectrum);
        Halves of = halves.computeIfAbsent(m, FourierStack::halves);
        backend().gemm(spectrum, false, cosines, false, 1, 0, of.cosines());
        backend().gemm(spectrum, false, sines, false, 1, 0, of.sines());
    }

    private static Halves halves(INDArray m) {
        long half = m.size(0) / 2;
        return new Halves(Views.rows(m, 0, half), Views.rows(m, half, 2 * half));
    }

    @Override
    void collect(int index, INDArray gradM, INDArray scratch) {
        Halves of = halves.computeIfAbsent(gradM, FourierStack::halves);
        backend().gemm(of.cosines(), false, cosines, true, 1, 0, spectrum);
        backend().gemm(of.sines(), false, sines, true, 1, 1, spectrum);
        backend().read(spectrum, ofSpectrum);
        for (int i = 0; i < places.length; i++) {
            ofAdapter[i] = ofSpectrum[places[i]];
        }
        backend().write(ofAdapter, coefficients[index].gradient());
    }

    @Override
    void closeFrozen() {
        a.close();
        cosines.close();
        sines.close();
        spectrum.close();
    }
}
