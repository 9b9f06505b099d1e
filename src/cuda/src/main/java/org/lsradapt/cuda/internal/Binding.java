package org.lsradapt.cuda.internal;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** The library whose functions a class binds; one per process. */
final class Binding {
    private final Class<?> functions;
    private final String name;
    private String bound = "";

    Binding(Class<?> functions, String name) {
        this.functions = functions;
        this.name = name;
    }

    /** Binds the functions of a loadable library; {@code lacking} describes a library without one of them. */
    synchronized void to(String file, String lacking) {
        if (bound.equals(file)) {
            return;
        }
        if (!bound.isEmpty()) {
            throw new CudaFailure(name + ": " + bound + " is in use, and one process has one, so not " + file);
        }
        try {
            Native.register(functions, NativeLibrary.getInstance(file));
        } catch (LinkageError e) {
            throw new CudaFailure(name + ": " + file + " " + lacking + " (" + e.getMessage() + ")", e);
        }
        bound = file;
    }
}
