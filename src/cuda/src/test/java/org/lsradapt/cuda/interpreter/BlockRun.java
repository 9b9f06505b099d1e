package org.lsradapt.cuda.interpreter;

import java.util.List;

/** One block of a launch. */
final class BlockRun {
    /** Where the shared and local memory of a block begin; what lies below is no address. */
    static final long SHARED = 0x100;

    static final long LOCAL = 0x100;

    final Memory memory;
    final Space shared;
    private final Kernel kernel;
    private final int launch;
    private final int x;
    private final int y;
    private final int gridX;
    private final int gridY;
    private final int threads;
    private final Space[] locals;
    private int epoch;
    private int ended;

    BlockRun(Kernel kernel, Memory memory, int launch, int x, int y, int gridX, int gridY, int threads) {
        this.kernel = kernel;
        this.memory = memory;
        this.launch = launch;
        this.x = x;
        this.y = y;
        this.gridX = gridX;
        this.gridY = gridY;
        this.threads = threads;
        shared = new Space("shared memory", SHARED, kernel.sharedBytes());
        locals = new Space[kernel.localBytes() == 0 ? 0 : threads];
    }

    /** All threads to their end. */
    void run(Step[] steps, List<Warp> warps) {
        warps.forEach(warp -> warp.start(this));
        while (ended < threads) {
            int waiting = 0;
            int barrier = -1;
            for (Warp warp : warps) {
                warp.run();
                if (warp.waiting() != 0) {
                    waiting += Integer.bitCount(warp.waiting());
                    if (barrier >= 0 && barrier != warp.barrier()) {
                        throw fault("threads wait at two barriers: " + steps[barrier].text());
                    }
                    barrier = warp.barrier();
                }
            }
            if (waiting > 0 && waiting < threads) {
                throw fault(waiting + " of " + threads + " threads wait at a barrier that the others never reach");
            }
            epoch++;
            warps.forEach(Warp::release);
        }
    }

    private DeviceFault fault(String message) {
        return new DeviceFault(kernel.name() + ", " + this + ": " + message);
    }

    void end(int count) {
        ended += count;
    }

    long stamp(int thread) {
        return Stamp.of(launch, y * gridX + x, epoch, thread);
    }

    Space local(int thread) {
        if (locals[thread] == null) {
            locals[thread] = new Space("local memory", LOCAL, kernel.localBytes());
        }
        return locals[thread];
    }

    long special(String name, int thread) {
        return switch (name) {
            case "%tid.x" -> thread;
            case "%ntid.x" -> threads;
            case "%ctaid.x" -> x;
            case "%ctaid.y" -> y;
            case "%nctaid.x" -> gridX;
            case "%nctaid.y" -> gridY;
            case "%laneid" -> thread % Warp.LANES;
            case "%tid.y", "%tid.z", "%ctaid.z" -> 0;
            case "%ntid.y", "%ntid.z", "%nctaid.z" -> 1;
            default -> throw new DeviceFault("special register " + name + " is not interpreted");
        };
    }

    @Override
    public String toString() {
        return "block (" + x + ", " + y + ")";
    }
}
