package org.lsradapt.lsr;

/** The version of this library, as its Maven coordinates have it. */
public final class LibraryVersion {

    /** Such as {@code 0.1.0}. */
    public static final String VERSION = "0.1.0-SNAPSHOT";

    private LibraryVersion() {}
}
