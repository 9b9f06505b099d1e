package org.lsradapt.lsr;

/** The version of this library, as in its Maven coordinates. */
public final class LibraryVersion {

    /** The version, such as {@code 0.1.0}. */
    public static final String VERSION = "0.1.0-SNAPSHOT";

    private LibraryVersion() {}
}
