package org.lsradapt.cuda.internal;

/**
 * A device's own description.
 *
 * @param name its product name
 * @param major compute capability
 * @param minor compute capability
 * @param totalBytes its memory
 * @param multiprocessors how many
 */
public record DeviceDescription(String name, int major, int minor, long totalBytes, int multiprocessors) {

    /** Whether PTX for compute capability 8.0, as this library has it, runs there. */
    public boolean isSupported() {
        return major >= 8;
    }
}
