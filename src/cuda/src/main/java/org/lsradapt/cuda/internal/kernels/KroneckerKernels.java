package org.lsradapt.cuda.internal.kernels;

import java.util.Arrays;
import java.util.List;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.Arguments;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceModule;

/** Computes Kronecker sums and their gradients in FLOAT; the last of four factors may be a product of several. */
public final class KroneckerKernels extends Kernels {
    private static final int FACTORS = 4;
    private static final int WARP = 32;
    private static final int MOST_ROWS_OF_BLOCKS = 65535;

    public KroneckerKernels(Device device, DeviceModule module) {
        super(device, module);
    }

    /** Sums of one shape: n sums of s terms, with [rows, columns] of each factor. */
    public record Shape(int n, int s, List<int[]> factors) {
        public long rows() {
            return factors.stream().mapToLong(factor -> factor[0]).reduce(1, Math::multiplyExact);
        }

        public long columns() {
            return factors.stream().mapToLong(factor -> factor[1]).reduce(1, Math::multiplyExact);
        }

        /** The number of numbers in a factor, over all sums and terms. */
        public long length(int factor) {
            return (long) n * s * factors.get(factor)[0] * factors.get(factor)[1];
        }

        /** The number of numbers in the sums. */
        public long length() {
            return n * rows() * columns();
        }

        /** The products of the factors from the fourth on, as sums of one term each. */
        private Shape trailing() {
            return new Shape(n * s, 1, factors.subList(FACTORS - 1, factors.size()));
        }

        private Shape leading() {
            Shape trailing = trailing();
            int[] last = {(int) trailing.rows(), (int) trailing.columns()};
            List<int[]> first = factors.subList(0, FACTORS - 1);
            return new Shape(n, s, List.of(first.get(0), first.get(1), first.get(2), last));
        }

        private void require() {
            if ((long) n * s > MOST_ROWS_OF_BLOCKS || rows() > Integer.MAX_VALUE || columns() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(n + " Kronecker sums of " + s + " terms, [" + rows() + ", "
                        + columns() + "]: a device takes up to " + MOST_ROWS_OF_BLOCKS + " terms at a time");
            }
        }
    }

    /** The shape and addresses of up to four factors; the last may be the product of several. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Operands(Shape shape, long[] factors) {}

    /** Computes sums; {@code lambda} is the address of the terms' weights, or 0. */
    public void materialize(Shape shape, long[] factors, long lambda, long out, Arena arena) {
        Operands operands = operands(shape, factors, arena);
        start(operands).addresses(lambda, out).int32(shape.s());
        launch("kronecker_materialize_f32", blocks(shape.rows() * shape.columns()), shape.n());
    }

    /** Computes the gradients of factors and, unless 0, weights from that of {@link #materialize}'s sums. */
    public void gradient(
            Shape shape, long[] factors, long lambda, long gradOut, long[] gradFactors, long gradLambda, Arena arena) {
        Operands operands = operands(shape, factors, arena);
        Shape four = operands.shape;
        boolean folded = shape.factors().size() > FACTORS;
        long gradTrailing = folded ? arena.take(Float.BYTES * four.length(FACTORS - 1)) : 0;
        int terms = shape.n() * shape.s();
        for (int i = 0; i < four.factors().size(); i++) {
            int[] factor = four.factors().get(i);
            long to = folded && i == FACTORS - 1 ? gradTrailing : gradFactors[i];
            start(operands).addresses(lambda, gradOut, to).int32(shape.s(), i);
            launch("kronecker_gradient_f32", blocks((long) WARP * factor[0] * factor[1]), terms);
        }
        if (gradLambda != 0) {
            start(operands).addresses(lambda, gradOut, gradLambda).int32(shape.s(), FACTORS);
            launch("kronecker_gradient_f32", 1, terms);
        }
        if (folded) {
            gradient(shape.trailing(), last(factors), 0, gradTrailing, last(gradFactors), 0, arena);
        }
    }

    private Operands operands(Shape shape, long[] factors, Arena arena) {
        shape.require();
        if (factors.length <= FACTORS) {
            return new Operands(shape, factors);
        }
        Shape trailing = shape.trailing();
        long product = arena.take(Float.BYTES * trailing.length());
        materialize(trailing, last(factors), 0, product, arena);
        return new Operands(shape.leading(), new long[] {factors[0], factors[1], factors[2], product});
    }

    private static long[] last(long[] addresses) {
        return Arrays.copyOfRange(addresses, FACTORS - 1, addresses.length);
    }

    private Arguments start(Operands operands) {
        Arguments arguments = arguments(Arrays.copyOf(operands.factors, FACTORS));
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < FACTORS; i++) {
                arguments.int32(
                        i < operands.factors.length ? operands.shape.factors().get(i)[side] : 1);
            }
        }
        return arguments;
    }
}
