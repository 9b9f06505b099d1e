package org.lsradapt.lsr.backend;

import java.util.List;
import java.util.Locale;
import org.lsradapt.lsr.internal.InstalledNd4j;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.OpenBlasKernels;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the backend for the ND4J backend that is on the class path. */
public final class Backends {

    /** System property that overrides the choice: {@code cpu} or {@code nd4j}. */
    public static final String PROPERTY = "lsradapt.backend";

    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

    private Backends() {}

    /**
     * The process's backend, chosen and logged at the first call: {@link CpuBackend} on ND4J's CPU backend with
     * OpenBLAS, else {@link Nd4jBackend}.
     *
     * @return the one instance
     * @throws IllegalStateException if no ND4J backend can be used; its one-line message names the missing part and the
     *     remedy
     * @throws IllegalArgumentException if the property names an unknown backend
     */
    public static Backend standard() {
        return Holder.get();
    }

    /** The backend of a name in any case, or the best one for an empty one. */
    static Backend choose(String asked) {
        boolean cpu = InstalledNd4j.isCpu();
        Backend chosen = switch (asked.toLowerCase(Locale.ROOT)) {
            case "" -> cpu && openBlasPresent() ? new CpuBackend() : new Nd4jBackend();
            case "nd4j" -> new Nd4jBackend();
            case "cpu" -> {
                if (!cpu || !openBlasPresent()) {
                    throw new IllegalStateException("backend cpu needs ND4J's CPU backend (nd4j-native) and"
                            + " OpenBLAS on the class path; found "
                            + Nd4j.getBackend().getClass().getSimpleName());
                }
                yield new CpuBackend();
            }
            default -> throw new IllegalArgumentException(PROPERTY + " is '" + asked + "', expected cpu or nd4j");
        };
        LOG.info("{}", String.join("; ", description(chosen)));
        if (chosen instanceof CpuBackend) {
            OpenBlasKernels.complaint().ifPresent(LOG::warn);
        }
        return chosen;
    }

    /**
     * What {@link #standard()} computes with, for logs and bug reports: the backend, ND4J's backend, and on the CPU the
     * kernels of OpenBLAS, oneDNN and vector instructions in use.
     *
     * @return a line for each
     * @throws IllegalStateException as {@link #standard()}
     */
    public static List<String> description() {
        return description(standard());
    }

    private static List<String> description(Backend chosen) {
        String first = "backend " + chosen.name() + " on ND4J's "
                + Nd4j.getBackend().getClass().getSimpleName();
        return chosen instanceof CpuBackend
                ? List.of(
                        first,
                        "OpenBLAS " + OpenBlasKernels.description(),
                        "oneDNN " + OneDnn.description(),
                        "vectors " + RowKernels.installedDescription())
                : List.of(first);
    }

    private static boolean openBlasPresent() {
        return InstalledNd4j.hasClass("org.bytedeco.openblas.global.openblas");
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
