package org.lsradapt.store.internal;

import java.io.IOException;

/** Thrown if part of a store's file is not as it was written. */
final class DamagedFile extends IOException {
    private static final long serialVersionUID = 1;

    DamagedFile(String message) {
        super(message);
    }
}
