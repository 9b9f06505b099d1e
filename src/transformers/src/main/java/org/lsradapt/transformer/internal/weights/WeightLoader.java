package org.lsradapt.transformer.internal.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.lsr.weights.JoinedWeight;
import org.lsradapt.lsr.weights.LevelWeight;
import org.lsradapt.lsr.weights.StoredWeight;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.weights.BasePrecision;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Converts the weights of linear layers, and large tables, to the form in which they are kept. Layers that read one
 * input share one memory, side by side, unless they stay mapped from their file. In addition to what is kept, one
 * weight at a time is in memory.
 */
public class WeightLoader {
    private final DataType type;
    private final BasePrecision precision;
    private final Consumer<INDArray> keep;
    private final Map<String, Place> places = new HashMap<>();

    /** The place of a weight: its group, and the group's output at which it begins. */
    private record Place(Group group, Linear linear, int from) {}

    /** Layers that read one input, with their weights. */
    public static final class Group {
        private final List<Linear> members;
        private final FrozenWeight[] parts;
        private INDArray array;
        private ByteBuffer rows;
        private ByteBuffer scales;
        private ByteLevels levels;

        private Group(List<Linear> members) {
            this.members = members;
            parts = new FrozenWeight[members.size()];
        }

        public List<Linear> members() {
            return members;
        }

        private int out() {
            return members.stream().mapToInt(Linear::out).sum();
        }
    }

    /** Creates a loader for FLOAT or DOUBLE; {@code keep} receives each new array, to close it with the model. */
    public WeightLoader(DataType type, BasePrecision precision, Consumer<INDArray> keep) {
        Require.argument(
                type == DataType.FLOAT || precision == BasePrecision.F32,
                "model weights: precision %s with activations of type %s, expected FLOAT",
                precision,
                type);
        this.type = type;
        this.precision = precision;
        this.keep = keep;
    }

    /** Reads nothing: its weights have shapes only. */
    public static final class OfShapes extends WeightLoader {

        public OfShapes() {
            super(DataType.FLOAT, BasePrecision.F32, array -> {});
        }

        @Override
        public void read(String tensor, WeightSource source) {}

        @Override
        public FrozenWeight joined(Group group) {
            return weight(group.members.get(0).in(), group.out());
        }

        @Override
        public Optional<FrozenWeight> weight(Linear linear) {
            return Optional.of(weight(linear.in(), linear.out()));
        }

        private static FrozenWeight weight(int in, int out) {
            return new DenseWeight(Memory.shapeOnly(DataType.FLOAT, in, out));
        }
    }

    /** Registers layers that read one input. */
    public Group group(List<Linear> linears) {
        Group group = new Group(linears);
        int from = 0;
        for (Linear linear : linears) {
            places.put(linear.weight(), new Place(group, linear, from));
            from += linear.out();
        }
        return group;
    }

    public boolean has(String tensor) {
        return places.containsKey(tensor);
    }

    public void read(String tensor, WeightSource source) throws IOException {
        Place place = places.get(tensor);
        Group group = place.group;
        Linear linear = place.linear;
        int index = group.members.indexOf(linear);
        if (precision == BasePrecision.STORED) {
            Optional<StoredMatrix> stored = source.stored(tensor);
            if (stored.isPresent()) {
                requireShape(tensor, stored.get(), linear.out(), linear.in());
                group.parts[index] = new StoredWeight(stored.get());
                return;
            }
        }
        INDArray array = source.read(tensor);
        Require.shape("model weights", tensor, array, "the model's config", linear.in(), linear.out());
        if (precision.format().isPresent()) {
            WeightFormat format = precision.format().get();
            group.parts[index] = new StoredWeight(rounded(tensor, array, format, group, place.from));
        } else if (precision == BasePrecision.INT8_DYNAMIC) {
            group.parts[index] = new LevelWeight(leveled(tensor, array, group, place.from));
        } else if (group.members.size() == 1) {
            group.array = array.castTo(type);
            keep.accept(group.array);
            group.parts[0] = new DenseWeight(group.array);
            if (group.array == array) {
                return;
            }
        } else {
            INDArray to = Views.columns(whole(group), place.from, place.from + linear.out());
            to.assign(array);
            group.parts[index] = new DenseWeight(to);
        }
        array.close();
    }

    public FrozenWeight joined(Group group) {
        if (group.scales != null) {
            return new LevelWeight(packed(group));
        }
        if (group.rows != null) {
            WeightFormat format = precision.format().orElseThrow();
            return new StoredWeight(
                    new StoredMatrix(format, group.out(), group.members.get(0).in(), group.rows));
        }
        boolean dense = Arrays.stream(group.parts).allMatch(DenseWeight.class::isInstance);
        return dense ? new DenseWeight(group.array) : new JoinedWeight(List.of(group.parts));
    }

    /** Returns the weight of one layer, a part of its group's memory; empty if its source has none. */
    public Optional<FrozenWeight> weight(Linear linear) {
        Place place = places.get(linear.weight());
        FrozenWeight part = place.group.parts[place.group.members.indexOf(linear)];
        if (part instanceof LevelWeight) {
            part = new LevelWeight(packed(place.group).rows(place.from, place.from + linear.out()));
        }
        return Optional.ofNullable(part);
    }

    /** Returns the levels of a group, packed once all have been read. */
    private ByteLevels packed(Group group) {
        if (group.levels == null) {
            int[] parts = group.members.stream().mapToInt(Linear::out).toArray();
            int in = group.members.get(0).in();
            group.levels = new ByteLevels(group.out(), in, group.rows, group.scales).packed(this::nativeMemory, parts);
        }
        return group.levels;
    }

    private INDArray whole(Group group) {
        if (group.array == null) {
            long in = group.members.get(0).in();
            group.array = Nd4j.createUninitialized(type, new long[] {in, group.out()}, 'c');
            keep.accept(group.array);
        }
        return group.array;
    }

    private StoredMatrix rounded(String tensor, INDArray array, WeightFormat format, Group group, int from) {
        int in = (int) array.size(0);
        int out = (int) array.size(1);
        Require.argument(
                in % format.blockLength() == 0,
                "model weights: %s has %d inputs; %s is in blocks of %d, expected a multiple of that",
                tensor,
                in,
                precision,
                format.blockLength());
        int rowBytes = (int) format.bytes(in);
        reserve(tensor, group, rowBytes);
        ByteBuffer place = group.rows.slice(from * rowBytes, out * rowBytes);
        try (INDArray rows = array.castTo(DataType.FLOAT).transpose().dup('c')) {
            store(rows, format, place);
        }
        return new StoredMatrix(format, out, in, place);
    }

    private ByteLevels leveled(String tensor, INDArray array, Group group, int from) {
        int in = (int) array.size(0);
        int out = (int) array.size(1);
        reserve(tensor, group, in);
        if (group.scales == null) {
            group.scales = nativeMemory((long) group.out() * Float.BYTES);
        }
        ByteBuffer levels = group.rows.slice(from * in, out * in);
        ByteBuffer scales =
                group.scales.slice(from * Float.BYTES, out * Float.BYTES).order(ByteOrder.nativeOrder());
        try (INDArray rows = array.castTo(DataType.FLOAT).transpose().dup('c')) {
            eachRow(rows, (numbers, row) -> {
                byte[] rounded = new byte[in];
                scales.putFloat(row * Float.BYTES, ByteLevels.round(numbers, rounded));
                levels.put(row * in, rounded);
            });
        }
        return new ByteLevels(out, in, levels, scales);
    }

    private void reserve(String tensor, Group group, int rowBytes) {
        if (group.rows == null) {
            long bytes = (long) group.out() * rowBytes;
            Require.argument(
                    bytes <= Integer.MAX_VALUE,
                    "model weights: %s and the layers next to it take %d bytes in %s, expected less than 2 GiB",
                    tensor,
                    bytes,
                    precision);
            group.rows = nativeMemory(bytes);
        }
    }

    /** Reads a large table, mapped for STORED or else rounded to BF16; empty if it should be an array. */
    public Optional<StoredMatrix> storedRows(Tensor tensor, WeightSource source) throws IOException {
        long bytes = WeightFormat.BF16.bytes(tensor.sizes()[0] * tensor.sizes()[1]);
        if (precision == BasePrecision.F32 || bytes > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        if (precision == BasePrecision.STORED) {
            Optional<StoredMatrix> stored = source.stored(tensor.name());
            stored.ifPresent(matrix -> requireShape(tensor.name(), matrix, tensor.sizes()));
            return stored;
        }
        INDArray array = source.read(tensor.name());
        Require.shape("model weights", tensor.name(), array, "the model's config", tensor.sizes());
        int rows = (int) array.size(0);
        int width = (int) array.size(1);
        ByteBuffer place = nativeMemory(bytes);
        INDArray single = array.castTo(DataType.FLOAT);
        store(single, WeightFormat.BF16, place);
        if (single != array) {
            single.close();
        }
        array.close();
        return Optional.of(new StoredMatrix(WeightFormat.BF16, rows, width, place));
    }

    /** Rounds the rows of a FLOAT array in c order. */
    private static void store(INDArray array, WeightFormat format, ByteBuffer place) {
        int length = (int) array.size(1);
        int rowBytes = (int) format.bytes(length);
        eachRow(array, (numbers, row) -> {
            byte[] blocks = new byte[rowBytes];
            format.store(numbers, 0, length, blocks, 0);
            place.put(row * rowBytes, blocks, 0, rowBytes);
        });
    }

    /** Passes each row of a FLOAT array in c order to a function, on all cores. */
    private static void eachRow(INDArray array, ObjIntConsumer<float[]> work) {
        int count = (int) array.size(0);
        int length = (int) array.size(1);
        int parts = Math.min(Parallel.available(), count);
        Parallel.run(parts, part -> {
            float[] numbers = new float[length];
            int end = (int) ((long) count * (part + 1) / parts);
            for (int row = (int) ((long) count * part / parts); row < end; row++) {
                int bytes = length * Float.BYTES;
                Blas.bytes(array, (long) row * bytes, bytes).asFloatBuffer().get(numbers);
                work.accept(numbers, row);
            }
        });
    }

    /** Allocates memory through ND4J; JavaCPP would count it against a limit derived from the Java heap. */
    private ByteBuffer nativeMemory(long bytes) {
        INDArray array = Nd4j.createUninitialized(DataType.INT8, bytes + AlignedMemory.BYTES);
        keep.accept(array);
        return Blas.bytes(array, AlignedMemory.behind(array.data().address()), Math.toIntExact(bytes));
    }

    private static void requireShape(String tensor, StoredMatrix stored, long... sizes) {
        Require.argument(
                stored.rows() == sizes[0] && stored.columns() == sizes[1],
                "model weights: %s is [%d, %d] as its file has it, expected [%d, %d] (the model's config)",
                tensor,
                stored.rows(),
                stored.columns(),
                sizes[0],
                sizes[1]);
    }
}
