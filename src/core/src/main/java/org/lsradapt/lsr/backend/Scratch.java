package org.lsradapt.lsr.backend;

import java.util.function.LongFunction;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.lsradapt.lsr.internal.AlignedMemory;

/** One thread's working memory for one Kronecker sum; it grows to the largest size requested and is kept. */
final class Scratch {
    private float[] dense = new float[0];
    private float[] unordered = new float[0];
    private FloatPointer products = new FloatPointer(0L);
    private FloatPointer first = new FloatPointer(0L);
    private FloatPointer trailing = new FloatPointer(0L);
    private FloatPointer gradRest = new FloatPointer(0L);

    float[] dense(int length) {
        dense = grown(dense, length);
        return dense;
    }

    float[] unordered(int length) {
        unordered = grown(unordered, length);
        return unordered;
    }

    FloatPointer products(int length) {
        products = grown(products, length);
        return products;
    }

    FloatPointer first(int length) {
        first = grown(first, length);
        return first;
    }

    FloatPointer trailing(int length) {
        trailing = grown(trailing, length);
        return trailing;
    }

    FloatPointer gradRest(int length) {
        gradRest = grown(gradRest, length);
        return gradRest;
    }

    static float[] grown(float[] array, int length) {
        return array.length >= length ? array : new float[length];
    }

    private static FloatPointer grown(FloatPointer pointer, int length) {
        return grown(pointer, length, AlignedMemory::floats);
    }

    /** Returns memory that is large enough: the given one, or new. If allocation fails, the given one stays valid. */
    static <P extends Pointer> P grown(P memory, long numbers, LongFunction<P> allocate) {
        if (memory.capacity() >= numbers) {
            return memory;
        }
        P more = allocate.apply(numbers);
        memory.close();
        return more;
    }
}
