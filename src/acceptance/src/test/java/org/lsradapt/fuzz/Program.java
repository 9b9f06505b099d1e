package org.lsradapt.fuzz;

import java.util.Arrays;

/** Bytes that say what to do, read one after another; behind their end there are zeros. */
final class Program {

    private final byte[] bytes;
    private int position;

    Program(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean hasNext() {
        return position < bytes.length;
    }

    /** 0 to 255. */
    int next() {
        return hasNext() ? bytes[position++] & 0xff : 0;
    }

    /** One of the numbers from 0 to a limit, which is left out; 0 if there is none. */
    int below(int limit) {
        int number = next() | (limit > 256 ? next() << 8 : 0);
        return limit == 0 ? 0 : number % limit;
    }

    /** The next bytes as they are, as far as there are so many. */
    byte[] take(int count) {
        byte[] taken = Arrays.copyOfRange(bytes, position, Math.min(bytes.length, position + count));
        position += taken.length;
        return taken;
    }
}
