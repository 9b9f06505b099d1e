package org.lsradapt.cuda.internal;

/**
 * The properties of a device.
 *
 * @param name the product name
 * @param major the major compute capability
 * @param minor the minor compute capability
 * @param totalBytes the size of its memory
 * @param multiprocessors the number of multiprocessors
 */
public record DeviceDescription(String name, int major, int minor, long totalBytes, int multiprocessors) {

    /** Whether the device runs this library's PTX, which is for compute capability 8.0. */
    public boolean isSupported() {
        return major >= 8;
    }
}
