package org.lsradapt.cuda.internal;

import java.util.Locale;

/** Thrown if a device has too little memory; the one-line message gives the needed and the free memory. */
public final class TooLittleMemory extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public TooLittleMemory(String message) {
        super(message);
    }

    /** Checks that bytes are free; the message begins with the format {@code takes} and ends with the advice. */
    public static void require(Device device, long bytes, String advice, String takes, Object... arguments) {
        long free = device.freeBytes();
        if (bytes > free) {
            throw new TooLittleMemory(String.format(Locale.ROOT, takes, arguments) + " of the GPU's memory, found "
                    + String.format(Locale.ROOT, "%.2f of ", free / 0x1p30)
                    + gib(device.description().totalBytes()) + " free; " + advice);
        }
    }

    /** A number of bytes for messages. */
    public static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / 0x1p30);
    }
}
