package org.lsradapt.cuda.internal;

/** The properties of a device; {@code major} and {@code minor} are its compute capability. */
public record DeviceDescription(String name, int major, int minor, long totalBytes, int multiprocessors) {

    /** Whether the device runs this library's PTX, which is for compute capability 8.0. */
    public boolean isSupported() {
        return major >= 8;
    }
}
