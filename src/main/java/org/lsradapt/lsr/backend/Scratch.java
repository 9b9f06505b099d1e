package org.lsradapt.lsr.backend;

import org.bytedeco.javacpp.FloatPointer;

/** One thread's working memory for one Kronecker sum, grown to the largest that was asked for and kept. */
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

    private static float[] grown(float[] array, int length) {
        return array.length >= length ? array : new float[length];
    }

    private static FloatPointer grown(FloatPointer pointer, int length) {
        if (!pointer.isNull() && pointer.capacity() >= length) {
            return pointer;
        }
        pointer.close();
        return new FloatPointer((long) length);
    }
}
