package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.SharedTerms;
import org.lsradapt.lsr.storage.HalfFloat;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Puts packed adapters of one form on their base model for inference. The result is bit-identical to that of
 * {@link SavedAdapter#onBase}, without checking names and shapes each time, which takes a sixth of the time. One set of adapters is
 * reused for the numbers of each adapter. Adapters without numbers of their own share their updates; of those whose own numbers are the
 * coefficients of terms in the form, only these are read, and outputs are equal up to rounding. For one thread at a time; the creator closes it before the base model.
 */
public final class FormOnBase implements AutoCloseable {
    private final AdapterForm form;
    private final AdapterParts parts;
    private final byte[] firstHead;
    private final List<Place> places = new ArrayList<>();
    private final List<Place> headPlaces = new ArrayList<>();
    /** For adapters that are coefficients of fixed terms alone. */
    private Optional<SharedTerms> terms = Optional.empty();

    private final List<Place> coefficients = new ArrayList<>();
    /** The updates of all adapters, if their numbers are fixed. */
    private Optional<DenseUpdates> same = Optional.empty();

    /**
     * The source and the target of a tensor's numbers.
     *
     * @param scales the first byte of the scales, one per matrix; -1 for none
     * @param matrices the number of matrices with scales
     * @param to the first element of the target
     * @param count the number of elements
     * @param rows the rows of a matrix that is stored transposed; otherwise 1
     * @param order the offset of each element in the target; empty for consecutive elements
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Place(
            int begin, DataType type, int scales, int matrices, int to, int count, int rows, int[] order) {}

    /**
     * Prepares the form of an adapter, which is checked as in {@link PackedAdapter#open}.
     *
     * @param location the adapter's source, for messages
     * @param base the base model; kept
     * @throws IllegalArgumentException if the adapter is for another base model, or does not fit it
     * @throws IOException as {@link PackedAdapter#open}
     */
    public FormOnBase(String location, PackedAdapter first, BaseModel base, Backend backend) throws IOException {
        form = first.form();
        firstHead = first.headNumbers();
        try (CloseOnFailure opened = new CloseOnFailure();
                SavedAdapter saved = first.open(location);
                SafeTensors tensors =
                        SafeTensors.of(location, form.withNumbers(first.numbers(), first.headNumbers()))) {
            saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
            parts = opened.add(saved.onBase(base.weights(), backend));
            parts.adapters().stream()
                    .flatMap(set -> set.parameters().stream())
                    .forEach(parameter -> places.add(place(tensors, parameter, 0, false)));
            // If a head's tensors precede an adapter's, it is read with the adapter's numbers.
            int start = form.headBytes() > 0 ? form.layers(first.numbers()).length : 0;
            parts.head().stream()
                    .flatMap(head -> head.parameters().stream())
                    .forEach(parameter -> headPlaces.add(place(tensors, parameter, start, true)));
            if (form.fixesAll()) {
                same = updatesOf(first);
            } else {
                parts.adapters().ifPresent(set -> weigh(set, tensors));
            }
            opened.release(this);
        }
    }

    /** Prepares the terms, if an adapter's own numbers are the coefficients of terms in the form. */
    private void weigh(AdapterSet set, SafeTensors tensors) {
        List<SharedTerms.Sums> sums = set.adapters().stream()
                .flatMap(adapter -> adapter.termSums().stream())
                .toList();
        int to = 0;
        boolean own = sums.size() == set.adapters().size();
        for (LayerAdapter adapter : set.adapters()) {
            own &= adapter.coefficients().size() == 2;
            for (Parameter one : adapter.coefficients()) {
                String name = AdapterFolder.PREFIX + one.name();
                int begin = form.ownPlace((int) tensors.extent(name)[0]);
                own &= begin >= 0 && tensors.storedType(name) == DataType.FLOAT;
                coefficients.add(new Place(begin, DataType.FLOAT, -1, 0, to, (int) one.count(), 1, new int[0]));
                to += (int) one.count();
            }
        }
        if (own && form.numberBytes() == to * Float.BYTES) {
            terms = Optional.of(new SharedTerms(sums));
        }
    }

    private static Place place(SafeTensors tensors, Parameter parameter, int start, boolean transposed) {
        String name = AdapterFolder.PREFIX + parameter.name();
        String scale = name + FactorFormat.SCALE;
        boolean scaled = tensors.has(scale);
        long[] shape = tensors.shape(name);
        return new Place(
                (int) tensors.extent(name)[0] - start,
                tensors.storedType(name),
                scaled ? (int) tensors.extent(scale)[0] - start : -1,
                scaled ? (int) tensors.shape(scale)[0] : 0,
                (int) parameter.value().offset(),
                (int) parameter.value().length(),
                transposed && shape.length == 2 ? (int) shape[0] : 1,
                order(parameter.value()));
    }

    /** A kind may keep a factor in another order than its indices', such as transposed. */
    private static int[] order(INDArray value) {
        int[] order = new int[(int) value.length()];
        boolean inOrder = true;
        for (int i = 0; i < order.length; i++) {
            int left = i;
            for (int d = value.rank() - 1; d >= 0; d--) {
                int size = (int) value.size(d);
                order[i] += left % size * value.stride(d);
                left /= size;
            }
            inOrder &= order[i] == i;
        }
        return inOrder ? new int[0] : order;
    }

    /**
     * Computes an adapter's updates.
     *
     * @param adapter an adapter of this form; its numbers are not checked again
     * @return new updates, which the caller closes; empty if only the head was trained
     * @throws IllegalArgumentException if the adapter has another form
     */
    public Optional<DenseUpdates> updates(PackedAdapter adapter) {
        requireForm(adapter);
        if (terms.isPresent()) {
            float[] weights = new float[terms.get().coefficients()];
            ByteBuffer bytes = ByteBuffer.wrap(adapter.numbers()).order(ByteOrder.LITTLE_ENDIAN);
            coefficients.forEach(place -> read(bytes, place, weights));
            return Optional.of(DenseUpdates.weighted(terms.get(), weights));
        }
        return same.isPresent() ? same.map(DenseUpdates::share) : updatesOf(adapter);
    }

    private Optional<DenseUpdates> updatesOf(PackedAdapter adapter) {
        return parts.adapters().map(set -> {
            write(form.layers(adapter.numbers()), places, set.values());
            return DenseUpdates.of(set);
        });
    }

    /**
     * Returns an adapter's head, shared if it equals that of the form's first adapter.
     *
     * @return a head, which the caller closes; empty if there is none
     * @throws IllegalArgumentException if the adapter has another form
     */
    public Optional<SequenceHead> head(PackedAdapter adapter) {
        requireForm(adapter);
        if (form.headBytes() > 0 && Arrays.equals(firstHead, adapter.headNumbers())) {
            return parts.head().map(SequenceHead::share);
        }
        return parts.head().map(one -> {
            SequenceHead made = one.blank();
            write(
                    form.headBytes() > 0 ? adapter.headNumbers() : form.layers(adapter.numbers()),
                    headPlaces,
                    made.values());
            return made;
        });
    }

    private void requireForm(PackedAdapter adapter) {
        Require.argument(adapter.form().equals(form), "packed adapter: another form than the one expected here");
    }

    private static void write(byte[] stored, List<Place> places, INDArray values) {
        ByteBuffer bytes = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
        float[] numbers = new float[(int) values.length()];
        places.forEach(place -> read(bytes, place, numbers));
        try (INDArray array = Nd4j.createFromArray(numbers)) {
            values.assign(array);
        }
    }

    private static void read(ByteBuffer bytes, Place place, float[] numbers) {
        int matrix = place.scales < 0 ? place.count : place.count / place.matrices;
        int columns = place.count / place.rows;
        for (int i = 0; i < place.count; i++) {
            float scale = place.scales < 0 ? 1 : bytes.getFloat(place.scales + i / matrix * Float.BYTES);
            int to = place.rows == 1 ? i : i % columns * place.rows + i / columns;
            numbers[place.to + (place.order.length == 0 ? to : place.order[to])] = switch (place.type) {
                case FLOAT -> bytes.getFloat(place.begin + i * Float.BYTES);
                case HALF -> HalfFloat.fromHalf(bytes.getShort(place.begin + i * Short.BYTES));
                case BFLOAT16 -> HalfFloat.fromBfloat16(bytes.getShort(place.begin + i * Short.BYTES));
                case BYTE -> bytes.get(place.begin + i) * scale;
                default -> FactorFormat.half(bytes, place.begin, i / matrix, i % matrix, matrix) * scale;
            };
        }
    }

    /** Frees the set of adapters; returned updates and heads remain valid. */
    @Override
    public void close() {
        terms.ifPresent(SharedTerms::close);
        same.ifPresent(DenseUpdates::close);
        parts.close();
    }
}
