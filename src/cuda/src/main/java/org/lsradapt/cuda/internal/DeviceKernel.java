package org.lsradapt.cuda.internal;

/**
 * A kernel of a loaded module.
 *
 * @param name the name in the module's PTX
 * @param handle the driver's handle
 */
public record DeviceKernel(String name, long handle) {
    private static final int MOST_BLOCKS_ALONG_Y = 65_535;
    private static final int MOST_THREADS = 1024;

    /**
     * Checks the size of a launch against the limits of every device.
     *
     * @param gridX blocks along x, at least 1
     * @param gridY blocks along y, 1 to 65,535
     * @param threads threads of a block, 1 to 1,024
     * @throws IllegalArgumentException if one is beyond its limit; the message has the kernel and all three numbers
     */
    public void requireLaunch(int gridX, int gridY, int threads) {
        if (gridX < 1 || gridY < 1 || gridY > MOST_BLOCKS_ALONG_Y || threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(name + ": grid [" + gridX + ", " + gridY + "] of " + threads
                    + " threads, expected at least 1, and at most " + MOST_BLOCKS_ALONG_Y + " blocks along y and "
                    + MOST_THREADS + " threads");
        }
    }
}
