package org.lsradapt.cuda.interpreter;

/** Who touched a piece of memory last: launch, block, how many barriers before, thread; 0 for nobody. */
final class Stamp {
    private static final int THREAD_BITS = 10;
    private static final int EPOCH_BITS = 16;
    private static final int BLOCK_BITS = 22;

    /** In place of a thread: several of them. */
    static final int SEVERAL = (1 << THREAD_BITS) - 1;

    private Stamp() {}

    static long of(int launch, int block, int epoch, int thread) {
        if (block >= 1 << BLOCK_BITS || epoch >= 1 << EPOCH_BITS || thread >= SEVERAL) {
            throw new DeviceFault("a launch of more blocks, barriers or threads than this interpreter can tell apart");
        }
        long launches = 1 + launch % 0x7FFF;
        return ((launches << BLOCK_BITS | block) << EPOCH_BITS | epoch) << THREAD_BITS | thread;
    }

    /** Whether nothing orders two accesses. */
    static boolean conflict(long earlier, long now) {
        if (earlier >>> (THREAD_BITS + EPOCH_BITS) == now >>> (THREAD_BITS + EPOCH_BITS)) {
            return earlier >>> THREAD_BITS == now >>> THREAD_BITS && earlier != now;
        }
        int launch = THREAD_BITS + EPOCH_BITS + BLOCK_BITS;
        return earlier >>> launch == now >>> launch;
    }

    static boolean sameLaunch(long earlier, long now) {
        int launch = THREAD_BITS + EPOCH_BITS + BLOCK_BITS;
        return earlier >>> launch == now >>> launch;
    }

    /** A reader after others: the one, or several of the same time. */
    static long joined(long earlier, long now) {
        boolean sameTime = earlier >>> THREAD_BITS == now >>> THREAD_BITS;
        int launch = THREAD_BITS + EPOCH_BITS + BLOCK_BITS;
        boolean otherBlock = !sameTime
                && earlier >>> launch == now >>> launch
                && earlier >>> (THREAD_BITS + EPOCH_BITS) != now >>> (THREAD_BITS + EPOCH_BITS);
        // A read by another block stays in memory: a later write conflicts with it, whoever reads in between.
        return otherBlock ? earlier | SEVERAL : sameTime && earlier != now ? now | SEVERAL : now;
    }

    static String text(long stamp) {
        long thread = stamp & SEVERAL;
        long block = stamp >>> (THREAD_BITS + EPOCH_BITS) & (1 << BLOCK_BITS) - 1;
        return (thread == SEVERAL ? "several threads" : "thread " + thread) + " of block " + block;
    }
}
