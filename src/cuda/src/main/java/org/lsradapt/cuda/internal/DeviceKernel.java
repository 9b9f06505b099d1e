package org.lsradapt.cuda.internal;

/** A kernel of a loaded module: its name in the module's PTX, and the driver's handle. */
public record DeviceKernel(String name, long handle) {
    private static final int MOST_BLOCKS_ALONG_Y = 65_535;
    private static final int MOST_THREADS = 1024;

    /** Checks a launch: at least 1 block along x, 1 to 65,535 along y, 1 to 1,024 threads of a block. */
    public void requireLaunch(int gridX, int gridY, int threads) {
        if (gridX < 1 || gridY < 1 || gridY > MOST_BLOCKS_ALONG_Y || threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(name + ": grid [" + gridX + ", " + gridY + "] of " + threads
                    + " threads, expected at least 1, and at most " + MOST_BLOCKS_ALONG_Y + " blocks along y and "
                    + MOST_THREADS + " threads");
        }
    }
}
