package org.lsradapt.store.internal;

/**
 * How a file is opened.
 *
 * @param cacheMegabytes memory for pages that were read last
 * @param retention how long space that holds nothing any more is left alone, in milliseconds: readers take less
 * @param readOnly whether it is never written
 * @param state which state is opened
 * @param opener opens the file
 */
record StoreOptions(int cacheMegabytes, int retention, boolean readOnly, State state, RawFile.Opener opener) {
    private static final int RETENTION = 5000;

    /** A state of a file. */
    enum State {
        /** None: the file is made. */
        NEW,
        /** After the last change that is complete; nothing that was acknowledged is missing. */
        LAST,
        /** After the last acknowledged change, where a later one has failed. */
        ACKNOWLEDGED,
        /** As LAST where one of the two headers is damaged. */
        READABLE,
        /** The newest that can be found in a file whose header or index is damaged. */
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
