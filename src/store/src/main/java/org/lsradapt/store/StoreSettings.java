package org.lsradapt.store;

import org.lsradapt.lsr.internal.Require;

/**
 * How a store is used; none of it is in the file.
 *
 * @param cacheMegabytes memory for what was read last, in the precision in which it is stored
 * @param versions how many versions of a key stay when another one is put
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

    /** The same with another cache. */
    public StoreSettings withCacheMegabytes(int megabytes) {
        return new StoreSettings(megabytes, versions);
    }

    /** The same with another number of versions. */
    public StoreSettings withVersions(int count) {
        return new StoreSettings(cacheMegabytes, count);
    }
}
