package org.lsradapt.store.internal;

/**
 * How to open a file.
 *
 * @param cacheMegabytes memory for the most recently read pages
 * @param retention how long freed space is not reused, in milliseconds, longer than a reader takes
 * @param readOnly whether the file is never written
 */
record StoreOptions(int cacheMegabytes, int retention, boolean readOnly, State state, RawFile.Opener opener) {
    private static final int RETENTION = 5000;

    enum State {
        /** No state: the file is new. */
        NEW,
        /** After the last complete change; no acknowledged change is missing. */
        LAST,
        /** After the last acknowledged change, where a later one has failed. */
        ACKNOWLEDGED,
        /** As LAST, also if one of the two headers is damaged. */
        READABLE,
        /** The newest state to be found in a file whose header or index is damaged. */
        OLDER
    }

    static StoreOptions of(int cacheMegabytes, RawFile.Opener opener) {
        return new StoreOptions(cacheMegabytes, RETENTION, false, State.LAST, opener);
    }

    StoreOptions withReadOnly(boolean value) {
        return new StoreOptions(cacheMegabytes, retention, value, state, opener);
    }

    StoreOptions withState(State other) {
        return new StoreOptions(cacheMegabytes, retention, readOnly, other, opener);
    }

    StoreOptions withRetention(int milliseconds) {
        return new StoreOptions(cacheMegabytes, milliseconds, readOnly, state, opener);
    }
}
