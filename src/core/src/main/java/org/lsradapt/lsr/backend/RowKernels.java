package org.lsradapt.lsr.backend;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * Loops over the rows of matrices by the processor's vector instructions, as {@code jdk.incubator.vector} has
 * them. Their class is compiled apart and looked up by name, because the module is there only in JVMs that are started
 * with {@code --add-modules jdk.incubator.vector}. Safe for use by many threads.
 */
interface RowKernels {

    /** System property: {@code off} does without vector instructions. */
    String PROPERTY = "lsradapt.vectors";

    /** The width of the vectors, for the log. */
    String description();

    /** Whether {@link #multiply} takes matrices of a format. */
    boolean multiplies(WeightFormat format);

    /** Whether {@link #widen} takes matrices of a format. */
    boolean widens(WeightFormat format);

    /**
     * The length of what {@link #arrange} writes.
     *
     * @param format the matrix's
     * @param length of the row
     */
    int arrangedLength(WeightFormat format, int length);

    /**
     * Brings a row into the form in which {@link #multiply} reads it.
     *
     * @param format the matrix's
     * @param row the row
     * @param length of the row, the matrix's number of columns
     * @param to written
     */
    void arrange(WeightFormat format, float[] row, int length, float[] to);

    /**
     * Products of a row with rows of a matrix, computed in FLOAT.
     *
     * @param stored the matrix
     * @param from the first of its rows
     * @param to behind the last
     * @param row as {@link #arrange} wrote it
     * @param products written from 0 on, one for each row
     */
    void multiply(StoredMatrix stored, int from, int to, float[] row, float[] products);

    /**
     * Some columns of some rows as FLOAT, the numbers that {@link StoredMatrix#widen} gives.
     *
     * @param stored the matrix
     * @param firstRow the first row wanted
     * @param rows how many
     * @param from the first column wanted, a multiple of the format's block length
     * @param numbers how many of a row, a multiple of the block length
     * @param to [rows, numbers], written from 0 on, rows one after another; direct
     */
    void widen(StoredMatrix stored, int firstRow, int rows, int from, int numbers, ByteBuffer to);

    /** As {@link #widen}, rounded to BF16, to nearest, ties to even. */
    void widenToBfloat16(StoredMatrix stored, int firstRow, int rows, int from, int numbers, ByteBuffer to);

    /**
     * Rounds rows to levels, each by the scale of its largest number, as {@link ByteLevels} says.
     *
     * @param from [rows, columns], FLOAT; direct
     * @param stride distance between its rows, in numbers
     * @param columns numbers in a row
     * @param to [rows, columns], bytes, overwritten, rows one after another; direct
     * @param scales overwritten; its length is the number of rows
     */
    void round(ByteBuffer from, int stride, int columns, ByteBuffer to, float[] scales);

    /** Those of this JVM; null where it has none. */
    static @Nullable RowKernels installed() {
        return Installed.KERNELS;
    }

    /** Whether this JVM has them, for the log. */
    static String installedDescription() {
        return Installed.KERNELS == null ? Installed.missing : Installed.KERNELS.description();
    }

    /** The lookup, made once. */
    final class Installed {
        private static final String MODULE = "jdk.incubator.vector";
        private static final String CLASS = "org.lsradapt.lsr.backend.VectorKernels";

        /** Why there are none. */
        private static String missing = "";

        private static final @Nullable RowKernels KERNELS = find();

        private Installed() {}

        private static @Nullable RowKernels find() {
            if (System.getProperty(PROPERTY, "").toLowerCase(Locale.ROOT).equals("off")) {
                missing = "switched off";
                return null;
            }
            if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
                missing = "not used, start Java with --add-modules " + MODULE;
                return null;
            }
            try {
                return Class.forName(CLASS)
                        .asSubclass(RowKernels.class)
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (InvocationTargetException e) {
                missing = "not used, " + e.getCause().getMessage();
            } catch (ReflectiveOperationException | LinkageError e) {
                missing = "not used, " + e;
            }
            return null;
        }
    }
}
