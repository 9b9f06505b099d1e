package org.lsradapt.lsr.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;

/** The ND4J backend on the class path, which the user chooses. Code that makes the first array of a process requires it. */
public final class InstalledNd4j {
    private static final String ADVICE = "; add org.nd4j:nd4j-native-platform:1.0.0-M2.1 to run on the CPU";
    static final String NO_BACKEND = "no ND4J backend is on the class path" + ADVICE;
    private static final String NO_CUDA =
            "nd4j-cuda-11.6 is on the class path but there is no usable CUDA device: looked for an NVIDIA driver"
                    + " (libcuda), CUDA 11.6 and a device of compute capability 3.7 to 8.9 (Kepler to Ada; nd4j-cuda-11.6"
                    + " has no code for Hopper and newer); install them, or take nd4j-cuda-11.6 off and"
                    + ADVICE.substring(1);

    private static final String DENIED =
            "Java denies the access to memory (sun.misc.Unsafe) that ND4J's buffers need; start Java 24 or newer with"
                    + " --sun-misc-unsafe-memory-access=allow";

    private static final String JAVACPP_LOGGER = "org.bytedeco.javacpp.logger";

    private static volatile boolean found;

    private InstalledNd4j() {}

    /** Checks that an ND4J backend can be used; the exception names the missing part and the remedy. */
    public static void require() {
        if (!found) {
            isCpu();
            found = true;
        }
    }

    /** Whether ND4J runs on the CPU, not on CUDA; fails as {@link #require} does. */
    public static boolean isCpu() {
        logByInterface();
        // JavaCPP has no other way to memory, and ends in a bare ExceptionInInitializerError.
        if (hasClass("org.bytedeco.javacpp.indexer.Raw") && !loads("org.bytedeco.javacpp.indexer.Raw")) {
            throw new IllegalStateException(DENIED);
        }
        boolean cpu = hasClass("org.nd4j.linalg.cpu.nativecpu.CpuBackend");
        boolean cuda = hasClass("org.nd4j.linalg.jcublas.JCublasBackend");
        if (!cpu && cuda && !loads("org.bytedeco.cuda.global.cudart")) {
            throw new IllegalStateException(NO_CUDA);
        }
        try {
            return Nd4j.getBackend().getEnvironment().isCPU();
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            Optional<OutOfMemoryError> lacking = Causes.first(e, OutOfMemoryError.class);
            if (lacking.isPresent()) {
                throw lacking.get();
            }
            Optional<String> unloaded = cpu ? nativeFailure(e) : Optional.empty();
            throw new IllegalStateException(unloaded.orElse(cuda ? NO_CUDA : NO_BACKEND), e);
        }
    }

    /**
     * Routes JavaCPP's warnings to SLF4J. In each process it warns on the error stream that OpenBLAS and OpenCL differ
     * from its own version; ND4J's and oneDNN's binaries need these versions, and the tests run with them. With SLF4J
     * the application decides whether to print the warning.
     */
    private static void logByInterface() {
        if (System.getProperty(JAVACPP_LOGGER) == null) {
            System.setProperty(JAVACPP_LOGGER, "slf4j");
        }
    }

    /**
     * The folder of JavaCPP into which native libraries are unpacked.
     *
     * @throws IllegalStateException if there is none that can be written
     */
    public static Path unpackedInto() {
        logByInterface();
        try {
            return Loader.getCacheDir().toPath();
        } catch (IOException e) {
            throw new IllegalStateException("no folder for native libraries: " + e.getMessage(), e);
        }
    }

    /** A message if native libraries were found but could not be loaded; empty for other throwables. */
    public static Optional<String> nativeFailure(Throwable throwable) {
        return Causes.first(throwable, UnsatisfiedLinkError.class)
                .map(error -> NativeBinaries.complaint()
                        .orElseGet(() -> "native libraries cannot be loaded: " + NativeBinaries.reason(error)
                                + "; those of ND4J are unpacked into the folder that -Dorg.bytedeco.javacpp.cachedir names,"
                                + " ~/.javacpp/cache by default, and on Linux need glibc 2.34 or newer and libgomp.so.1"
                                + " (the package libgomp1 or libgomp)"));
    }

    /** Whether a class initializes; asking ND4J itself would print a stack trace if it does not. */
    private static boolean loads(String name) {
        return hasClass(name, true);
    }

    /** Whether a class is on the class path, without initializing it. */
    public static boolean hasClass(String name) {
        return hasClass(name, false);
    }

    private static boolean hasClass(String name, boolean initialize) {
        try {
            Class.forName(name, initialize, InstalledNd4j.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
