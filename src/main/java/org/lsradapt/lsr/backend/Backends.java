package org.lsradapt.lsr.backend;

import java.util.Locale;
import java.util.Optional;
import org.lsradapt.lsr.internal.Causes;
import org.lsradapt.lsr.internal.OneDnn;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the backend for the ND4J backend that is on the class path. */
public final class Backends {

    /** System property that overrides the choice: {@code cpu}, {@code nd4j} or {@code reference}. */
    public static final String PROPERTY = "lsradapt.backend";

    private static final String ADVICE = "; add org.nd4j:nd4j-native-platform:1.0.0-M2.1 to run on the CPU";
    private static final String NO_BACKEND = "no ND4J backend is on the class path" + ADVICE;
    private static final String NO_CUDA =
            "nd4j-cuda-11.6 is on the class path but there is no usable CUDA device: looked for an NVIDIA driver"
                    + " (libcuda), CUDA 11.6 and a device of compute capability 3.7 to 8.9 (Kepler to Ada; nd4j-cuda-11.6"
                    + " has no code for Hopper and newer); install them, or take nd4j-cuda-11.6 off and"
                    + ADVICE.substring(1);

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    private Backends() {}

    /**
     * The process's backend, chosen and logged at the first call: {@link CpuBackend} on ND4J's CPU backend with
     * OpenBLAS, else {@link Nd4jBackend}.
     *
     * @return the one instance
     * @throws IllegalStateException if no ND4J backend can be used; one line that says what was looked for and what to
     *     do
     * @throws IllegalArgumentException if the property names an unknown backend
     */
    public static Backend standard() {
        return Holder.get();
    }

    /** The backend of a name in any case, or the best one for an empty one. */
    static Backend choose(String asked) {
        boolean cpu = requireNd4j();
        Backend chosen =
                switch (asked.toLowerCase(Locale.ROOT)) {
                    case "" -> cpu && openBlasPresent() ? new CpuBackend() : new Nd4jBackend();
                    case "nd4j" -> new Nd4jBackend();
                    case "reference" -> new ReferenceBackend();
                    case "cpu" -> {
                        if (!cpu || !openBlasPresent()) {
                            throw new IllegalStateException("backend cpu needs ND4J's CPU backend (nd4j-native) and"
                                    + " OpenBLAS on the class path; found "
                                    + Nd4j.getBackend().getClass().getSimpleName());
                        }
                        yield new CpuBackend();
                    }
                    default -> throw new IllegalArgumentException(
                            PROPERTY + " is '" + asked + "', expected cpu, nd4j or reference");
                };
        LOG.info(
                "backend {} on ND4J's {}{}",
                chosen.name(),
                Nd4j.getBackend().getClass().getSimpleName(),
                chosen instanceof CpuBackend ? "; oneDNN " + OneDnn.description() : "");
        return chosen;
    }

    /**
     * Whether ND4J runs on the CPU.
     *
     * @return true on the CPU, false on CUDA
     * @throws IllegalStateException if ND4J finds no backend that can run here
     */
    private static boolean requireNd4j() {
        boolean cpu = classPresent("org.nd4j.linalg.cpu.nativecpu.CpuBackend");
        boolean cuda = classPresent("org.nd4j.linalg.jcublas.JCublasBackend");
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
     * What to say where native libraries were found and could not be loaded; empty if a throwable is of something else.
     *
     * @param throwable out of ND4J's loading
     */
    public static Optional<String> nativeFailure(Throwable throwable) {
        return Causes.first(throwable, UnsatisfiedLinkError.class)
                .map(error -> "native libraries cannot be loaded: " + error.getMessage()
                        + "; those of ND4J are unpacked into the folder that -Dorg.bytedeco.javacpp.cachedir names, ~/.javacpp/cache"
                        + " by default");
    }

    /** Whether a class with native code behind it initializes; asking ND4J itself would print a stack trace if not. */
    private static boolean loads(String name) {
        try {
            Class.forName(name, true, Backends.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static boolean openBlasPresent() {
        return classPresent("org.bytedeco.openblas.global.openblas");
    }

    private static boolean classPresent(String name) {
        try {
            Class.forName(name, false, Backends.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static final class Holder {
        private static Backend instance;

        static synchronized Backend get() {
            if (instance == null) {
                instance = choose(System.getProperty(PROPERTY, ""));
            }
            return instance;
        }
    }
}
