package org.lsradapt.store;

import org.lsradapt.lsr.internal.Require;

/**
 * How to use a store; the file keeps none of these settings.
 *
 * @param cacheMegabytes the memory for the most recently read data, in the precision in which it is stored
 * @param versions how many versions of a key a put leaves
 */
public record StoreSettings(int cacheMegabytes, int versions) {
    private static final int MOST_VERSIONS = 100;

    /** Checks the ranges. */
    public StoreSettings {
        Require.argument(cacheMegabytes >= 1, "store: a cache of %d MB, expected at least 1", cacheMegabytes);
        Require.argument(
                versions >= 1 && versions <= MOST_VERSIONS,
                "store: %d versions of a key, expected 1 to %d",
                versions,
                MOST_VERSIONS);
    }

    /** 64 MB, and two versions. */
    public static StoreSettings defaults() {
        return new StoreSettings(64, 2);
    }

    /** A copy with another cache size. */
    public StoreSettings withCacheMegabytes(int megabytes) {
        return new StoreSettings(megabytes, versions);
    }

    /** A copy with another number of versions. */
    public StoreSettings withVersions(int count) {
        return new StoreSettings(cacheMegabytes, count);
    }
}
