package org.lsradapt.finetuning;

import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A snapshot of trained parameters for predictions, which many threads can share. The first call copies the parameters.
 * Once they were handed out, a call that finds them changed copies them again.
 *
 * @param <T> the type of a copy
 */
public final class ParameterSnapshot<T> {
    private final BooleanSupplier lent;
    private final List<INDArray> parameters;
    private final Supplier<T> copy;
    private final Consumer<T> free;
    private volatile Made<T> last;

    /** A copy, the numbers that it was made of, and the number of calls that use it. */
    private static final class Made<T> {
        final T value;
        final double[][] numbers;
        int users;

        Made(T value, double[][] numbers) {
            this.value = value;
            this.numbers = numbers;
        }
    }

    /**
     * Makes a snapshot without a copy.
     *
     * @param lent whether the parameters were handed out, so that they may change
     * @param parameters vectors; a closed one counts as unchanged
     * @param copy makes a copy of them
     */
    public ParameterSnapshot(BooleanSupplier lent, List<INDArray> parameters, Supplier<T> copy, Consumer<T> free) {
        this.lent = lent;
        this.parameters = List.copyOf(parameters);
        this.copy = copy;
        this.free = free;
    }

    /** Runs a call with a copy of the parameters as they are when it begins. */
    public <R> R use(Function<T, R> call) {
        Made<T> made = enter();
        try {
            return call.apply(made.value);
        } finally {
            leave(made);
        }
    }

    private Made<T> enter() {
        Made<T> found = last;
        boolean stale =
                found == null || (lent.getAsBoolean() && !Arrays.deepEquals(found.numbers, numbers(found.numbers)));
        synchronized (this) {
            if (stale && last == found) {
                double[][] numbers = numbers(null);
                last = new Made<>(copy.get(), numbers);
                freeUnused(found);
            }
            last.users++;
            return last;
        }
    }

    private synchronized void leave(Made<T> made) {
        made.users--;
        freeUnused(made);
    }

    private void freeUnused(Made<T> made) {
        if (made != null && made != last && made.users == 0) {
            free.accept(made.value);
        }
    }

    private double[][] numbers(double[][] known) {
        double[][] numbers = new double[parameters.size()][];
        for (int i = 0; i < numbers.length; i++) {
            INDArray array = parameters.get(i);
            if (array.wasClosed()) {
                numbers[i] = known == null ? new double[0] : known[i];
            } else {
                numbers[i] = new double[(int) array.length()];
                Backends.standard().read(array, numbers[i]);
            }
        }
        return numbers;
    }

    /** Frees the copy as soon as no call uses it; a later call makes another. */
    public synchronized void close() {
        Made<T> made = last;
        last = null;
        freeUnused(made);
    }
}
