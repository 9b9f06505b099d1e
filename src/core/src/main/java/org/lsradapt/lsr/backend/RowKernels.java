package org.lsradapt.lsr.backend;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * Loops over the rows of matrices that use the processor's vector instructions through {@code jdk.incubator.vector}.
 * The implementation is compiled separately and looked up by name, because only JVMs started with
 * {@code --add-modules jdk.incubator.vector} have the module. Safe for use by many threads.
 */
interface RowKernels {

    /** System property: {@code off} disables vector instructions. */
    String PROPERTY = "lsradapt.vectors";

    /** The width of the vectors, for the log. */
    String description();

    boolean multiplies(WeightFormat format);

    boolean widens(WeightFormat format);

    int arrangedLength(WeightFormat format, int length);

    /** Brings a row, as long as the matrix has columns, into the form in which {@link #multiply} reads it. */
    void arrange(WeightFormat format, float[] row, int length, float[] to);

    /** Computes products from index 0 on, in FLOAT, of rows {@code from} to {@code to} - 1 with an arranged row. */
    void multiply(StoredMatrix stored, int from, int to, float[] row, float[] products);

    /** The length of the array into which several rows are arranged. */
    int arrangedLength(WeightFormat format, int rows, int length);

    /** Brings one of several rows, in order, into the form in which they are multiplied; {@code alone} is scratch for one row. */
    void arrange(WeightFormat format, float[] row, int index, int length, float[] alone, float[] to);

    /** Computes products [rows, to - from] of rows {@code from} to {@code to} - 1 with arranged rows, each bit-identical to that alone. */
    void multiply(StoredMatrix stored, int from, int to, float[] arranged, int rows, float[] products);

    /**
     * Widens some columns of some rows to FLOAT, with the results of {@link StoredMatrix#widen}.
     *
     * @param from the first column, a multiple of the format's block length
     * @param numbers the number of columns, a multiple of the block length
     * @param to [rows, numbers], written from index 0 on, row by row; direct
     */
    void widen(StoredMatrix stored, int firstRow, int rows, int from, int numbers, ByteBuffer to);

    /** Widens as {@link #widen} does and rounds to BF16, to nearest, ties to even. */
    void widenToBfloat16(StoredMatrix stored, int firstRow, int rows, int from, int numbers, ByteBuffer to);

    /**
     * Rounds rows to levels, each with the scale of its largest element, see {@link ByteLevels}.
     *
     * @param from [rows, columns], FLOAT; direct
     * @param stride distance between its rows, in elements
     * @param to [rows, columns], bytes, overwritten, row by row; direct
     * @param scales overwritten; its length is the number of rows
     */
    void round(ByteBuffer from, int stride, int columns, ByteBuffer to, float[] scales);

    /** The kernels of this JVM; null if it has none. */
    static @Nullable RowKernels installed() {
        return Installed.KERNELS;
    }

    /** Describes the kernels, or says why there are none, for the log. */
    static String installedDescription() {
        return Installed.KERNELS == null ? Installed.missing : Installed.KERNELS.description();
    }

    final class Installed {
        private static final String MODULE = "jdk.incubator.vector";
        private static final String CLASS = "org.lsradapt.lsr.backend.VectorKernels";
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
