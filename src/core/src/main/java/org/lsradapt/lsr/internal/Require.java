package org.lsradapt.lsr.internal;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Checks arguments of public methods. They are always on, and their messages name operation, operand and both shapes.
 * Operation, name and owner are for the message; a failed check throws an {@link IllegalArgumentException}.
 */
public final class Require {

    private Require() {}

    /** Throws unless a condition holds; the message is in the form of {@link String#format}. */
    public static void argument(boolean condition, String format, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, format, arguments));
        }
    }

    /** Throws unless an array has a shape, -1 for any length; {@code rule} says where the shape comes from. */
    public static void shape(String operation, String name, INDArray array, String rule, long... shape) {
        boolean same = array.rank() == shape.length;
        for (int i = 0; same && i < shape.length; i++) {
            same = shape[i] == -1 || shape[i] == array.size(i);
        }
        argument(
                same,
                "%s: %s is %s, expected %s (%s)",
                operation,
                name,
                Arrays.toString(array.shape()),
                Arrays.toString(shape).replace("-1", "*"),
                rule);
    }

    /** Throws unless an array is FLOAT or DOUBLE. */
    public static void realType(String operation, String name, INDArray array) {
        realType(operation, name, array.dataType());
    }

    public static void realType(String operation, String name, DataType type) {
        argument(
                type == DataType.FLOAT || type == DataType.DOUBLE,
                "%s: %s is %s, expected FLOAT or DOUBLE",
                operation,
                name,
                type);
    }

    public static void type(String operation, String name, INDArray array, DataType type, String owner) {
        type(operation, name, array.dataType(), type, owner);
    }

    public static void type(String operation, String name, DataType found, DataType type, String owner) {
        argument(found == type, "%s: %s is %s, expected %s (as %s)", operation, name, found, type, owner);
    }

    public static void finite(String operation, String name, INDArray array) {
        // A finite number times 0 is 0; infinity and NaN give NaN.
        try (INDArray zeros = array.mul(0)) {
            argument(
                    zeros.sumNumber().doubleValue() == 0,
                    "%s: %s has NaN or infinity, expected finite numbers",
                    operation,
                    name);
        }
    }

    /** Throws if a result would overwrite an operand that is still needed, see {@link Views#overlap}. */
    public static void apart(String operation, String name, INDArray operand, String resultName, INDArray result) {
        argument(
                !Views.overlap(operand, result),
                "%s: %s is %s or shares memory with it, expected memory of its own",
                operation,
                resultName,
                name);
    }

    /** Finds one of a fixed set of objects by name; the exception for another name lists their names. */
    public static <T> T named(String what, String name, T[] all, Function<T, String> nameOf) {
        for (T one : all) {
            if (nameOf.apply(one).equals(name)) {
                return one;
            }
        }
        throw new IllegalArgumentException("unknown " + what + " '" + name + "', expected one of "
                + Arrays.stream(all).map(nameOf).collect(Collectors.joining(", ")));
    }
}
