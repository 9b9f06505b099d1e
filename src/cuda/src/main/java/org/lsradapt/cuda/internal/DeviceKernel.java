package org.lsradapt.cuda.internal;

/**
 * A kernel of a loaded module.
 *
 * @param name as in its PTX
 * @param handle the driver's
 */
public record DeviceKernel(String name, long handle) {}
