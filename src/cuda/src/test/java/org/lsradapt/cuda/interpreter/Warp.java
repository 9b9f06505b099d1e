package org.lsradapt.cuda.interpreter;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * 32 threads. Those whose next instruction comes first in the program go on until they meet others; so all meet again
 * behind a branch, and none is ever waited for.
 */
final class Warp {
    static final int LANES = 32;

    /** Branches that a warp takes between two barriers, at most: many more than any kernel here takes. */
    private static final int MOST_TURNS = 2_000_000;

    final long[] registers;
    /** For rows that {@link Assignments} watches, the lanes that have written them. */
    final int[] written;

    BlockRun block;
    final int first;
    private final Kernel kernel;
    private final Step[] steps;
    private final int threads;
    private final BitSet executed;
    /** Null if requests to global memory are not counted. */
    final Traffic.@Nullable OfKernel traffic;

    private final int[] at = new int[LANES];
    private int running;
    private int waiting;
    /** The instruction that runs. */
    Step current;

    /** Adds the instructions that it executes for any thread to a set, and its requests to traffic unless that is null. */
    Warp(Kernel kernel, Step[] steps, int first, int threads, BitSet executed, Traffic.@Nullable OfKernel traffic) {
        this.kernel = kernel;
        this.steps = steps;
        this.first = first;
        this.threads = threads;
        this.executed = executed;
        this.traffic = traffic;
        registers = new long[LANES * kernel.rows()];
        written = new int[kernel.rows()];
        for (Kernel.Constant constant : kernel.constants()) {
            Arrays.fill(registers, LANES * constant.row(), LANES * (constant.row() + 1), constant.bits());
        }
    }

    /** At the first instruction. Registers keep what a block before left there, which {@link Assignments} does not let read. */
    void start(BlockRun begun) {
        block = begun;
        int lanes = Math.min(LANES, threads - first);
        running = lanes == LANES ? -1 : (1 << lanes) - 1;
        waiting = 0;
        Arrays.fill(at, 0);
        Arrays.fill(written, 0);
        for (Kernel.Special special : kernel.specials()) {
            for (int lane = 0; lane < LANES; lane++) {
                registers[LANES * special.row() + lane] = block.special(special.name(), first + lane);
            }
        }
    }

    int waiting() {
        return waiting;
    }

    /** Where the threads wait that wait. */
    int barrier() {
        int place = at[Integer.numberOfTrailingZeros(waiting)];
        for (int lanes = waiting; lanes != 0; lanes &= lanes - 1) {
            if (at[Integer.numberOfTrailingZeros(lanes)] != place) {
                throw fault(steps[place], lanes, "threads of one warp wait at two barriers", null);
            }
        }
        return place;
    }

    /** Goes on behind a barrier. */
    void release() {
        for (int lanes = waiting; lanes != 0; lanes &= lanes - 1) {
            at[Integer.numberOfTrailingZeros(lanes)]++;
        }
        running = waiting;
        waiting = 0;
    }

    long stamp(int lane) {
        return block.stamp(first + lane);
    }

    Space local(int lane) {
        return block.local(first + lane);
    }

    /** Until every thread waits or has ended. */
    void run() {
        for (int turn = 0; running != 0; turn++) {
            if (turn == MOST_TURNS) {
                throw new DeviceFault(kernel.name() + ", " + block + ": does not end");
            }
            int here = Integer.MAX_VALUE;
            int next = Integer.MAX_VALUE;
            int lanes = 0;
            for (int some = running; some != 0; some &= some - 1) {
                int lane = Integer.numberOfTrailingZeros(some);
                if (at[lane] < here) {
                    next = here;
                    here = at[lane];
                    lanes = 1 << lane;
                } else if (at[lane] == here) {
                    lanes |= 1 << lane;
                } else {
                    next = Math.min(next, at[lane]);
                }
            }
            together(here, next, lanes);
        }
    }

    /** Some lanes until they part, meet others, wait or end. */
    private void together(int from, int next, int lanes) {
        int here = from;
        while (here < next) {
            Step step = steps[here];
            int acting = step.guard() < 0 ? lanes : guarded(step, lanes);
            if (acting != 0 || step.kind() == Step.Kind.BRANCH) {
                executed.set(here);
            }
            switch (step.kind()) {
                case PLAIN -> {
                    if (acting != 0) {
                        apply(step, acting);
                    }
                    here++;
                }
                case BRANCH -> {
                    if (acting == lanes) {
                        here = step.target();
                        if (here < from) {
                            set(lanes, here);
                            return;
                        }
                    } else if (acting == 0) {
                        here++;
                    } else {
                        set(lanes, here + 1);
                        set(acting, step.target());
                        return;
                    }
                }
                case BARRIER -> {
                    set(lanes, here);
                    if (acting != lanes) {
                        throw fault(step, lanes, "a barrier for some threads of a warp only", null);
                    }
                    running &= ~lanes;
                    waiting |= lanes;
                    return;
                }
                default -> {
                    set(lanes, here + 1);
                    running &= ~acting;
                    block.end(Integer.bitCount(acting));
                    if (acting == lanes) {
                        return;
                    }
                    lanes &= ~acting;
                    here++;
                }
            }
        }
        set(lanes, here);
    }

    private void apply(Step step, int lanes) {
        try {
            current = step;
            step.effect().apply(this, lanes);
        } catch (DeviceFault e) {
            throw fault(step, lanes, e.getMessage(), e);
        }
    }

    DeviceFault fault(Step step, int lanes, String message, DeviceFault cause) {
        int thread = first + Integer.numberOfTrailingZeros(lanes);
        return new DeviceFault(
                kernel.name() + ", " + block + ", from thread " + thread + ", " + step.text() + ": " + message, cause);
    }

    private int guarded(Step step, int lanes) {
        int acting = 0;
        for (int some = lanes; some != 0; some &= some - 1) {
            int lane = Integer.numberOfTrailingZeros(some);
            if ((registers[LANES * step.guard() + lane] != 0) != step.negated()) {
                acting |= 1 << lane;
            }
        }
        return acting;
    }

    private void set(int lanes, int where) {
        for (int some = lanes; some != 0; some &= some - 1) {
            at[Integer.numberOfTrailingZeros(some)] = where;
        }
    }
}
