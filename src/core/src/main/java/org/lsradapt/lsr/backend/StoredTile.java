package org.lsradapt.lsr.backend;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * Parts of stored matrices, widened into memory that each thread keeps. {@link RowKernels} turn levels into numbers, or
 * oneDNN if it is present, which multiplies many at a time, else plain Java.
 */
final class StoredTile {

    /** Elements that one call widens: the intermediate results stay in the nearest caches. */
    private static final int AT_ONCE = 1 << 16;

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

    static StoredTile own() {
        return OWN.get();
    }

    /** Widens some columns of some rows to FLOAT [rows, columns], row by row; the next call overwrites it. */
    FloatPointer floats(
            StoredMatrix stored, int firstRow, int rows, int from, int columns, @Nullable RowKernels kernels) {
        single = Scratch.grown(single, (long) rows * columns, AlignedMemory::floats);
        if (kernels != null && kernels.widens(stored.format())) {
            kernels.widen(stored, firstRow, rows, from, columns, single.asByteBuffer());
        } else if (!OneDnn.isPresent()
                || (stored.format().groupLength() == 0 && stored.format() != WeightFormat.BF16)) {
            floatsInJava(stored, firstRow, rows, from, columns);
        } else if (stored.format() == WeightFormat.BF16) {
            OneDnn.fromBfloat16(rows, columns, at(stored, firstRow, from), stored.columns(), single);
        } else {
            int most = rowsAtOnce(columns);
            for (int row = 0; row < rows; row += most) {
                OneDnn.Groups groups = groups(stored, Math.min(most, rows - row), columns);
                Pointer bytes = split(stored, groups, firstRow + row, from);
                FloatPointer to = single.getPointer((long) row * columns);
                OneDnn.widen(groups, bytes, scalesThere, minima(stored, groups), to);
            }
        }
        return single;
    }

    private void floatsInJava(StoredMatrix stored, int firstRow, int rows, int from, int columns) {
        row = Scratch.grown(row, columns);
        for (int i = 0; i < rows; i++) {
            stored.widen(firstRow + i, from, columns, row, 0);
            single.getPointer((long) i * columns).put(row, 0, columns);
        }
    }

    /** Like {@link #floats}, rounded to BF16; needs oneDNN or kernels. */
    Pointer brain(StoredMatrix stored, int firstRow, int rows, int from, int columns, @Nullable RowKernels kernels) {
        brain = Scratch.grown(brain, (long) rows * columns, AlignedMemory::brains);
        if (kernels != null && kernels.widens(stored.format())) {
            kernels.widenToBfloat16(stored, firstRow, rows, from, columns, brain.asByteBuffer());
            return brain;
        }
        boolean direct = stored.format().groupLength() > 0 && !stored.format().hasMinimum();
        int most = rowsAtOnce(columns);
        for (int row = 0; row < rows; row += most) {
            int some = Math.min(most, rows - row);
            ShortPointer to = brain.getPointer((long) row * columns);
            if (direct) {
                OneDnn.Groups groups = groups(stored, some, columns);
                OneDnn.widenToBfloat16(groups, split(stored, groups, firstRow + row, from), scalesThere, to);
            } else {
                OneDnn.toBfloat16(
                        some, columns, floats(stored, firstRow + row, some, from, columns, null), columns, to);
            }
        }
        return brain;
    }

    private static int rowsAtOnce(int columns) {
        return Math.max(1, AT_ONCE / columns);
    }

    static Pointer at(StoredMatrix stored, int row, int column) {
        long at = (long) row * stored.rowBytes() + stored.format().bytes(column);
        return new BytePointer(stored.memory()).getPointer(at);
    }

    private static OneDnn.Groups groups(StoredMatrix stored, int rows, int columns) {
        WeightFormat format = stored.format();
        int length = format.groupLength();
        return format.hasByteLevels()
                ? new OneDnn.Groups(rows, columns / length, length, stored.rowBytes(), format.blockBytes())
                : new OneDnn.Groups(rows, columns / length, length, columns, length);
    }

    /** Copies scales, and minima if any, into native memory, and also levels unless they are stored as bytes. */
    private Pointer split(StoredMatrix stored, OneDnn.Groups groups, int firstRow, int from) {
        int inRow = groups.groups();
        int columns = inRow * groups.length();
        int count = groups.rows() * inRow;
        scalesThere = Scratch.grown(scalesThere, count, AlignedMemory::floats);
        if (scales.length < count) {
            scales = new float[count];
        }
        if (stored.format().hasByteLevels()) {
            for (int i = 0; i < groups.rows(); i++) {
                stored.scales(firstRow + i, from, columns, scales, i * inRow);
            }
            scalesThere.put(scales, 0, count);
            return at(stored, firstRow, from).getPointer(Short.BYTES);
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
        levelsThere = Scratch.grown(levelsThere, numbers, AlignedMemory::bytes);
        minimaThere = Scratch.grown(minimaThere, groups, AlignedMemory::floats);
        if (levels.length < numbers) {
            levels = new byte[numbers];
        }
        if (minima.length < groups) {
            minima = new float[groups];
        }
    }
}
