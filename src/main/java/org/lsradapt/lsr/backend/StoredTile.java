package org.lsradapt.lsr.backend;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * Parts of stored matrices, widened into memory that a thread keeps. Levels become numbers in oneDNN where it is there,
 * which multiplies many at a time, else in Java.
 */
final class StoredTile {

    private static final ThreadLocal<StoredTile> OWN = ThreadLocal.withInitial(StoredTile::new);

    private FloatPointer single = new FloatPointer(0);
    private ShortPointer brain = new ShortPointer(0);
    private float[] row = new float[0];
    private byte[] levels = new byte[0];
    private float[] scales = new float[0];
    private float[] minima = new float[0];
    private BytePointer levelsThere = new BytePointer(0);
    private FloatPointer scalesThere = new FloatPointer(0);
    private FloatPointer minimaThere = new FloatPointer(0);

    private StoredTile() {}

    /** The calling thread's. */
    static StoredTile own() {
        return OWN.get();
    }

    /**
     * Some columns of some rows as FLOAT.
     *
     * @return [rows, columns], rows one after another; overwritten by the next call
     */
    FloatPointer floats(StoredMatrix stored, int firstRow, int rows, int from, int columns) {
        if (single.capacity() < (long) rows * columns) {
            single.close();
            single = new FloatPointer((long) rows * columns);
        }
        if (OneDnn.isPresent() && stored.format().groupLength() > 0) {
            OneDnn.Groups groups = groups(stored, rows, columns);
            Pointer bytes = split(stored, groups, firstRow, from);
            OneDnn.widen(groups, bytes, scalesThere, minima(stored, groups), single);
            return single;
        }
        if (row.length < columns) {
            row = new float[columns];
        }
        for (int i = 0; i < rows; i++) {
            stored.widen(firstRow + i, from, columns, row, 0);
            single.position((long) i * columns).put(row, 0, columns);
        }
        return single.position(0);
    }

    /**
     * Some columns of some rows rounded to BF16, where oneDNN is there.
     *
     * @return [rows, columns], rows one after another; overwritten by the next call
     */
    Pointer brain(StoredMatrix stored, int firstRow, int rows, int from, int columns) {
        if (brain.capacity() < (long) rows * columns) {
            brain.close();
            brain = new ShortPointer((long) rows * columns);
        }
        if (stored.format().groupLength() > 0 && !stored.format().hasMinimum()) {
            OneDnn.Groups groups = groups(stored, rows, columns);
            OneDnn.widenToBfloat16(groups, split(stored, groups, firstRow, from), scalesThere, brain);
        } else {
            FloatPointer wide = floats(stored, firstRow, rows, from, columns);
            OneDnn.toBfloat16(rows, columns, wide, columns, brain);
        }
        return brain;
    }

    private static OneDnn.Groups groups(StoredMatrix stored, int rows, int columns) {
        WeightFormat format = stored.format();
        int length = format.groupLength();
        return format.hasByteLevels()
                ? new OneDnn.Groups(rows, columns / length, length, stored.rowBytes(), format.blockBytes())
                : new OneDnn.Groups(rows, columns / length, length, columns, length);
    }

    /** Brings scales, and minima where there are any, into native memory, and levels if they are not there as bytes. */
    private Pointer split(StoredMatrix stored, OneDnn.Groups groups, int firstRow, int from) {
        int inRow = groups.groups();
        int columns = inRow * groups.length();
        int count = groups.rows() * inRow;
        if (scales.length < count) {
            scales = new float[count];
            scalesThere.close();
            scalesThere = new FloatPointer(count);
        }
        if (stored.format().hasByteLevels()) {
            for (int i = 0; i < groups.rows(); i++) {
                stored.scales(firstRow + i, from, columns, scales, i * inRow);
            }
            scalesThere.put(scales, 0, count);
            long first = (long) firstRow * stored.rowBytes() + stored.format().bytes(from) + Short.BYTES;
            return new BytePointer(stored.memory()).getPointer(first);
        }
        reserve(groups.rows() * columns, count);
        for (int i = 0; i < groups.rows(); i++) {
            stored.split(firstRow + i, from, columns, levels, scales, minima, i * inRow);
        }
        levelsThere.put(levels, 0, groups.rows() * columns);
        scalesThere.put(scales, 0, count);
        return levelsThere;
    }

    private @Nullable FloatPointer minima(StoredMatrix stored, OneDnn.Groups groups) {
        if (!stored.format().hasMinimum()) {
            return null;
        }
        minimaThere.put(minima, 0, groups.rows() * groups.groups());
        return minimaThere;
    }

    private void reserve(int numbers, int groups) {
        if (levels.length < numbers) {
            levels = new byte[numbers];
            levelsThere.close();
            levelsThere = new BytePointer(numbers);
        }
        if (minima.length < groups) {
            minima = new float[groups];
            minimaThere.close();
            minimaThere = new FloatPointer(groups);
        }
    }
}
