package org.lsradapt.baselines.frozen;

import java.util.HashMap;
import java.util.Map;

/**
 * The generator MT19937 (Matsumoto and Nishimura, ACM TOMACS 8, 1998) with PyTorch 2's functions of its numbers on a
 * CPU, bit-identical, so that a seed draws the same values here as in PEFT. For one thread.
 */
final class MersenneTwister {
    private static final int SIZE = 624;
    private static final int MIDDLE = 397;
    private static final int FLOAT_BITS = 24;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    /** Seeds the generator like {@code torch.Generator().manual_seed(seed)}, which takes the low 32 bits. */
    MersenneTwister(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < SIZE; i++) {
            int before = state[i - 1];
            state[i] = 1812433253 * (before ^ (before >>> 30)) + i;
        }
    }

    int next() {
        if (next == SIZE) {
            for (int i = 0; i < SIZE; i++) {
                int bits = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
                state[i] = state[(i + MIDDLE) % SIZE] ^ (bits >>> 1) ^ ((bits & 1) * 0x9908b0df);
            }
            next = 0;
        }
        int bits = state[next++];
        bits ^= bits >>> 11;
        bits ^= (bits << 7) & 0x9d2c5680;
        bits ^= (bits << 15) & 0xefc60000;
        return bits ^ (bits >>> 18);
    }

    /** The values of {@code torch.empty(length).uniform_(-bound, bound)}, in float32. */
    double[] uniform(int length, double bound) {
        float to = (float) bound;
        float range = to - -to;
        double[] numbers = new double[length];
        for (int i = 0; i < length; i++) {
            double unit = (next() & ((1 << FLOAT_BITS) - 1)) / (double) (1 << FLOAT_BITS);
            numbers[i] = (float) (unit * range - to);
        }
        return numbers;
    }

    /** The beginning of {@code torch.randperm(size)}, for sizes below 2³² / 20; PyTorch draws others differently. */
    int[] permutation(int size, int length) {
        Map<Integer, Integer> moved = new HashMap<>();
        int[] first = new int[length];
        for (int i = 0; i < length; i++) {
            int other = i == size - 1 ? i : i + Integer.remainderUnsigned(next(), size - i);
            first[i] = moved.getOrDefault(other, other);
            moved.put(other, moved.getOrDefault(i, i));
        }
        return first;
    }
}
