package org.lsradapt.lsr.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.OneDnnLevels;
import org.lsradapt.lsr.internal.Require;

/**
 * A matrix in signed bytes with one scale per row: element i of row r is scales[r]·levels[r, i]. Its products also
 * round the other matrix to bytes, row by row, and add bytes' products as integers
 * ({@link org.lsradapt.lsr.backend.Backend#gemmLevels}).
 *
 * <p>Immutable; safe for use by many threads as long as its memory, which the owner frees, is valid.
 */
public final class ByteLevels {

    /** The largest level; −128 is not used. */
    public static final int LARGEST = 127;

    /** Rows whose largest element is smaller count as zeros: its reciprocal times 127 is beyond FLOAT's range. */
    private static final float SMALLEST = 0x1p-120f;

    private final int rows;
    private final int columns;
    private final ByteBuffer levels;
    private final ByteBuffer scaleBytes;
    private final FloatBuffer scales;
    private final FloatPointer scaleMemory;
    private final List<Panel> panels;

    /**
     * A range of rows in the form that oneDNN multiplies.
     *
     * @param memory the rows' levels, packed
     */
    public record Panel(int first, int rows, BytePointer memory, FloatPointer scales) {}

    /**
     * Makes a matrix over memory.
     *
     * @param rows number of rows
     * @param levels [rows, columns], row by row; direct; kept, and not written
     * @param scales one per row, FLOAT in the machine's byte order; direct; kept, and not written
     * @throws IllegalArgumentException if a buffer is not direct or has another length
     */
    public ByteLevels(int rows, int columns, ByteBuffer levels, ByteBuffer scales) {
        this(rows, columns, levels, scales, List.of());
    }

    private ByteLevels(int rows, int columns, ByteBuffer levels, ByteBuffer scales, List<Panel> panels) {
        Require.argument(
                levels.isDirect() && levels.remaining() == (long) rows * columns,
                "byte levels: %d bytes of %s memory, expected [%d, %d] in direct memory",
                levels.remaining(),
                levels.isDirect() ? "direct" : "heap",
                rows,
                columns);
        Require.argument(
                scales.isDirect() && scales.remaining() == rows * Float.BYTES,
                "byte levels: scales are %d bytes of %s memory, expected %d in direct memory",
                scales.remaining(),
                scales.isDirect() ? "direct" : "heap",
                rows * Float.BYTES);
        this.rows = rows;
        this.columns = columns;
        this.levels = levels.slice();
        this.panels = panels;
        scaleBytes = scales.slice().order(ByteOrder.nativeOrder());
        this.scales = scaleBytes.asFloatBuffer();
        scaleMemory = new FloatPointer(this.scales);
    }

    /** Number of rows. */
    public int rows() {
        return rows;
    }

    /** Elements in a row. */
    public int columns() {
        return columns;
    }

    /** The length of levels and scales in bytes. */
    public long bytes() {
        return (long) rows * columns + (long) rows * Float.BYTES;
    }

    /** The scale of a row. */
    public float scale(int row) {
        return scales.get(row);
    }

    /** The packed rows; none if the matrix was not packed. */
    public List<Panel> panels() {
        return panels;
    }

    /**
     * Copies the levels of a row out as numbers.
     *
     * @param to overwritten from {@code at} on
     * @param at index of the first level in {@code to}
     */
    public void levels(int row, float[] to, int at) {
        for (int i = 0; i < columns; i++) {
            to[at + i] = levels.get(row * columns + i);
        }
    }

    /** The rows {@code from} to {@code to} - 1, packed if they are those of whole panels, which share this matrix's memory. */
    public ByteLevels rows(int from, int to) {
        List<Panel> inside = new ArrayList<>();
        int covered = 0;
        for (Panel panel : panels) {
            if (panel.first >= from && panel.first + panel.rows <= to) {
                inside.add(new Panel(panel.first - from, panel.rows, panel.memory, panel.scales));
                covered += panel.rows;
            }
        }
        return new ByteLevels(
                to - from,
                columns,
                levels.slice(from * columns, (to - from) * columns),
                scaleBytes.slice(from * Float.BYTES, (to - from) * Float.BYTES),
                covered == to - from ? List.copyOf(inside) : List.of());
    }

    /**
     * The same matrix with a copy of its levels in the form that oneDNN multiplies, if oneDNN multiplies bytes
     * ({@link OneDnn#multipliesBytes}); otherwise the matrix itself.
     *
     * @param memory allocates a number of bytes of direct memory, which the caller keeps
     * @param parts the number of rows of each part that {@link #rows} may be called for; they add up to the number of
     *     rows
     * @return a matrix that shares this one's memory
     */
    public ByteLevels packed(LongFunction<ByteBuffer> memory, int... parts) {
        int sum = IntStream.of(parts).sum();
        Require.argument(sum == rows, "byte levels: parts have %d rows, expected %d", sum, rows);
        if (!OneDnn.multipliesBytes()) {
            return this;
        }
        List<Panel> packed = new ArrayList<>();
        int first = 0;
        for (int part : parts) {
            int most = panelRows(part);
            for (int done = 0; done < part; done += most) {
                packed.add(panel(first + done, Math.min(most, part - done), memory));
            }
            first += part;
        }
        return new ByteLevels(rows, columns, levels, scaleBytes, List.copyOf(packed));
    }

    private Panel panel(int first, int count, LongFunction<ByteBuffer> memory) {
        long bytes = OneDnnLevels.packedBytes(columns, count);
        BytePointer to = aligned(memory.apply(bytes + AlignedMemory.BYTES)).capacity(bytes);
        BytePointer plain = new BytePointer(levels);
        OneDnnLevels.pack(columns, count, plain.getPointer((long) first * columns), to);
        return new Panel(first, count, to, scaleMemory.getPointer(first));
    }

    private static BytePointer aligned(ByteBuffer memory) {
        BytePointer all = new BytePointer(memory);
        return all.getPointer(AlignedMemory.behind(all.address()));
    }

    /** Rows of a panel: a multiple of 64, at most 256, in an even number of panels; few rows make one panel. */
    private static int panelRows(int rows) {
        if (rows <= 128) {
            return rows;
        }
        int count = 2 * ((rows + 511) / 512);
        return ((rows + count - 1) / count + 63) / 64 * 64;
    }

    /**
     * The scale of elements that become levels: the largest element becomes level 127 or −127.
     *
     * @param largest the largest absolute value
     * @return {@code largest} / 127; 0 if it is below 2⁻¹²⁰; NaN if it is not finite
     */
    public static float scale(float largest) {
        if (!Float.isFinite(largest)) {
            return Float.NaN;
        }
        return largest < SMALLEST ? 0 : largest / LARGEST;
    }

    /**
     * The factor of elements before they are rounded to levels, to nearest, ties to even.
     *
     * @param largest the largest absolute value
     * @return 127 / {@code largest}; 0 if their {@link #scale(float)} is 0 or NaN
     */
    public static float factor(float largest) {
        return Float.isFinite(largest) && largest >= SMALLEST ? LARGEST / largest : 0;
    }

    /**
     * Rounds a row.
     *
     * @param numbers the row, finite; not modified
     * @param levels as long as the row; overwritten
     * @return the row's scale
     * @throws IllegalArgumentException if an element is not finite
     */
    public static float round(float[] numbers, byte[] levels) {
        float largest = largest(numbers, 0, numbers.length);
        Require.argument(
                Float.isFinite(largest), "byte levels: a row has a number that is not finite, expected finite numbers");
        float factor = factor(largest);
        for (int i = 0; i < numbers.length; i++) {
            levels[i] = (byte) Math.rint(numbers[i] * factor);
        }
        return scale(largest);
    }

    /**
     * The largest absolute value.
     *
     * @param from index of the first number
     * @param count how many numbers
     * @return the value; 0 for no numbers, NaN if a number is NaN
     */
    public static float largest(float[] numbers, int from, int count) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(numbers[i]));
        }
        return largest;
    }
}
